"""The watcher: counts on its own what happened to each person and which limits were passed. It knows no pace rule.

A limit is passed when a clip is *given* after it was reached; a clip that was begun may be finished. Numbers are
written out here once more, from the table in docs/wellbeing.md: the second opinion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60.0
BREAK_AFTER, BREAK = 50 * MINUTE, 10 * MINUTE
HEAVY_DAY, HEAVY_RUN, HEAVY_REST = 240 * MINUTE, 120 * MINUTE, 30 * MINUTE
COOL_DOWN, WIND_DOWN = 15 * MINUTE, 30 * MINUTE
LISTENING, CLIPS = 345 * MINUTE, 638
WITHOUT_HEAVY: Final = 36 * 60 * MINUTE
HEAVY_DAYS: Final = 2
HEAVY: Final = 2
# The rules' clock counts microseconds, the simulation's is a float: a clip begun on the stroke is not begun after it.
ROUNDED: Final = 0.001


@dataclass(slots=True)
class Watched:
    """One person's record. Seconds; `passed` counts, by limit, the shifts in which it was passed."""

    passed: dict[str, int] = field(default_factory=dict)
    shifts: int = 0
    shifts_with_breach: int = 0
    clips: int = 0
    work: float = 0.0
    heavy_heard: float = 0.0
    heavy_unasked: int = 0
    longest_run: float = 0.0
    stretches: int = 0
    stretches_kept: int = 0
    ends_at: float = 0.0
    day_clips: int = 0
    day_work: float = 0.0
    day_heavy: float = 0.0
    day_passed: set[str] = field(default_factory=set)
    stretch_since: float = -1e9
    stretch_late: bool = False
    last_end: float = -1e9
    run: float = 0.0
    last_heavy: float = -1e9
    last_gravest: float = -1e9
    gravest_this_shift: bool = False
    heavy_days: int = 0

    def begin_shift(self, ends_at: float) -> None:
        self.shifts += 1
        self.ends_at = ends_at
        self.day_clips, self.day_work = 0, 0.0
        self.heavy_days = self.heavy_days + 1 if self.day_heavy > 0 else self.heavy_days
        self.day_heavy = 0.0
        self.day_passed = set()
        self.gravest_this_shift = False

    def given(self, at: float, severity: int, *, accepts: bool) -> None:
        """A clip is given, predicted as this heavy."""
        self._rest(at)
        if at - self.stretch_since >= BREAK_AFTER + ROUNDED:
            self.stretch_late = True
            self._pass("break")
        if at - self.last_gravest < COOL_DOWN:
            self._pass("cool-down")
        if self.day_work >= LISTENING:
            self._pass("listening minutes")
        if self.day_clips >= CLIPS:
            self._pass("clips")
        if at >= self.ends_at:
            self._pass("shift")
        if severity >= HEAVY:
            self._given_heavy(at, severity, accepts=accepts)

    def done(self, began: float, ended: float, severity: int, heard: float, clips: int = 1) -> None:
        """It was finished, and turned out to be this heavy."""
        spent = int((ended - max(began, self.last_end)) * 1000) / 1000  # whole milliseconds, as the rules count
        self.last_end = ended
        self.clips += clips
        self.day_clips += clips
        self.work += spent
        self.day_work += spent
        if severity < HEAVY:
            return
        self.run = spent if began - self.last_heavy >= HEAVY_REST else self.run + spent
        self.longest_run = max(self.longest_run, self.run)
        self.heavy_days = 0 if began - self.last_heavy >= WITHOUT_HEAVY else self.heavy_days
        self.last_heavy = ended
        self.heavy_heard += heard
        self.day_heavy += spent
        if severity == 3:
            self.last_gravest, self.gravest_this_shift = ended, True

    def end(self) -> None:
        """No more days: the last stretch counts too."""
        self._rest(self.last_end + BREAK)

    def _rest(self, at: float) -> None:
        if at - self.last_end < BREAK - ROUNDED:
            return
        if self.stretch_since > 0:
            self.stretches += 1
            self.stretches_kept += not self.stretch_late
        self.stretch_since, self.stretch_late = at, False

    def _given_heavy(self, at: float, severity: int, *, accepts: bool) -> None:
        self.heavy_unasked += not accepts
        if self.day_heavy >= HEAVY_DAY:
            self._pass("heavy a day")
        if at - self.last_heavy < HEAVY_REST and self.run >= HEAVY_RUN:
            self._pass("heavy on end")
        if at >= self.ends_at - WIND_DOWN:
            self._pass("heavy at the end")
        if at - self.last_heavy < WITHOUT_HEAVY and self.heavy_days >= HEAVY_DAYS:
            self._pass("heavy days running")
        if severity == 3 and self.gravest_this_shift:
            self._pass("a second gravest")

    def _pass(self, limit: str) -> None:
        if limit not in self.day_passed:
            self.shifts_with_breach += not self.day_passed
            self.day_passed.add(limit)
            self.passed[limit] = self.passed.get(limit, 0) + 1
