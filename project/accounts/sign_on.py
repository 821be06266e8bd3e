"""Signing in through the organisation's own sign-on: whose account it is, and which roles its claims give.

A person who comes for the first time gets an account without roles: an administrator gives them, or OIDC_ROLES maps
the provider's groups to roles. With a mapping the provider is the only source: every sign-in grants and withdraws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from project.accounts.access import NEVER_TOGETHER, Role
from project.accounts.actions.accounts import record_change
from project.accounts.models import User

# Kept of what the provider told: who it is. Names, pictures and groups are read and forgotten.
KEPT: Final = frozenset({"sub", "iss", "email"})


def claims_of(login: SocialLogin) -> dict[str, Any]:
    """The signed token's claims, with what the user-info address added."""
    data = login.account.extra_data or {}
    return {**(data.get("userinfo") or {}), **(data.get("id_token") or {})}


def proves_second_factor(login: SocialLogin) -> bool:
    """Does the signed token say that a second factor was used?"""
    said = getattr(login, "_earshot_amr", None) or claims_of(login).get("amr") or []
    return bool(set(settings.OIDC_SECOND_FACTOR) & {str(one) for one in said if isinstance(said, list)})


def roles_from(claims: Mapping[str, Any], claim: str, mapping: Iterable[tuple[str, str]]) -> list[str]:
    """The roles that these groups map to, sorted. A moderator holds no other power: then the other roles are dropped.

    Unknown groups and roles give nothing; a claim that is no list or word gives nothing.
    """
    raw = claims.get(claim)
    groups = {raw} if isinstance(raw, str) else set(map(str, raw)) if isinstance(raw, list) else set()
    roles = {role for group, role in mapping if group in groups and role in Role.values}
    moderator, powers = NEVER_TOGETHER
    if moderator.value in roles:
        roles -= {power.value for power in powers}
    return sorted(roles)


class OrganisationsSignOn(DefaultSocialAccountAdapter):
    """Narrows allauth's: verified addresses only, no names from outside, no account made twice."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Called when the provider has answered, before anybody is signed in."""
        claims = claims_of(sociallogin)
        sociallogin._earshot_amr = claims.get("amr")
        if not any(address.verified for address in sociallogin.email_addresses):
            messages.error(request, "Your organisation did not confirm an address of yours. Please ask them.")
            raise ImmediateHttpResponse(redirect("account_login"))
        if sociallogin.is_existing:
            _follow(sociallogin.user, claims)
        sociallogin.account.extra_data = {name: value for name, value in claims.items() if name in KEPT}

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]) -> User:
        """An address and nothing else: whoever makes the person's account richer is the administrator."""
        user: User = sociallogin.user
        user.email = str(data.get("email") or "").strip().lower()
        user.roles = roles_from(claims_of(sociallogin), settings.OIDC_ROLE_CLAIM, settings.OIDC_ROLES)
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            record_change(user, None, acting_user=None, now=timezone.now())
        return user


def _follow(user: User, claims: Mapping[str, Any]) -> None:
    """Roles as the provider has them now, recorded; without a mapping they stay as the administrator gave them."""
    if not settings.OIDC_ROLES:
        return
    with transaction.atomic():
        before = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        user.roles = roles_from(claims, settings.OIDC_ROLE_CLAIM, settings.OIDC_ROLES)
        if sorted(before.roles) != user.roles:
            user.save(update_fields=["roles"])
            record_change(user, before, acting_user=None, now=timezone.now())
