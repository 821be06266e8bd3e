"""A person's working day as the few numbers pace needs, and how work and breaks move them. Pure.

A day begins with the first sound after 11 hours without any (the daily rest of the EU working time directive), so
neither midnight nor a time zone nor a second shift starts it anew. Within it, a stretch of work begins with the first
sound after a rest. Rest is any gap without sound of at least the break's length, announced as a break or not; a
shorter gap counts as work, because whoever reads, types and waits at the desk is still at the desk.

Time is told to at most one clip: what passed since the last sign of work belongs to the clip that gives the next one,
and never less than the sound that was heard. So heavy time is time spent with heavy clips, not seconds of audio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from wellbeing.limits import GRAVEST, HEAVY_FROM, Policy

DAILY_REST: Final = timedelta(hours=11)
DAY_WITHOUT_HEAVY: Final = timedelta(hours=36)  # a whole day between two shifts, wherever midnight falls
UNKNOWN_COUNTS_AS: Final = 1
CLOCKS_MAY_DIFFER: Final = timedelta(minutes=1)  # between two machines that serve the same person


class BreakKind(StrEnum):
    SCREEN = "screen"
    MEAL = "meal"
    WELLBEING = "wellbeing"
    COOL_DOWN = "cool_down"


@dataclass(frozen=True, slots=True)
class Source:
    """One hearing of one clip: a lease, or one opening of a case's evidence. Lengths in ms, times UTC.

    What was served counts as heard until the player reports; from then on the report counts, and what is served
    after it counts again until the next one.
    """

    first_at: datetime
    unreported_ms: int = 0
    reported_ms: int = 0
    spent_ms: int = 0  # time at the desk told to this clip
    severity: int | None = None
    settled: bool = False

    @property
    def heard_ms(self) -> int:
        return self.reported_ms + self.unreported_ms

    @property
    def attended_ms(self) -> int:
        return max(self.heard_ms, self.spent_ms)

    @property
    def weight(self) -> int:
        return UNKNOWN_COUNTS_AS if self.severity is None else self.severity

    def served(self, ms: int) -> Source:
        return replace(self, unreported_ms=self.unreported_ms + max(0, ms))

    def reported(self, heard_ms: int, now: datetime, last_work_at: datetime | None = None) -> Source:
        """The player's running total, which never falls and never outruns the clock on the wall.

        A clock that was set back since work was last seen bounds nothing: then the player's word stands as it is.
        """
        latest = max(now, last_work_at or now)
        possible = max(0, ms_between(self.first_at, latest))
        if latest - now > CLOCKS_MAY_DIFFER:
            possible = max(possible, heard_ms)
        return replace(self, unreported_ms=0, reported_ms=max(self.reported_ms, min(heard_ms, possible)))


@dataclass(frozen=True, slots=True)
class Day:
    """The person's day so far; times UTC, lengths in ms. An empty Day is somebody who has not begun."""

    began_at: datetime | None = None
    working_since: datetime | None = None
    last_work_at: datetime | None = None
    sounding: UUID | None = None  # served, and no word from its player yet: it may be playing
    sounding_until: datetime | None = None
    stretch_ms: int = 0
    work_ms: int = 0
    clips: int = 0
    deferred: bool = False
    heavy_ms: int = 0
    heavy_run_ms: int = 0
    heavy_since: datetime | None = None
    last_heavy_at: datetime | None = None
    heavy_days_before: int = 0
    gravest_at: datetime | None = None
    expected_gravest_at: datetime | None = None  # predicted as gravest, not yet said by the person
    expected_gravest: UUID | None = None
    gravest_asked_at: datetime | None = None
    break_kind: str = ""
    break_began_at: datetime | None = None
    break_ends_at: datetime | None = None
    shift_began_at: datetime | None = None  # None: not on a shift
    shift_work_ms: int = 0
    shift_heavy_ms: int = 0
    shift_limits: Mapping[str, int] | None = None  # what this shift was planned with, by the policy's names

    @property
    def last_gravest_at(self) -> datetime | None:
        return later(self.gravest_at, self.expected_gravest_at)

    def stretch(self, now: datetime) -> timedelta:
        """How long the work has gone on without a rest: by the clock, or by the sound if that is more."""
        if self.working_since is None:
            return timedelta(0)
        return max(self.latest(now) - self.working_since, timedelta(milliseconds=self.stretch_ms))

    def latest(self, now: datetime) -> datetime:
        """The latest instant that was ever seen: a clock that goes back lengthens no shift and no stretch."""
        return max(now, self.last_work_at or now)

    def is_clock_behind(self, now: datetime) -> bool:
        return self.last_work_at is not None and now < self.last_work_at - CLOCKS_MAY_DIFFER

    @property
    def quiet_since(self) -> datetime | None:
        """Since when no sound was served, heard or still to be heard; None before the first."""
        return later(self.last_work_at, self.sounding_until)

    def rest_needed(self, rules: Policy) -> timedelta:
        """A break that was put off is owed at double length once it would have been due."""
        owed_long = self.deferred and self.stretch(self.last_work_at or EPOCH) >= minutes(rules.break_after_minutes)
        return minutes(rules.long_break_minutes if owed_long else rules.break_minutes)

    def is_rested(self, rules: Policy, now: datetime) -> bool:
        return self.quiet_since is None or now - self.quiet_since >= self.rest_needed(rules)

    def is_over(self, now: datetime) -> bool:
        return self.quiet_since is None or now - self.quiet_since >= DAILY_REST


EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of the two that are known."""
    if one is None or other is None:
        return one or other
    return max(one, other)


@lru_cache(maxsize=1024)
def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def ms_between(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(milliseconds=1)


def is_heavy(severity: int | None) -> bool:
    return severity is not None and severity >= HEAVY_FROM


def after_rest(day: Day, rules: Policy, now: datetime) -> Day:
    """The day as it stands when work goes on at `now`: a new day, a new stretch, or the same one."""
    if day.is_over(now):
        return _next_day(day, now)
    if day.is_rested(rules, now):
        day = replace(day, working_since=now, stretch_ms=0, deferred=False)
    if day.last_heavy_at is None or now - day.last_heavy_at >= minutes(rules.heavy_rest_minutes):
        day = replace(day, heavy_run_ms=0, heavy_since=None)
    return day


def _next_day(day: Day, now: datetime) -> Day:
    days = day.heavy_days_before + 1 if day.heavy_ms > 0 else day.heavy_days_before
    if heavy_is_over(day, now):
        days = 0
    return Day(
        began_at=now,
        working_since=now,
        last_heavy_at=day.last_heavy_at,
        heavy_days_before=days,
        break_kind=day.break_kind,
        break_began_at=day.break_began_at,
        break_ends_at=day.break_ends_at,
        shift_began_at=day.shift_began_at,
        shift_work_ms=day.shift_work_ms,
        shift_heavy_ms=day.shift_heavy_ms,
        shift_limits=day.shift_limits,
    )


def heavy_is_over(day: Day, now: datetime) -> bool:
    return day.last_heavy_at is None or now - day.last_heavy_at >= DAY_WITHOUT_HEAVY


def after_sound(
    day: Day, rules: Policy, source_id: UUID, before: Source | None, after: Source, now: datetime
) -> tuple[Day, Source]:
    """What hearing `source_id` makes of the day, `before` being None for a clip not heard yet.

    `rules` is the policy as the person's preferences have made it; the shift's own limits come from the day.
    A report that adds nothing (a page that is only open) is no work and changes no clock; it may take back sound
    that was counted as heard before the player had spoken, and the gravest that was expected of it.
    """
    rules = rules.made_gentler_by_limits(day.shift_limits)
    if before is not None and not _is_work(before, after):
        return _unheard(_silent(_told(day, before, after), source_id), source_id, after), after
    return _worked(day, rules, source_id, before, after, now)


def _worked(
    day: Day, rules: Policy, source_id: UUID, before: Source | None, after: Source, now: datetime
) -> tuple[Day, Source]:
    """1. Never back in time. 2. Rested before this sound began? 3. Tell the time since the last work to this clip.
    4. Heavy and gravest."""
    now = max(now, day.last_work_at or now)
    previous = day.last_work_at or now
    begins = max(previous, now - timedelta(milliseconds=_newly_reported(before, after)))
    day = after_rest(day, rules, begins)
    went_on_from = previous if day.working_since != begins else begins
    after = replace(after, spent_ms=after.spent_ms + ms_between(went_on_from, now))
    day = _told(day, before, after)
    day = _sounding(day, source_id, after, now)
    day = replace(day, last_work_at=now, clips=day.clips + (before is None))
    if is_heavy(after.severity):
        fresh = heavy_is_over(day, now)
        day = replace(day, last_heavy_at=now, heavy_since=day.heavy_since or now)
        day = replace(day, heavy_days_before=0) if fresh else day
    return _gravest(day, source_id, after, now), after


def _is_work(before: Source, after: Source) -> bool:
    judged = (before.settled, before.severity) != (after.settled, after.severity)
    return judged or after.heard_ms > before.heard_ms or after.reported_ms > before.reported_ms


def _newly_reported(before: Source | None, after: Source) -> int:
    return max(0, after.reported_ms - (before.reported_ms if before else 0))


def _sounding(day: Day, source_id: UUID, after: Source, now: datetime) -> Day:
    """What was served may play for its whole length; the player's word, or the person's, ends the guess."""
    if after.unreported_ms and not after.settled:
        until = max(now + timedelta(milliseconds=after.unreported_ms), day.sounding_until or now)
        return replace(day, sounding=source_id, sounding_until=until)
    return _silent(day, source_id)


def _silent(day: Day, source_id: UUID) -> Day:
    return replace(day, sounding=None, sounding_until=None) if day.sounding == source_id else day


def _unheard(day: Day, source_id: UUID, after: Source) -> Day:
    """Served and not played: nothing grave was heard yet. Playing it says so again."""
    if after.heard_ms or day.expected_gravest != source_id:
        return day
    return replace(day, expected_gravest=None, expected_gravest_at=None)


def _told(day: Day, before: Source | None, after: Source) -> Day:
    """Time is added where it is spent and taken back only from the day, stretch and run that it was added to."""
    was, is_ = before.attended_ms if before else 0, after.attended_ms
    heavy_was = was if before and is_heavy(before.severity) else 0
    heavy_is = is_ if is_heavy(after.severity) else 0
    return replace(
        day,
        work_ms=_moved(day.work_ms, is_ - was, after.first_at, day.began_at),
        stretch_ms=_moved(day.stretch_ms, is_ - was, after.first_at, day.working_since),
        heavy_ms=_moved(day.heavy_ms, heavy_is - heavy_was, after.first_at, day.began_at),
        heavy_run_ms=_moved(day.heavy_run_ms, heavy_is - heavy_was, after.first_at, day.heavy_since),
        shift_work_ms=_on_shift(day, day.shift_work_ms, is_ - was, after),
        shift_heavy_ms=_on_shift(day, day.shift_heavy_ms, heavy_is - heavy_was, after),
    )


def _on_shift(day: Day, total_ms: int, by_ms: int, after: Source) -> int:
    return 0 if day.shift_began_at is None else _moved(total_ms, by_ms, after.first_at, day.shift_began_at)


def _moved(total_ms: int, by_ms: int, first_at: datetime, since: datetime | None) -> int:
    if by_ms < 0 and (since is None or first_at < since):
        return total_ms
    return max(0, total_ms + by_ms)


def _gravest(day: Day, source_id: UUID, after: Source, now: datetime) -> Day:
    """A gravest clip starts the cool-down: as predicted until the person has said, then as they said.

    One that was only expected and never judged is taken at its word when the next one comes.
    """
    mine = day.expected_gravest == source_id
    if after.severity == GRAVEST and after.settled:
        day = replace(day, gravest_at=now)
    if after.settled:
        return replace(day, expected_gravest=None, expected_gravest_at=None) if mine else day
    if after.severity != GRAVEST:
        return day
    kept = day.gravest_at if mine else day.last_gravest_at
    return replace(day, gravest_at=kept, expected_gravest=source_id, expected_gravest_at=now)


def length_of(kind: BreakKind, day: Day, rules: Policy) -> timedelta:
    lengths = {
        BreakKind.SCREEN: day.rest_needed(rules),
        BreakKind.MEAL: minutes(rules.meal_minutes),
        BreakKind.WELLBEING: minutes(rules.wellbeing_minutes),
        BreakKind.COOL_DOWN: minutes(rules.cool_down_minutes),
    }
    return lengths[kind]


def on_break(day: Day, kind: BreakKind, length: timedelta, now: datetime) -> Day:
    return replace(day, break_kind=kind.value, break_began_at=now, break_ends_at=now + length)


def off_break(day: Day) -> Day:
    return replace(day, break_kind="", break_began_at=None, break_ends_at=None)


def asked_for_gravest(day: Day, now: datetime) -> Day:
    return replace(day, gravest_asked_at=now)


def on_shift(day: Day, limits: Mapping[str, int] | None, now: datetime) -> Day:
    """A shift begins: its own sums at zero, with what it was planned with. The working day goes on as it was."""
    return replace(day, shift_began_at=now, shift_work_ms=0, shift_heavy_ms=0, shift_limits=dict(limits or {}) or None)


def off_shift(day: Day) -> Day:
    return replace(day, shift_began_at=None, shift_work_ms=0, shift_heavy_ms=0, shift_limits=None)


def put_off(day: Day) -> Day:
    return replace(day, deferred=True)
