"""What must happen without being announced: due erasures, orders that a case or the calendar causes, late ones told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from escalations.access import active_hold_on, clips_on_hold
from project import ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.notices import tell
from reviews.actions.erasure_orders import order_erasure
from reviews.actions.erasures import drive
from reviews.actions.subject_erasures import order_all, unfinished_requests
from reviews.actions.working_copies import make_working_copies
from reviews.erasure_states import TERMINAL, Reason
from reviews.models import Clip, Erasure, ErasureRun, SubjectErasure
from reviews.notices import ERASURE_OVERDUE, ERASURE_RUN_OVERDUE
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

    `clock` is asked anew for every batch: a bulk run may take the whole budget, and each step is stamped with the time
    at which it happened.
    """
    now = clock()
    told = tell_overdue(now=now)
    make_working_copies(now=now)
    driven, failed = drive_due(clock=clock, until=now + budget)
    return Swept(driven, failed, told)


def sweep_orders(*, now: datetime) -> int:
    """Order what nobody orders by hand: clips whose cases are over, the rest of large requests. Gives back how many."""
    requests = sum(order_all(request_id, now=now) for request_id in unfinished_requests())
    return requests + order_for_cases_over(now=now)


def drive_due(*, clock: Callable[[], datetime], until: datetime) -> tuple[int, int]:
    """Drive what is due, batch by batch, asking again after each: an urgent order overtakes a bulk run."""
    taken = failed = 0
    while clock() < until and (driven := drive(clock=clock)):
        taken, failed = taken + len(driven.ids), failed + len(driven.failures)
    return taken, failed


def order_for_cases_over(*, now: datetime) -> int:
    """Order the erasure of quarantined clips that nothing holds any longer and nobody ordered."""
    idle = Clip.objects.filter(state=ClipState.QUARANTINED).exclude(pk__in=clips_on_hold())
    idle = idle.exclude(pk__in=Erasure.objects.open().values("clip_id"))
    return sum(_order_if_idle(clip_id, now=now) for clip_id in idle.values_list("pk", flat=True)[:BATCH])


def _order_if_idle(clip_id: UUID, *, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        if clip.state != ClipState.QUARANTINED or active_hold_on(clip.pk) or clip.erasures.open().exists():
            return False
        order_erasure(clip, Reason.CASE_OVER, actor=None, now=now)
    return True


def tell_overdue(*, now: datetime) -> int:
    """Tell supervisors once of each erasure that missed its deadline, and once of a whole run that did.

    Gives back how many were told of.
    """
    late = Erasure.objects.overdue(now).filter(run=None, subject_erasure=None, overdue_told_at=None)
    told = sum(
        _tell_of(erasure_id, now=now) for erasure_id in late.order_by("due_at").values_list("pk", flat=True)[:BATCH]
    )
    return told + sum(_tell_of_run(run, now=now) for run in late_runs(now))


def _tell_of(erasure_id: UUID, *, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.overdue_told_at or erasure.state in TERMINAL:
            return False
        erasure.overdue_told_at = now
        erasure.save(update_fields=["overdue_told_at"])
        for person in responsible_for(erasure):
            tell(person, ERASURE_OVERDUE, now=now, about=erasure)
        ledger.record(Event.ERASURE_OVERDUE, actor=None, subject=erasure, now=now, clip=erasure.clip_id)
    return True


def late_runs(now: datetime) -> list[ErasureRun | SubjectErasure]:
    """Runs and requests of which a clip is late, that nobody was told of."""
    late = Erasure.objects.overdue(now)
    runs = ErasureRun.objects.filter(overdue_told_at=None, pk__in=late.filter(run__isnull=False).values("run"))
    requests = SubjectErasure.objects.filter(
        overdue_told_at=None, pk__in=late.filter(subject_erasure__isnull=False).values("subject_erasure")
    )
    return [*runs[:BATCH], *requests[:BATCH]]


def _tell_of_run(run: ErasureRun | SubjectErasure, *, now: datetime) -> bool:
    """Thousands of late clips of one run are one piece of news."""
    with transaction.atomic(durable=True):
        rows = type(run)._default_manager.filter(pk=run.pk, overdue_told_at=None)
        if rows.update(overdue_told_at=now) != 1:
            return False
        for person in User.objects.filter(is_active=True, roles__contains=[Role.SUPERVISOR]).order_by("pk"):
            tell(person, ERASURE_RUN_OVERDUE, now=now)
        late = Erasure.objects.overdue(now).filter(**{"run" if isinstance(run, ErasureRun) else "subject_erasure": run})
        ledger.record(Event.ERASURE_OVERDUE, actor=None, subject=run, now=now, clips=late.count())
    return True


def responsible_for(erasure: Erasure) -> list[User]:
    """The supervisors of the team that flagged; all supervisors where no team did, or the team has none."""
    everyone = User.objects.filter(is_active=True, roles__contains=[Role.SUPERVISOR]).order_by("pk")
    own = list(everyone.filter(supervised_teams=erasure.team_id)) if erasure.team_id else []
    return own or list(everyone)
