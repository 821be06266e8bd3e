"""The monthly report on erasures: how many, in time or not, held, repeated, and how long until nothing could be opened.

From flag to unplayable it takes no time: the order is written in the same transaction. So what is measured is the time
from the order to the destruction of the key; months are by the order, in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q
from django.db.models.functions import TruncMonth

from reviews.erasure_states import ErasureState
from reviews.models.erasures import ErasureQuerySet

MONTHS = 24


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont: the value below which a share of the rows lies, interpolated."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Month:
    """One month's figures. `median` and `p99` are None while no key was destroyed."""

    month: datetime
    ordered: int
    on_time: int
    late: int
    held: int
    repeated: int
    open: int
    median: timedelta | None
    p99: timedelta | None

    @property
    def median_said(self) -> str:
        """The median in words."""
        return said(self.median)

    @property
    def p99_said(self) -> str:
        """The 99th percentile in words."""
        return said(self.p99)


def said(took: timedelta | None) -> str:
    """A duration in the unit that fits: seconds, minutes or hours."""
    if took is None:
        return "none yet"
    seconds = took.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def monthly(erasures: ErasureQuerySet, now: datetime) -> list[Month]:
    """The last two years, newest first. Late counts what missed its deadline, done or not; a hold excuses."""
    done = Q(state=ErasureState.CERTIFIED)
    missed = Q(verified_at__gt=F("due_at")) | ~done & ~Q(state=ErasureState.WAITING) & Q(due_at__lt=now)
    took = ExpressionWrapper(F("key_destroyed_at") - F("ordered_at"), output_field=DurationField())
    by_month = erasures.annotate(month=TruncMonth("ordered_at", tzinfo=UTC), took=took).values("month")
    figures = by_month.annotate(
        ordered=Count("pk"),
        on_time=Count("pk", filter=done & Q(verified_at__lte=F("due_at"))),
        late=Count("pk", filter=missed),
        held=Count("pk", filter=Q(waiting_since__isnull=False)),
        repeated=Count("pk", filter=Q(attempts__gt=1, waiting_since=None)),
        open=Count("pk", filter=~done),
        median=Percentile("took", share=0.5, filter=Q(took__isnull=False, waiting_since=None)),
        p99=Percentile("took", share=0.99, filter=Q(took__isnull=False, waiting_since=None)),
    )
    return [Month(**row) for row in figures.order_by("-month")[:MONTHS]]
