"""How allauth is narrowed: who may come in, and how second factors lie in the database."""

from __future__ import annotations

import base64
import os
from typing import Any, Final

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from project import vault
from project.accounts.access import is_fresh
from project.accounts.known import known_as

log = structlog.get_logger(__name__)

SEALED: Final = "sealed:"


class ClosedDoor(DefaultAccountAdapter):
    """Accounts are made by an administrator or by the organisation's sign-on, never by whoever finds the page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """A sign-in from the last five minutes is as good as being asked again: one meaning of "fresh" everywhere."""
        return not is_fresh(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who came by the organisation's sign-on confirms there who they are: they may have nothing else."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if settings.OIDC_ISSUER and user.is_authenticated and SocialAccount.objects.filter(user=user).exists():
            place = reverse("openid_connect_login", kwargs={"provider_id": "organisation"})
            methods.append({"id": "organisation", "description": f"Use {settings.OIDC_NAME}", "url": place})
        return methods

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count an attempt, in the count of this browser where it is known for the account. Raises ValidationError."""
        name = known_as(request, str(credentials.get("email", "")))
        try:
            if name is None:
                super().pre_authenticate(request, **credentials)
            else:
                self._count_known(request, name)
        except ValidationError:
            log.warning("sign-in.too-many", known_browser=name is not None)
            raise

    def _count_known(self, request: HttpRequest, name: str) -> None:
        usage = ratelimit.consume(request, app="allauth.account", action="login_failed_known", key=name)
        self._login_failed_rl_usage = usage
        if not usage:
            raise self.validation_error("too_many_login_attempts")


class SealedFactors(DefaultMFAAdapter):
    """Secrets of one-time codes and recovery codes, sealed under the ring's index key, which rotation never changes.

    So a copy of the database alone can't make anybody's codes (OWASP ASVS 5.0, 11.4 and 6.5).
    """

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(12)
        return SEALED + base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """One that was stored before factors were sealed is read as it lies."""
        if not encrypted_text.startswith(SEALED):
            return encrypted_text
        raw = base64.b64decode(encrypted_text.removeprefix(SEALED))
        return _cipher().decrypt(raw[:12], raw[12:], None).decode()


def _cipher() -> AESGCM:
    return AESGCM(vault.lookup_hmac("accounts.second-factor", "sealing"))
