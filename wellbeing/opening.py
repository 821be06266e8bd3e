"""When a room may be written in (pure): weekly hours on a room's own clock, and a moderator on duty within them.

Hours are minutes from a day's local midnight; one that closes after midnight runs on into the next day. They follow the
wall clock: when clocks change, nine o'clock stays nine o'clock. A room without hours is open round the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_MINUTES: Final = 24 * 60
LOOKS_AHEAD: Final = timedelta(days=14)  # for when it opens next: two weeks of hours hold every week's pattern
Period = tuple[datetime, datetime]
FOREVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """Of one weekday (0 is Monday), in minutes from its midnight; `closes` is later, at most a day after `opens`."""

    weekday: int
    opens: int
    closes: int

    def on(self, day: date, zone: ZoneInfo) -> Period:
        """The two moments on a day of that weekday, UTC."""
        return instant(day, self.opens, zone), instant(day, self.closes, zone)


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes on the wall clock after a day's midnight. A time that a change of clocks skips is the next."""
    days, minutes = divmod(minutes, DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), tzinfo=zone)
    return local.astimezone(UTC)


def openings(hours: Iterable[Hours], zone: ZoneInfo, now: datetime) -> Iterator[Period]:
    """Openings that end after `now` and begin within two weeks, in the order of their days."""
    hours = sorted(hours)
    first = now.astimezone(zone).date() - timedelta(days=2)
    for offset in range(LOOKS_AHEAD.days + 3):
        day = first + timedelta(days=offset)
        for one in hours:
            if one.weekday == day.weekday():
                opens, closes = one.on(day, zone)
                if closes > now and closes > opens:
                    yield opens, closes


def is_open(hours: Iterable[Hours], zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` lies in one of them."""
    return any(opens <= now for opens, _ in openings(hours, zone, now))


def next_time(opened: Iterable[Period], duties: Iterable[Period], now: datetime) -> datetime | None:
    """The first moment from `now` on that lies in an opening and in a duty; None when there is none to be seen."""
    duties = list(duties)
    starts = [
        max(opens, begins, now)
        for opens, closes in opened
        for begins, ends in duties
        if max(opens, begins, now) < min(closes, ends)
    ]
    return min(starts, default=None)
