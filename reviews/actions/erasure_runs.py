"""Many clips ordered at once: retention, withdrawal by the source, and how far each of them has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from project import ledger
from project.ledger.events import Event
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, ErasureRun, SubjectErasure
from reviews.models.erasures import ErasureQuerySet
from reviews.states import ClipState

BATCH: Final = 500
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come; counts of clips. `all_ordered` is False while more may still be added."""

    ordered: int
    certified: int
    waiting: int
    late: int
    all_ordered: bool

    @property
    def percent(self) -> int:
        """Whole percents, rounded down: 100 only when every one is certified."""
        return 100 * self.certified // self.ordered if self.ordered else 100 if self.all_ordered else 0

    @property
    def is_over(self) -> bool:
        return self.all_ordered and self.certified == self.ordered


def progress_of(run: ErasureRun | SubjectErasure, now: datetime) -> Progress:
    """One query over the run's orders. What was taken back is not counted."""
    erasures: ErasureQuerySet = run.erasures.all()
    late = Q(due_at__lt=now) & ~Q(state__in=[ErasureState.CERTIFIED, ErasureState.WAITING])
    counted = erasures.exclude(state=ErasureState.WITHDRAWN).aggregate(
        ordered=Count("pk"),
        certified=Count("pk", filter=Q(state=ErasureState.CERTIFIED)),
        waiting=Count("pk", filter=Q(state=ErasureState.WAITING)),
        late=Count("pk", filter=late),
    )
    return Progress(**counted, all_ordered=run.all_ordered_at is not None)


def newest_runs(most: int = 100) -> list[ErasureRun | SubjectErasure]:
    """Runs and requests of data subjects, newest first."""
    times: dict[ErasureRun | SubjectErasure, datetime] = {}
    times |= {run: run.started_at for run in ErasureRun.objects.order_by("-started_at")[:most]}
    times |= {one: one.requested_at for one in SubjectErasure.objects.order_by("-requested_at")[:most]}
    return sorted(times, key=lambda run: times[run], reverse=True)[:most]


def apply_retention(*, now: datetime) -> int:
    """Order the erasure of clips kept for RETENTION_DAYS since they came in. Gives back how many.

    A leased clip is left for the next run: nobody's work is cut short for the calendar. A run that was cut short goes
    on where it was.
    """
    oldest = now - timedelta(days=settings.RETENTION_DAYS)
    kept = Clip.objects.filter(state__in=[ClipState.QUEUED, ClipState.REVIEWED], ingested_at__lt=oldest)
    run = ErasureRun.objects.filter(reason=Reason.RETENTION_END, all_ordered_at=None).first()
    if run is None:
        if not kept.exists():
            return 0
        run = _start(Reason.RETENTION_END, now=now)
    ordered = 0
    while batch := _order_batch(run, kept, now=now):
        ordered += batch
    _finish(run.pk, now=now)
    return ordered


def _start(reason: Reason, *, now: datetime) -> ErasureRun:
    with transaction.atomic(durable=True):
        run = ErasureRun.objects.create(reason=reason, started_at=now)
        ledger.record(Event.ERASURE_RUN_STARTED, actor=None, subject=run, now=now, reason=reason)
    return run


def _order_batch(run: ErasureRun, clips: QuerySet[Clip], *, now: datetime) -> int:
    with transaction.atomic(durable=True):
        batch: Sequence[Clip] = list(clips.select_for_update(no_key=True, skip_locked=True).order_by("pk")[:BATCH])
        order_erasures(batch, Terms(Reason(run.reason), run=run), actor=None, now=now)
    return len(batch)


def _finish(run_id: UUID, *, now: datetime) -> None:
    with transaction.atomic(durable=True):
        run = ErasureRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if run.all_ordered_at:
            return
        run.all_ordered_at = now
        run.save(update_fields=["all_ordered_at"])
        ledger.record(
            Event.ERASURE_RUN_ORDERED, actor=None, subject=run, now=now, reason=run.reason, clips=run.erasures.count()
        )
