"""The monthly report on erasures, by reason: how many, in time or not, held, failing, and how long it took.

Two times, in one row's own columns: from the flag until nothing of the clip could be played (the order is written in
the flag's transaction, so this is nothing unless somebody flagged and no order followed), and from the flag until its
key was destroyed. Months are by the order, in UTC.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncMonth

from reviews.erasure_states import ErasureState, Reason
from reviews.models import Flag
from reviews.models.erasures import ErasureQuerySet
from reviews.states import FlagKind

MONTHS: Final = 24
ALL: Final = "all"


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont: the value below which a share of the rows lies, interpolated."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Line:
    """One month's figures, of one reason or of all. What a hold delayed is in none of the times.

    `failing` are open and failed at their last attempt, `repeated` took more than one. Times are None while there are
    none to measure.
    """

    month: datetime
    reason: str
    ordered: int
    on_time: int
    late: int
    held: int
    failing: int
    repeated: int
    open: int
    unplayable_median: timedelta | None
    unplayable_p99: timedelta | None
    shredded_median: timedelta | None
    shredded_p99: timedelta | None

    @property
    def title(self) -> str:
        """The reason in words."""
        return "All" if self.reason == ALL else Reason(self.reason).label

    @property
    def times(self) -> list[str]:
        """The four times in words, as the page's last columns have them."""
        return [said(took) for took in (self.unplayable_median, self.unplayable_p99, *self._shredded)]

    @property
    def _shredded(self) -> tuple[timedelta | None, timedelta | None]:
        return self.shredded_median, self.shredded_p99

    @property
    def row(self) -> dict[str, str | int | float | None]:
        """The line for a file: the month as 2026-11, times in seconds."""
        found: dict[str, Any] = {name: getattr(self, name) for name in _COUNTS}
        times = {f"{name}_seconds": _seconds(getattr(self, name)) for name in _TIMES}
        return {"month": f"{self.month:%Y-%m}", "reason": self.reason, **found, **times}


_COUNTS: Final = ("ordered", "on_time", "late", "held", "failing", "repeated", "open")
_TIMES: Final = ("unplayable_median", "unplayable_p99", "shredded_median", "shredded_p99")
COLUMNS: Final = ("month", "reason", *_COUNTS, *(f"{name}_seconds" for name in _TIMES))


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else round(took.total_seconds(), 3)


def said(took: timedelta | None) -> str:
    """A duration in the unit that fits: seconds, minutes or hours."""
    if took is None:
        return "none yet"
    seconds = took.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def monthly(erasures: ErasureQuerySet, now: datetime) -> list[Line]:
    """The last two years, newest first; each month's line over all reasons, then one for each reason that occurred.

    Late counts what missed its deadline, done or not; a hold excuses.
    """
    timed = _timed(erasures)
    totals = [Line(reason=ALL, **row) for row in _counted(timed, now, "month").order_by("-month")[:MONTHS]]
    if not totals:
        return []
    since = totals[-1].month
    by_reason = _counted(timed.filter(ordered_at__gte=since), now, "month", "reason")
    lines = [*totals, *(Line(**row) for row in by_reason)]
    order = [ALL, *Reason.values]
    return sorted(lines, key=lambda line: (-line.month.timestamp(), order.index(line.reason)))


def _timed(erasures: ErasureQuerySet) -> ErasureQuerySet:
    """With the month, when the flag came that led to the order (the order itself, where none did), and both times."""
    flags = Flag.objects.filter(
        clip=OuterRef("clip"), kind=FlagKind.CRITICAL, raised_at__lte=OuterRef("ordered_at")
    ).order_by("-raised_at")
    flagged = erasures.annotate(
        month=TruncMonth("ordered_at", tzinfo=UTC),
        flagged_at=Coalesce(Subquery(flags.values("raised_at")[:1]), F("ordered_at")),
    )
    return flagged.annotate(unplayable=_since_flag("ordered_at"), shredded=_since_flag("key_destroyed_at"))


def _since_flag(column: str) -> ExpressionWrapper:
    return ExpressionWrapper(F(column) - F("flagged_at"), output_field=DurationField())


def _counted(timed: ErasureQuerySet, now: datetime, *by: str) -> Any:
    done = Q(state=ErasureState.CERTIFIED)
    over = done | Q(state=ErasureState.WITHDRAWN)
    missed = Q(verified_at__gt=F("due_at")) | ~over & ~Q(state=ErasureState.WAITING) & Q(due_at__lt=now)
    free = Q(waiting_since=None)
    return timed.order_by().values(*by).annotate(
        ordered=Count("pk"),
        on_time=Count("pk", filter=done & Q(verified_at__lte=F("due_at"))),
        late=Count("pk", filter=missed),
        held=Count("pk", filter=~free),
        failing=Count("pk", filter=~over & ~Q(last_error_code="")),
        repeated=Count("pk", filter=Q(attempts__gt=1) & free),
        open=Count("pk", filter=~over),
        unplayable_median=Percentile("unplayable", share=0.5),
        unplayable_p99=Percentile("unplayable", share=0.99),
        shredded_median=Percentile("shredded", share=0.5, filter=Q(shredded__isnull=False) & free),
        shredded_p99=Percentile("shredded", share=0.99, filter=Q(shredded__isnull=False) & free),
    )  # fmt: skip


def as_csv(lines: Sequence[Line]) -> str:
    """The report as CSV (RFC 4180), a header first."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    rows.writerows(line.row for line in lines)
    return out.getvalue()
