"""What must happen without being announced: due erasures, orders that a case or the calendar causes, late ones told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from escalations.access import active_hold_on, clips_on_hold
from project import ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.notices import tell
from reviews.actions.erasures import erase, order_erasure
from reviews.actions.subject_erasures import order_all, unfinished_requests
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure
from reviews.notices import ERASURE_OVERDUE
from reviews.states import ClipState

# Less than the minute between two sweeps, so that they don't pile up.
BUDGET: Final = timedelta(seconds=50)
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    driven: int
    failed: int
    told: int


def sweep(*, clock: Callable[[], datetime], budget: timedelta = BUDGET) -> Swept:
    """Find whatever is due and do it until the budget is spent.

    `clock` is asked anew for every erasure: a bulk run may take the whole budget, and each step is stamped with the
    time at which it happened.
    """
    now = clock()
    told = tell_overdue(now=now)
    driven, failed = drive_due(clock=clock, until=now + budget)
    return Swept(driven, failed, told)


def sweep_orders(*, now: datetime) -> int:
    """Order what nobody orders by hand: clips whose cases are over, the rest of large requests. Gives back how many."""
    requests = sum(order_all(request_id, now=now) for request_id in unfinished_requests())
    return requests + order_for_cases_over(now=now)


def drive_due(*, clock: Callable[[], datetime], until: datetime) -> tuple[int, int]:
    """Drive what is due, the nearest deadline first, asking again after each: an urgent order overtakes a bulk run."""
    driven = failed = 0
    while (now := clock()) < until:
        erasure_id = next_due(now)
        if erasure_id is None:
            break
        driven += 1
        try:
            erase(erasure_id, now=now)
        except Exception:  # it is on the row, in the ledger and in the log; the others must not wait for it
            failed += 1
    return driven, failed


def next_due(now: datetime) -> UUID | None:
    """The open erasure with the nearest deadline that may be worked on; one that waits only when its hold is gone."""
    still_held = Q(state=ErasureState.WAITING, clip_id__in=clips_on_hold())
    ready = Erasure.objects.ready(now).exclude(still_held).order_by("due_at", "pk")
    return ready.values_list("pk", flat=True).first()


def order_for_cases_over(*, now: datetime) -> int:
    """Order the erasure of quarantined clips that nothing holds any longer and nobody ordered."""
    idle = Clip.objects.filter(state=ClipState.QUARANTINED).exclude(pk__in=clips_on_hold())
    idle = idle.exclude(pk__in=Erasure.objects.values("clip_id"))
    return sum(_order_if_idle(clip_id, now=now) for clip_id in idle.values_list("pk", flat=True)[:BATCH])


def _order_if_idle(clip_id: UUID, *, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        if clip.state != ClipState.QUARANTINED or active_hold_on(clip.pk) or clip.erasures.exists():
            return False
        order_erasure(clip, Reason.CASE_OVER, actor=None, now=now)
    return True


def apply_retention(*, now: datetime) -> int:
    """Order the erasure of clips kept for RETENTION_DAYS since they came in. Gives back how many.

    A leased clip is left for the next run: nobody's work is cut short for the calendar.
    """
    oldest = now - timedelta(days=settings.RETENTION_DAYS)
    ordered = 0
    while batch := _retention_batch(oldest, now=now):
        ordered += batch
    return ordered


def _retention_batch(oldest: datetime, *, now: datetime) -> int:
    with transaction.atomic(durable=True):
        kept = Clip.objects.filter(state__in=[ClipState.QUEUED, ClipState.REVIEWED], ingested_at__lt=oldest)
        clips = list(kept.select_for_update(no_key=True, skip_locked=True).order_by("pk")[:BATCH])
        for clip in clips:
            order_erasure(clip, Reason.RETENTION_END, actor=None, now=now)
    return len(clips)


def tell_overdue(*, now: datetime) -> int:
    """Tell supervisors once of each erasure that missed its deadline. Gives back how many were told of."""
    late = Erasure.objects.overdue(now).filter(overdue_told_at=None).order_by("due_at").values_list("pk", flat=True)
    return sum(_tell_of(erasure_id, now=now) for erasure_id in late[:BATCH])


def _tell_of(erasure_id: UUID, *, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.overdue_told_at or erasure.state == ErasureState.CERTIFIED:
            return False
        erasure.overdue_told_at = now
        erasure.save(update_fields=["overdue_told_at"])
        for person in responsible_for(erasure):
            tell(person, ERASURE_OVERDUE, now=now, about=erasure)
        ledger.record(Event.ERASURE_OVERDUE, actor=None, subject=erasure, now=now, clip=erasure.clip_id)
    return True


def responsible_for(erasure: Erasure) -> list[User]:
    """The supervisors of the team that flagged; all supervisors where no team did, or the team has none."""
    everyone = User.objects.filter(is_active=True, roles__contains=[Role.SUPERVISOR]).order_by("pk")
    own = list(everyone.filter(supervised_teams=erasure.team_id)) if erasure.team_id else []
    return own or list(everyone)
