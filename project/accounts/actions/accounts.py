"""Accounts: closed and opened again, and what changed about one. Nobody is ever deleted: ledger and cases name them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from allauth.account.models import EmailAddress
from django.db import transaction

from project import ledger
from project.accounts.actions.sessions import end_all_of
from project.accounts.models import ApiToken, User
from project.ledger.events import Event
from project.problems import Absent

log = structlog.get_logger(__name__)

Departure = Callable[[User, datetime], None]
_departures: Final[list[Departure]] = []


def when_somebody_leaves(departure: Departure) -> None:
    """Called in an app's ready(): what else has to end when an account is closed. It runs after the commit, and the
    app's own sweep must find what it missed.
    """
    _departures.append(departure)


def deactivate(user_id: UUID, *, acting_user: User | None, now: datetime) -> User:
    """Close an account: its sign-ins and tokens end with it, its sockets within a poll, its clips go back.

    Raises Absent. Twice is once: a closed account loses whatever sign-in or token it may still have, unrecorded.
    """
    with transaction.atomic(durable=True):
        user = _locked(user_id)
        if user.is_active:
            user.is_active = False
            user.save(update_fields=["is_active"])
            ledger.record(Event.ACCOUNT_CLOSED, actor=acting_user, subject=user, now=now)
        end_everything_of(user)
    depart(user, now)
    return user


def end_everything_of(user: User) -> None:
    """Sign-ins and tokens, in the caller's transaction. Rooms' sockets ask for them every two seconds."""
    end_all_of(user)
    ApiToken.objects.filter(user=user).delete()


def depart(user: User, now: datetime) -> None:
    """After the commit; one that fails stops no other."""
    for departure in _departures:
        try:
            departure(user, now)
        except Exception as error:  # whatever it is: the next one must run, and a sweep will find what is left
            log.error("accounts.departure-failed", departure=departure.__name__, error=type(error).__name__)


def reactivate(user_id: UUID, *, acting_user: User | None, now: datetime) -> User:
    """Open it again, with the roles that it had. Raises Absent."""
    with transaction.atomic(durable=True):
        user = _locked(user_id)
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
            ledger.record(Event.ACCOUNT_REOPENED, actor=acting_user, subject=user, now=now)
    return user


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise Absent
    return user


def record_change(user: User, before: User | None, *, acting_user: User | None, now: datetime) -> None:
    """What an administrator did to an account, in the ledger, in the caller's transaction: what, never to what."""
    if before is None:
        ledger.record(Event.ACCOUNT_CREATED, actor=acting_user, subject=user, now=now, roles=sorted(user.roles))
        return
    for event, roles in (
        (Event.ROLE_GRANTED, set(user.roles) - set(before.roles)),
        (Event.ROLE_WITHDRAWN, set(before.roles) - set(user.roles)),
    ):
        if roles:
            ledger.record(event, actor=acting_user, subject=user, now=now, roles=sorted(roles))
    changed = [name for name in ("email", "name", "team_id", "locales", "skills", "time_zone", "password")
               if getattr(user, name) != getattr(before, name)]  # fmt: skip
    if "email" in changed:  # an address that was theirs brings them no mail and nobody in
        EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
    if changed:
        ledger.record(Event.ACCOUNT_CHANGED, actor=acting_user, subject=user, now=now, fields=changed)
    if user.is_active != before.is_active:
        event = Event.ACCOUNT_REOPENED if user.is_active else Event.ACCOUNT_CLOSED
        ledger.record(event, actor=acting_user, subject=user, now=now)
        if not user.is_active:
            end_everything_of(user)
