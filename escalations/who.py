"""Who asks: behind the role table's gate a request's user is an account."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from project.accounts.models import User


def who(request: HttpRequest | Request) -> User:
    """The account that asks. Only behind @needs or needs_api, which let nobody else through."""
    return cast(User, request.user)
