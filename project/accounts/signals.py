"""What allauth tells us: somebody signed in, a second factor came or went."""

from __future__ import annotations

from typing import Any, cast

import structlog
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.signals import user_logged_in as signed_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from project import ledger
from project.accounts import sign_on
from project.accounts.actions import sessions
from project.accounts.known import JUST_SIGNED_IN
from project.accounts.models import User
from project.ledger.events import Event

log = structlog.get_logger(__name__)


@receiver(user_login_failed)
def first_factor_failed(**_: Any) -> None:
    """How many, and when; never for whom, and never whether there is such an account."""
    log.warning("sign-in.failed", by="password")


@receiver(authentication_failed)
def second_factor_failed(authenticator: Authenticator | None = None, **_: Any) -> None:
    log.warning("sign-in.failed", by=str(authenticator.type) if authenticator else "second-factor")


@receiver(user_logged_in)
def begin_session(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """The session gets its limits. A sign-in without a request, as tests make them, has none until it is used."""
    if request is not None:
        setattr(request, JUST_SIGNED_IN, user.email)
        sessions.begin(request.session, user, request.headers.get("User-Agent", ""), now=timezone.now())


@receiver(signed_in)
def written_down(request: HttpRequest, user: Any, **_: Any) -> None:
    """That somebody came in and by what; who it was stands in their own list of sign-ins only."""
    log.info("sign-in", by=sorted({str(record["method"]) for record in get_authentication_records(request, user)}))


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
