"""API tokens: issued once in the clear, kept as a digest, checked here for the API and for sockets alike."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from project.accounts.access import SCOPES
from project.accounts.models import ApiToken, User
from project.problems import Invalid
from project.statements import columns, made, planned, width


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

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """One look-up by the digest; nothing is written. Deleting what has expired is the daily sweep's work."""
        try:
            digest = hash_token(token.decode())
        except (TypeError, ValueError) as error:
            raise AuthenticationFailed from error
        for row in planned(_look_up(), {"digest": digest}):
            known = made(ApiToken, row[: width(ApiToken)])
            known.user = made(User, row[width(ApiToken) :])
            if known.expiry is None or known.expiry >= timezone.now():
                found: tuple[User, ApiToken] = self.validate_user(known)
                return found
        raise AuthenticationFailed


@cache
def _look_up() -> str:
    return (
        f"SELECT {columns(ApiToken, 'token')}, {columns(User, 'person')} FROM {ApiToken._meta.db_table} AS token "  # noqa: S608  # our own names
        f"JOIN {User._meta.db_table} AS person ON person.id = token.user_id WHERE token.digest = %(digest)s"
    )


def user_for_token(raw: str) -> tuple[User, ApiToken] | None:
    """Whose token this is, or None when it is unknown, expired, or its account is deactivated."""
    try:
        user, token = Tokens().authenticate_credentials(raw.encode())
    except AuthenticationFailed:
        return None
    return user, token
