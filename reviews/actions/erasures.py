"""The machine of reviews/erasure_states.py, a batch of orders at a time; one order is a batch of one.

Every step does its part for all orders of the batch and commits before the next begins. What fails for one order alone
drops out, is noted on its row and comes back later by itself; the others go on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from escalations.access import clips_on_hold
from project import ledger
from project.ledger.events import Event
from reviews.actions.certificates import verify_and_certify
from reviews.actions.erasure_orders import order_erasure
from reviews.actions.point_of_no_return import pass_point_of_no_return
from reviews.actions.redactions import reseal
from reviews.actions.shredding import shred
from reviews.bulk_rows import update_each
from reviews.erasure_errors import Failures, error_code, fails_alone
from reviews.erasure_states import BEFORE_NO_RETURN, ErasureState, Method, retry_after
from reviews.models import Erasure
from reviews.models.erasures import ErasureQuerySet

__all__ = ["drive", "erase", "order_erasure"]
log = structlog.get_logger(__name__)
# Large enough that a statement's price is shared, small enough that an urgent order waits for half a second of them.
BATCH: Final = 200
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Claimed:
    """Orders that are this worker's until a time (UTC)."""

    ids: list[UUID]
    until: datetime


@dataclass(slots=True)
class Driven:
    """How many orders one batch took on, and what failed among them."""

    ids: list[UUID] = field(default_factory=list)
    failures: Failures = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.ids)


def erase(erasure_id: UUID, *, now: datetime) -> ErasureState | None:
    """Take one erasure as far as it will go; None when it is not its time or another worker has it.

    What stood in its way is noted on its row and raised.
    """
    driven = drive(clock=ticking_from(now), first=erasure_id, most=1)
    if not driven:
        return None
    if error := driven.failures.get(erasure_id):
        raise error
    return ErasureState(Erasure.objects.values_list("state", flat=True).get(pk=erasure_id))


def drive(*, clock: Clock, first: UUID | None = None, most: int = BATCH) -> Driven:
    """Take the most urgent batch as far as it will go: the one that holds `first`, or whatever is due.

    1. Claim it for a while. A worker that is killed loses nothing but the rest of that while.
    2. Step after step, from whatever state each order is in; each is idempotent and commits before the next begins.
    3. What failed keeps its state, gives its lease back and has its next attempt further away.
    """
    claimed = claim(now=clock(), first=first, most=most)
    if not claimed.ids:
        return Driven()
    failures: Failures = {}
    try:
        _advance(claimed, failures, clock=clock)
    except Exception as error:  # of the batch as a whole: the database away, a fault of ours
        failures |= {erasure_id: error for erasure_id in claimed.ids if erasure_id not in failures}
    if failures:
        note_failures(failures, leased_until=claimed.until, now=clock())
    return Driven(claimed.ids, failures)


def ticking_from(now: datetime) -> Clock:
    """A clock that starts at `now` and goes on by itself, so that each step is stamped with its own time."""
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


def claim(*, now: datetime, first: UUID | None = None, most: int = BATCH) -> Claimed:
    """Lease the next orders to the caller: none that anybody else has or that are not due."""
    until = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    with transaction.atomic(durable=True):
        ids = _around(first, most, now) if first else _next(most, now)
        Erasure.objects.filter(pk__in=ids).update(leased_until=until, attempts=F("attempts") + 1)
    return Claimed(ids, until)


def _around(first: UUID, most: int, now: datetime) -> list[UUID]:
    """This order, and others that are as urgent; none when it is not its turn."""
    chosen = _locked(Erasure.objects.ready(now).filter(pk=first), 1)
    if not chosen or _goes_alone(chosen[0]) or most == 1:
        return [one.pk for one in chosen]
    others = _locked(_due(now).urgent().exclude(pk=first), most - 1)
    return [first, *(one.pk for one in others if not _goes_alone(one))]


def _next(most: int, now: datetime) -> list[UUID]:
    """Urgent ones first, by deadline; bulk when there are none. One that failed for reasons of its own goes alone."""
    found = _locked(_due(now).urgent(), most) or _locked(_due(now), most)
    if found and _goes_alone(found[0]):
        return [found[0].pk]
    return [one.pk for one in found if not _goes_alone(one)]


def _due(now: datetime) -> ErasureQuerySet:
    """What may be worked on; an order that waits only when its hold is gone."""
    return Erasure.objects.ready(now).exclude(Q(state=ErasureState.WAITING, clip_id__in=clips_on_hold()))


def _locked(erasures: ErasureQuerySet, most: int) -> list[Erasure]:
    rows = erasures.select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("due_at", "pk")
    return list(rows.only("last_error_code")[:most])


def _goes_alone(erasure: Erasure) -> bool:
    return fails_alone(erasure.last_error_code)


def _advance(claimed: Claimed, failures: Failures, *, clock: Clock) -> None:
    orders = list(Erasure.objects.filter(pk__in=claimed.ids))
    begin = [one for one in orders if one.state in BEFORE_NO_RETURN]
    if begin:
        reseal([one for one in begin if one.method == Method.REDACT], failures, clock=clock)
        pass_point_of_no_return(_without(failures, (one.pk for one in begin)), failures, now=clock())
    for state, step in ((ErasureState.SHREDDING, shred), (ErasureState.VERIFYING, verify_and_certify)):
        _keep(claimed, clock())
        here = Erasure.objects.filter(pk__in=_without(failures, claimed.ids), state=state)
        if ids := list(here.values_list("pk", flat=True)):
            step(ids, failures, clock=clock)


def _without(failures: Failures, ids: Iterable[UUID]) -> list[UUID]:
    return [erasure_id for erasure_id in ids if erasure_id not in failures]


def _keep(claimed: Claimed, now: datetime) -> None:
    """A slow store must not cost the lease in the middle of a batch. What another worker has by now stays theirs."""
    until = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    mine = Erasure.objects.filter(pk__in=claimed.ids, leased_until=claimed.until)
    if until > claimed.until and mine.update(leased_until=until):
        claimed.until = until


def note_failures(failures: Failures, *, leased_until: datetime, now: datetime) -> None:
    """Give leases back and move the next attempts away; a code names the part that failed, never content.

    A lease that ran out meanwhile may be somebody else's by now: theirs stays as it is.
    """
    codes = {erasure_id: error_code(error) for erasure_id, error in failures.items()}
    with transaction.atomic(durable=True):
        mine = Erasure.objects.select_for_update(no_key=True).filter(pk__in=list(codes), leased_until=leased_until)
        failed = list(mine.order_by("pk"))
        rows = {one.pk: (codes[one.pk], now + retry_after(max(one.attempts, 1))) for one in failed}
        columns = {"last_error_code": "varchar", "next_attempt_at": "timestamptz"}
        update_each(Erasure, rows, columns, leased_until=None)
        ledger.record_many(
            Event.ERASURE_FAILED, actor=None, now=now,
            entries=[(one, {"code": codes[one.pk], "attempts": one.attempts}) for one in failed],
        )  # fmt: skip
    for one in failed:
        log.warning("erasure_failed", erasure=str(one.pk), code=codes[one.pk], attempts=one.attempts)
