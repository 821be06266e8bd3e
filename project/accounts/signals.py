"""What allauth tells us: somebody signed in, a second factor came or went."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from project import ledger
from project.accounts import sign_on
from project.accounts.actions import sessions
from project.accounts.known import JUST_SIGNED_IN
from project.accounts.models import User
from project.ledger.events import Event


@receiver(user_logged_in)
def begin_session(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """The session gets its limits. A sign-in without a request, as tests make them, has none until it is used."""
    if request is not None:
        setattr(request, JUST_SIGNED_IN, user.email)
        sessions.begin(request.session, user, request.headers.get("User-Agent", ""), now=timezone.now())


@receiver(signed_in)
def second_factor_elsewhere(request: HttpRequest, user: Any, sociallogin: Any = None, **_: Any) -> None:
    """The organisation's sign-on may have asked for a second factor itself, and says so (`amr`, RFC 8176)."""
    if sociallogin is not None and sign_on.proves_second_factor(sociallogin):
        record_authentication(request, user, "mfa", type="sign-on")


@receiver(authenticator_added)
def second_factor_added(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """Enrolling one is a proof of having it: the session that did it needs no other."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    _record(Event.SECOND_FACTOR_ADDED, user, authenticator)


@receiver(authenticator_removed)
def second_factor_removed(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        _record(Event.SECOND_FACTOR_REMOVED, user, authenticator)


def _record(event: Event, user: Any, authenticator: Authenticator) -> None:
    from django.db import transaction

    person = cast(User, user)
    with transaction.atomic():
        ledger.record(event, actor=person, subject=person, now=timezone.now(), type=str(authenticator.type))
