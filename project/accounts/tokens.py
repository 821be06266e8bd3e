"""API tokens: issued once in the clear, kept as a digest, checked here for the API and for sockets alike."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from project.accounts.access import SCOPES
from project.accounts.models import ApiToken, User
from project.problems import Invalid


def issue_token(user: User, *, scope: str = "") -> str:
    """The token in the clear, for the only time. Raises Invalid for a scope that is not known."""
    if scope and scope not in SCOPES:
        raise Invalid(f"The scopes are: {', '.join(SCOPES)}.")
    _, token = ApiToken.objects.create(user=user, scope=scope)
    return str(token)


class Tokens(TokenAuthentication):
    """`Authorization: Token ...`; without a header the session may still speak."""

    def authenticate(self, request: Any) -> Any:
        try:
            return super().authenticate(request)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed from error

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        """Expired or not; deleting is the daily sweep's work, so that a request costs one query."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


def user_for_token(raw: str) -> tuple[User, ApiToken] | None:
    """Whose token this is, or None when it is unknown, expired, or its account is deactivated."""
    try:
        user, token = Tokens().authenticate_credentials(raw.encode())
    except AuthenticationFailed:
        return None
    return user, token
