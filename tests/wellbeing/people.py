"""A simulated person who listens: the pure rules, a clock that the test moves, and a plain record of what was heard.

The record is kept apart from what the rules keep, so a mistake in the rules cannot hide in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from wellbeing import day as days
from wellbeing.day import BreakKind, Day, Source, after_sound
from wellbeing.limits import Policy, Preferences, ShiftWindow, ceilings
from wellbeing.pace import Pace, pace

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def shift_of(length: int = 540, begins: datetime = MONDAY, **more: object) -> ShiftWindow:
    facts = {"max_clips": 638, "clips_used": 0, **more}
    return ShiftWindow(id=uuid.uuid4(), started_at=begins, ends_at=begins + minutes(length), **facts)


@dataclass(frozen=True)
class Listened:
    """From and to by the clock on the wall (the latest it showed), and how long the sound really was.

    A clip over which the clock jumped forward is two: nobody can tell that from somebody who stopped and came back.
    """

    begins: datetime
    ends: datetime
    severity: int
    length: timedelta
    clips: int = 1


@dataclass
class Listener:
    """`now` is the clock; `heard` is the plain record."""

    now: datetime = MONDAY
    policy: Policy = field(default_factory=Policy)
    preferences: Preferences = field(default_factory=Preferences)
    day: Day = field(default_factory=Day)
    window: ShiftWindow | None = field(default_factory=shift_of)
    heard: list[Listened] = field(default_factory=list)

    @property
    def rules(self) -> Policy:
        return self.policy.made_gentler_by(self.preferences)

    def ask(self) -> Pace:
        return pace(self.day, self.policy, self.preferences, self.now, self.window)

    def waits(self, length: float) -> None:
        self.now += minutes(length)

    def begins_a_shift(self, length: int, limits: Mapping[str, int] | None = None) -> None:
        """As the action does it: ceilings by the policy, the plan's limits and the length."""
        rules = self.rules.made_gentler_by_limits(limits)
        length = min(length, rules.shift_minutes)
        most = ceilings(rules, length)
        self.window = shift_of(
            length, self.now, max_clips=most.clips, max_listening_minutes=most.listening_minutes,
            max_heavy_minutes=most.heavy_minutes,
        )  # fmt: skip
        self.day = days.on_shift(self.day, limits, self.now)

    def listens(self, length: float, severity: int = 0, *, says: int | None = None, jump: float = 0) -> None:
        """Hear one clip of `length` minutes through, with a report halfway, and say how heavy it was.

        The clock on the wall may `jump` by so many minutes after the report.
        """
        source_id, begins = uuid.uuid4(), self.now
        sound_ms = round(length * 60_000)
        source = Source(first_at=begins, severity=severity).served(sound_ms)
        self.day, source = after_sound(self.day, self.rules, source_id, None, source, self.now)
        for part, jumped in ((0.5, 0), (1.0, jump)):
            self.now = begins + minutes(length * part + jumped)
            before, source = source, source.reported(round(sound_ms * part), self.now, self.day.last_work_at)
            self.day, source = after_sound(self.day, self.rules, source_id, before, source, self.now)
        before, said = source, severity if says is None else says
        after = days.replace(before, severity=said, settled=True)
        self.day, _ = after_sound(self.day, self.rules, source_id, before, after, self.now)
        self._record(begins, minutes(length), said, minutes(jump))
        if self.window is not None:
            self.window = replace(self.window, clips_used=self.window.clips_used + 1)

    def _record(self, begins: datetime, length: timedelta, said: int, jump: timedelta) -> None:
        half = length / 2
        if jump <= timedelta(0):
            self.heard.append(Listened(begins, max(self.now, begins + half), said, length))
            return
        self.heard.append(Listened(begins, begins + half, said, half))
        self.heard.append(Listened(self.now - half, self.now, said, half, clips=0))

    def fetches_ahead(self, length: float, severity: int) -> None:
        """Be served a clip, and have the player say that nothing of it was played."""
        source_id = uuid.uuid4()
        source = Source(first_at=self.now, severity=severity).served(round(length * 60_000))
        self.day, source = after_sound(self.day, self.rules, source_id, None, source, self.now)
        silent = source.reported(0, self.now, self.day.last_work_at)
        self.day, _ = after_sound(self.day, self.rules, source_id, source, silent, self.now)

    def fetches(self, length: float, severity: int = 0) -> None:
        """Be served `length` minutes of sound and say nothing about it."""
        source = Source(first_at=self.now, severity=severity).served(round(length * 60_000))
        self.day, _ = after_sound(self.day, self.rules, uuid.uuid4(), None, source, self.now)

    def listens_until_told(self, clip: float = 1, severity: int = 0, at_most: int = 2000) -> Pace:
        """Clip after clip, without a pause, until the answer is not go."""
        for _ in range(at_most):
            answer = self.ask()
            if not answer.may_go or answer.max_severity < severity:
                return answer
            self.listens(clip, severity)
        raise AssertionError("nothing ever stopped this person")

    def puts_off(self) -> None:
        self.day = days.put_off(self.day)

    def takes_a_break(self, kind: BreakKind = BreakKind.SCREEN) -> None:
        self.day = days.on_break(self.day, kind, days.length_of(kind, self.day, self.rules), self.now)
