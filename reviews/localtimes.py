"""Times as a team's wall clock shows them, and the instants they mean. Pure; instants in and out are aware UTC.

Twice a year a clock is moved: an hour of local times does not exist, another one happens twice. Neither is guessed:
a time that does not exist is refused, one that happens twice asks which is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

A_DAY: Final = timedelta(days=1)
FINEST: Final = timedelta(seconds=1)  # to which a change of clocks is found


class Which(StrEnum):
    """Of a local time that happens twice: before the clock is set back, or after."""

    FIRST = "first"
    SECOND = "second"


class NoSuchTime(ValueError):
    """The clock jumps over this time. `goes_on_at` is the instant at which it goes on."""

    def __init__(self, goes_on_at: datetime) -> None:
        super().__init__("the clock jumps over this time")
        self.goes_on_at = goes_on_at


class Twice(ValueError):
    """The clock shows this time twice, at these two instants."""

    def __init__(self, first: datetime, second: datetime) -> None:
        super().__init__("the clock shows this time twice")
        self.first, self.second = first, second


def instants(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every instant at which the zone's clock shows that: none, one, or two (the earlier first)."""
    shown = datetime.combine(day, at)
    found = {shown.replace(fold=fold, tzinfo=zone).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(one for one in found if one.astimezone(zone).replace(tzinfo=None) == shown))


def instant(day: date, at: time, zone: ZoneInfo, which: Which | None = None) -> datetime:
    """The instant that a local time means. Raises NoSuchTime; Twice where `which` is needed and not given."""
    found = instants(day, at, zone)
    if not found:
        raise NoSuchTime(_jump(day, at, zone))
    if len(found) == 2 and which is None:
        raise Twice(*found)
    return found[-1] if which is Which.SECOND else found[0]


def span(day: date, begins: time, ends: time, zone: ZoneInfo, which: Which | None = None) -> tuple[datetime, datetime]:
    """From a local time to the next time the clock shows another: past midnight where `ends` is not after `begins`.

    The length is what really passes. Raises NoSuchTime, Twice.
    """
    last_day = day if ends > begins else day + A_DAY
    return instant(day, begins, zone, which), instant(last_day, ends, zone, which)


def _jump(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of the jump that a missing local time lies in, found by halving."""
    shown = datetime.combine(day, at)
    low, high = sorted(shown.replace(fold=fold, tzinfo=zone).astimezone(UTC) for fold in (0, 1))
    before = low.astimezone(zone).utcoffset()
    while high - low > FINEST:
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day; where midnight is jumped over, the instant of the jump."""
    try:
        return instant(day, time(), zone, Which.FIRST)
    except NoSuchTime as jumped:
        return jumped.goes_on_at


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One day of a team's calendar, with its real length."""

    day: date
    begins: datetime
    ends: datetime
    is_off: bool = False

    @property
    def hours(self) -> float:
        return (self.ends - self.begins) / timedelta(hours=1)

    @property
    def is_odd(self) -> bool:
        """The clocks change on it."""
        return self.ends - self.begins != A_DAY


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def days_of_week(monday: date, zone: ZoneInfo) -> list[LocalDay]:
    days = [monday + timedelta(days=count) for count in range(8)]
    begins = [day_begins(day, zone) for day in days]
    return [LocalDay(day, *both) for day, both in zip(days[:7], pairwise(begins), strict=True)]


def place(at: datetime, week: list[LocalDay]) -> float:
    """Where in the week an instant lies, in days from its start: 0.0 to 7.0, clipped. Every day is one wide."""
    for index, day in enumerate(week):
        if at < day.ends:
            return index + max(0.0, (at - day.begins) / (day.ends - day.begins))
    return float(len(week))


def hours(length: timedelta) -> str:
    """`9 h`, `8 h 30 min`."""
    whole, rest = divmod(length // timedelta(minutes=1), 60)
    return f"{whole} h {rest} min" if rest else f"{whole} h"
