"""A person under our rules: wellbeing.pace asked before every clip, wellbeing.day told of every one, reviews.turns for
whose turn it is. Nothing here decides anything that those three do not.

Light clips that follow each other within the same answer of pace are told as one: the rules are sums and clocks, so the
answer in between could not have been another (tests/bench/test_simulation.py compares it with clip by clip).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID, uuid5

from reviews.turns import HEAVY, Load, is_held, may_be_held, mean_share
from tests.bench.simulation.lines import Line
from tests.bench.simulation.watch import Watched
from tests.bench.simulation.world import SHIFT, Heavy, Person
from wellbeing.day import Day, Source, after_sound
from wellbeing.limits import DEFAULTS, Policy, ShiftWindow, clip_ceiling, listening_minutes
from wellbeing.pace import Decision, Pace, pace

EPOCH: Final = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
SPACE: Final = UUID(int=0)
MEAL_AFTER, MEAL = 4 * 3600.0, 3600.0
CARE_AFTER, CARE = 6.5 * 3600.0, 2700.0
LOOK_AGAIN: Final = 120.0
MEAN_FOR: Final = 60.0
SHORTEST_REST: Final = 300.0


def clock(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Untold:
    """Light clips heard one after the other that wellbeing.day is not told of yet. Seconds."""

    began: float
    ended: float
    clips: int

    def and_then(self, ended: float, clips: int) -> Untold:
        return Untold(self.began, ended, self.clips + clips)

    def goes_on(self, now: float, holds_until: float) -> bool:
        """Neither could pace say something else by now, nor was the gap long enough for a rest."""
        return now < holds_until and now - self.ended < SHORTEST_REST


class Desks:
    """What came to the desks at work; the mean share is looked up once a simulated minute."""

    def __init__(self) -> None:
        self.loads: dict[int, Load] = {}
        self._mean, self._at = 0.0, -1e9

    def mean(self, now: float) -> float:
        if now - self._at >= MEAN_FOR:
            self._mean, self._at = mean_share(self.loads.values()), now
        return self._mean


@dataclass(slots=True)
class Listener:
    """One person at work under our rules. `step` does the next thing and says when to come again; None after all."""

    person: Person
    desks: Desks
    spreads: bool = True
    day: Day = Day()
    rules: Policy = DEFAULTS
    watched: Watched = None  # type: ignore[assignment]  # set below
    window: ShiftWindow | None = None
    began: float = 0.0
    ends: float = 0.0
    next_shift: int = 0
    meal_taken: bool = False
    care_taken: bool = False
    sounds: int = 0
    clip_by_clip: bool = False
    answer: Pace | None = None  # holds for light clips until `holds_until`
    holds_until: float = 0.0
    untold: Untold | None = None

    def __post_init__(self) -> None:
        self.watched = Watched()
        self.rules = DEFAULTS.made_gentler_by(self.person.preferences)

    def step(self, now: float, line: Line) -> float | None:
        if self.window is None or now >= self.ends:
            self._tell()
            return self._between_shifts(now)
        rest = self._protected_time(now)
        if rest is not None:
            self._tell()
            return rest
        line.arrive(now)
        if line.is_empty(now):
            return min(self.ends, max(now + LOOK_AGAIN, line.next_arrival(now)))
        answer = self._asked(now)
        if not answer.may_go:
            return self._wait(answer, now)
        return self._work(answer, now, line)

    def _asked(self, now: float) -> Pace:
        """What pace says now; what it said before while that still holds for light clips and none other was heard."""
        if self.answer is not None and self.untold is not None and self.untold.goes_on(now, self.holds_until):
            return self.answer
        self._tell()
        answer = pace(self.day, DEFAULTS, self.person.preferences, clock(now), self.window)
        self.answer, self.holds_until = answer, now + self._seconds_left(answer, now)
        return answer

    def _between_shifts(self, now: float) -> float | None:
        if self.window is not None:
            self.window = None
            self.desks.loads.pop(self.person.number, None)
        if self.next_shift >= len(self.person.shifts):
            return None
        begins = self.person.shifts[self.next_shift]
        if now < begins:
            return begins
        self.next_shift += 1
        self.began, self.ends, self.meal_taken, self.care_taken = now, begins + SHIFT, False, False
        most = clip_ceiling(DEFAULTS, self.person.preferences, int((self.ends - now) // 60))
        self.window = ShiftWindow(uuid5(SPACE, f"{self.person.number}"), clock(now), clock(self.ends), most, 0)
        if self.rules.heaviest >= HEAVY:
            self.desks.loads[self.person.number] = Load()
        self.watched.begin_shift(self.ends)
        return now

    def _protected_time(self, now: float) -> float | None:
        """Meal and wellbeing time, taken when their hour has come: pace says how much, people say when."""
        if not self.meal_taken and now - self.began >= MEAL_AFTER:
            self.meal_taken = True
            return now + MEAL
        if not self.care_taken and now - self.began >= CARE_AFTER:
            self.care_taken = True
            return now + CARE
        return None

    def _wait(self, answer: Pace, now: float) -> float:
        if answer.decision is Decision.STOP or answer.until is None:
            return self.ends
        return max(now, (answer.until - EPOCH).total_seconds()) + 1  # nobody comes back on the millisecond

    def _work(self, answer: Pace, now: float, line: Line) -> float:
        lane = None
        if answer.max_severity >= HEAVY:
            lane = line.heavy_lane(answer.max_severity, self.person.preferences.opt_out)
        light = line.light_turn(now)
        heavy_first = lane is not None and line.heavy_turn(lane) < light
        if heavy_first and light <= now and self._is_held(now):
            heavy_first = False
        if heavy_first and self.untold is not None:
            self._tell()
            return now  # pace is asked anew before a heavy clip
        if heavy_first and lane is not None:
            return self._take_heavy(line.take_heavy(lane, now), now)
        if light <= now:
            return self._take_light(answer, now, line)
        return min(self.ends, max(now + LOOK_AGAIN, line.next_arrival(now)))

    def _is_held(self, now: float) -> bool:
        own = self.desks.loads.get(self.person.number)
        if not self.spreads or own is None or not may_be_held(own, clock(now)):
            return False
        return is_held(own, self.desks.mean(now), clock(now))

    def _take_heavy(self, heavy: Heavy, now: float) -> float:
        self.watched.given(now, heavy.severity, accepts=self.person.accepts_heavy)
        ends = now + heavy.desk
        self._hear(now, ends, heavy.severity)
        self.watched.done(now, ends, heavy.severity, heavy.heard)
        self._carry(heavy.heard, heavy_at=now)
        return ends

    def _take_light(self, answer: Pace, now: float, line: Line) -> float:
        batch = line.take_light(now, self.holds_until - now, 1 if self.clip_by_clip else self._clips_left())
        self.watched.given(now, 1, accepts=True)
        ends, count = now + batch.desk, batch.stop - batch.start
        if batch.surprise is None:
            self._later(now, ends, batch.heard, count)
        else:
            last = ends - batch.last_desk
            if count > 1:
                self._later(now, last, batch.heard - batch.last_heard, count - 1)
            self._tell()
            self._hear(last, ends, batch.surprise)
            self.watched.done(last, ends, batch.surprise, batch.last_heard)
        self._carry(batch.heard, heavy_at=None)
        return ends

    def _later(self, began: float, ended: float, heard: float, clips: int) -> None:
        """Light clips, to be told with those that follow without a rest between; the watcher sees them at once."""
        self.watched.done(began, ended, 1, heard, clips)
        before = self.untold
        self.untold = Untold(began, ended, clips) if before is None else before.and_then(ended, clips)
        if self.clip_by_clip:
            self._tell()

    def _tell(self) -> None:
        if self.untold is not None:
            untold, self.untold = self.untold, None
            self._hear(untold.began, untold.ended, 1, untold.clips)
        self.answer = None

    def _seconds_left(self, answer: Pace, now: float) -> float:
        """How long light clips may go on beginning before pace could answer something else."""
        window = self.window
        if answer.break_due_at is None or window is None:
            return 0.0
        length = (window.ends_at - window.started_at) // timedelta(minutes=1)
        listened = 0 if self.day.is_over(clock(now)) else self.day.work_ms
        allowed = (listening_minutes(self.rules, length) * 60_000 - listened) / 1000
        return max(0.0, min((answer.break_due_at - clock(now)).total_seconds(), self.ends - now, allowed))

    def _clips_left(self) -> int:
        left = 0 if self.window is None else self.window.max_clips - self.window.clips_used
        return max(1, left - (self.untold.clips if self.untold else 0))

    def _hear(self, began: float, ended: float, severity: int, clips: int = 1) -> None:
        """Served at the beginning, reported and judged at the end, as the desk does it."""
        self.sounds += 1
        source_id = UUID(int=self.sounds)
        before, start, end = None, clock(began), clock(ended)
        # The whole time at the desk: sound is served as a clip opens, so none of it may be taken for a rest.
        # Rounded up: rounded down, a day of hundreds of clips would be short of a tenth of a second.
        heard_ms = ceil((ended - began) * 1000)
        if self.day.is_rested(self.rules, start):
            served = Source(first_at=start, severity=1).served(heard_ms // clips)
            self.day, before = after_sound(self.day, self.rules, source_id, None, served, start)
        after = replace(before or Source(first_at=start), severity=severity, settled=True).reported(heard_ms, end)
        self.day, _ = after_sound(self.day, self.rules, source_id, before, after, end)
        if clips > 1:
            self.day = replace(self.day, clips=self.day.clips + clips - 1)
        if self.window is not None:
            self.window = replace(self.window, clips_used=self.window.clips_used + clips)

    def _carry(self, heard: float, *, heavy_at: float | None) -> None:
        own = self.desks.loads.get(self.person.number)
        if own is None:
            return
        ms = int(heard * 1000)
        heavy_ms = own.heavy_ms + (ms if heavy_at is not None else 0)
        last = own.last_heavy_at if heavy_at is None else clock(heavy_at)
        self.desks.loads[self.person.number] = Load(own.sound_ms + ms, heavy_ms, last)
