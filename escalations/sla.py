"""Clocks: how long each hop may take in each tier, and how a missed one climbs. Pure: no ORM, no clock of its own.

Origins. T0 and T1 acknowledge and decide, T2's 1 and 5 working days, T0's review within 24 h: Earshot's escalation
policy, which follows what emergency-disclosure and whistleblower practice ask for. All other numbers are our own
defaults, chosen so that the hops of a tier add up to less than its decision. A working day is one of the team's
weekdays (Monday to Friday by default) that is no day off, in the team's time zone. Times in and out are UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from escalations.states import ClockKind, Tier


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A span counted in working days, ending at the same local time of day as it began."""

    days: int


Span = timedelta | WorkingDays


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)


_CLOSE: Final = timedelta(days=28)
_REVIEW: Final = timedelta(hours=24)
K = ClockKind
SPANS: Final[dict[Tier, dict[ClockKind, Span]]] = {
    Tier.T0: {
        K.ACKNOWLEDGE: _minutes(15), K.TRIAGE: _minutes(15), K.INFORMATION: _minutes(15), K.REFER: _minutes(15),
        K.DECIDE: _minutes(60), K.CLOSE: _CLOSE, K.REVIEW: _REVIEW,
    },
    Tier.T1: {
        K.ACKNOWLEDGE: _hours(1), K.TRIAGE: _hours(1), K.INFORMATION: _hours(4), K.REFER: _hours(4),
        K.DECIDE: _hours(24), K.CLOSE: _CLOSE, K.REVIEW: _REVIEW,
    },
    Tier.T2: {
        K.ACKNOWLEDGE: WorkingDays(1), K.TRIAGE: WorkingDays(1), K.INFORMATION: WorkingDays(1),
        K.REFER: WorkingDays(1), K.DECIDE: WorkingDays(5), K.CLOSE: _CLOSE, K.REVIEW: _REVIEW,
    },
    Tier.T3: {
        K.ACKNOWLEDGE: WorkingDays(1), K.TRIAGE: WorkingDays(1), K.INFORMATION: WorkingDays(1),
        K.REFER: WorkingDays(1), K.DECIDE: WorkingDays(5), K.CLOSE: WorkingDays(5), K.REVIEW: _REVIEW,
    },
}  # fmt: skip


MONDAY_TO_FRIDAY: Final = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an organisation works. What arrives on a day off counts from `opens` on the next working day, what arrives
    earlier in a working day from `opens` on that day: otherwise Monday's first hours would be due before Saturday's.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    holidays: frozenset[date] = frozenset()
    opens: time = time(9)
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    worked: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """A day on which the team works all the same comes before any day off."""
        return day in self.worked or (day.weekday() in self.weekdays and day not in self.holidays)

    def fingerprint(self) -> str:
        """16 hex digits of SHA-256: two calendars that count alike have the same, whatever order they were told in."""
        days = ",".join(f"{day:%Y%m%d}" for day in sorted(self.holidays - self.worked))
        worked = ",".join(f"{day:%Y%m%d}" for day in sorted(self.worked))
        weekdays = "".join(map(str, sorted(self.weekdays)))
        text = f"{self.zone.key}|{self.opens:%H%M%S}|{weekdays}|{days}|{worked}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def longest_rest(self, start: date, end: date) -> int:
        """The most days off on end that begin between two days, counted to a year at most."""
        longest = run = 0
        for ahead in range((end - start).days + 1):
            run = 0 if self.is_working_day(start + timedelta(days=ahead)) else run + 1
            longest = max(longest, run)
        return longest

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`. Raises ValueError where a calendar has none within a year."""
        for ahead in range(1, 367):
            if self.is_working_day(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise ValueError("this calendar has no working day within a year")

    def after_working_days(self, start: datetime, days: int) -> datetime:
        """`days` working days after `start`, at the same local time of day, at `opens` at the earliest."""
        local = start.astimezone(self.zone)
        day, at = local.date(), local.time()
        if not self.is_working_day(day):
            day, at = self.next_working_day(day), self.opens
        at = max(at, self.opens)
        for _ in range(days):
            day = self.next_working_day(day)
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


def due(kind: ClockKind, tier: Tier, started_at: datetime, calendar: Calendar) -> datetime:
    """When a clock that started then must be answered."""
    span = SPANS[tier][kind]
    if isinstance(span, WorkingDays):
        return calendar.after_working_days(started_at, span.days)
    return started_at.astimezone(UTC) + span


class Audience(StrEnum):
    """Who is told at a rung of the ladder."""

    TEAM_SUPERVISORS = "team-supervisors"
    ALL_SUPERVISORS = "all-supervisors"
    LEGAL = "legal"
    ON_CALL = "on-call"


LADDER: Final = (Audience.TEAM_SUPERVISORS, Audience.ALL_SUPERVISORS, Audience.ON_CALL)
# Once legal has the case, the people who can answer its clocks are legal's; other teams must not learn of it.
LEGALS_LADDER: Final = (Audience.LEGAL, Audience.LEGAL, Audience.ON_CALL)
TOP: Final = len(LADDER)

_PAUSE: Final[dict[Tier, timedelta]] = {
    Tier.T0: _minutes(5), Tier.T1: _minutes(15), Tier.T2: _hours(4), Tier.T3: _hours(24),
}  # fmt: skip
_LONGEST_PAUSE: Final = timedelta(days=1)
_UNHURRIED: Final[Collection[ClockKind]] = (ClockKind.CLOSE,)


def audience(rung: int, *, legals_turn: bool) -> Audience:
    """Who is told at this rung (1 is the first). Beyond the top it stays with on-call."""
    ladder = LEGALS_LADDER if legals_turn else LADDER
    return ladder[min(rung, TOP) - 1]


def pause_after(rung: int, tier: Tier, kind: ClockKind) -> timedelta:
    """How long after this rung the next one follows. From the top on it doubles, up to a day: it never falls silent."""
    if kind in _UNHURRIED:
        return _LONGEST_PAUSE
    beyond = min(max(rung - TOP + 1, 0), 16)
    return min(_PAUSE[tier] * 2**beyond, _LONGEST_PAUSE)


def next_rung_at(rung: int, tier: Tier, kind: ClockKind, *, due_at: datetime, now: datetime) -> datetime:
    """When the rung after `rung` is due. Rungs missed while nobody swept are caught up one a sweep, below the top."""
    if rung < TOP:
        return max(due_at + pause_after(rung, tier, kind) * rung, now)
    return now + pause_after(rung, tier, kind)
