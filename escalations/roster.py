"""The on-call roster as arithmetic: what a local time means, and where nobody is on call. Pure: no ORM, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one instant (UTC) until before another."""

    starts_at: datetime
    ends_at: datetime


def span_of(begins: datetime, ends: datetime, zone: ZoneInfo) -> Span:
    """What two times of a wall clock mean. One that the clock shows twice, or skips, is taken so that nobody is off
    early or on late: the first as a beginning, the last as an end. Raises ValueError unless it ends after it began.
    """
    span = Span(min(_instants(begins, zone)), max(_instants(ends, zone)))
    if span.ends_at <= span.starts_at:
        raise ValueError("a duty ends after it began")
    return span


def weekly(first: Span, begins: datetime, ends: datetime, zone: ZoneInfo, weeks: int) -> list[Span]:
    """A span and the same two times of the wall clock of each week after it, `weeks` in all: nine stays nine."""
    later = [timedelta(weeks=number) for number in range(1, weeks)]
    return [first, *(span_of(begins + after, ends + after, zone) for after in later)]


def _instants(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, last


def gaps(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Where none of the spans lies between two instants, in order; spans may overlap and stand in any order."""
    found, covered_until = [], start
    for span in sorted(spans):
        if span.starts_at > covered_until and covered_until < end:
            found.append(Span(covered_until, min(span.starts_at, end)))
        covered_until = max(covered_until, span.ends_at)
    if covered_until < end:
        found.append(Span(covered_until, end))
    return found
