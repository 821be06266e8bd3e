"""Quiet hours (pure): when somebody wants no mail, by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONGEST: Final = timedelta(hours=16)  # our own choice: something gets through every day
_DAY: Final = timedelta(days=1)


def length(begins: time, ends: time) -> timedelta:
    """By the clock on the wall; over midnight where they end earlier than they begin."""
    day = datetime(2000, 1, 1, tzinfo=UTC)
    span = datetime.combine(day, ends, UTC) - datetime.combine(day, begins, UTC)
    return span if span > timedelta() else span + _DAY


def quiet_until(now: datetime, begins: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end (UTC) in which `now` lies; None outside them. They begin at `begins`, to the second."""
    today = now.astimezone(zone).date()
    for first in (today - _DAY, today):
        last = first if begins < ends else first + _DAY
        start = datetime.combine(first, begins, zone).astimezone(UTC)
        end = datetime.combine(last, ends, zone).astimezone(UTC)
        if start <= now < end:
            return end
    return None
