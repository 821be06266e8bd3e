"""Who asks: behind `needs_api` it is always an account."""

from typing import cast

from rest_framework.request import Request

from project.accounts.models import User


def person_of(request: Request) -> User:
    return cast(User, request.user)
