"""A simulated person who listens: the pure rules, a clock that the test moves, and a plain record of what was heard.

The record is kept apart from what the rules keep, so a mistake in the rules cannot hide in it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wellbeing import day as days
from wellbeing.day import BreakKind, Day, Source, after_sound
from wellbeing.limits import Policy, Preferences, ShiftWindow
from wellbeing.pace import Pace, pace

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def shift_of(length: int = 540, begins: datetime = MONDAY, **more: object) -> ShiftWindow:
    facts = {"max_clips": 638, "clips_used": 0, **more}
    return ShiftWindow(id=uuid.uuid4(), started_at=begins, ends_at=begins + minutes(length), **facts)


@dataclass(frozen=True)
class Listened:
    begins: datetime
    ends: datetime
    severity: int


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

    def listens(self, length: float, severity: int = 0, *, says: int | None = None) -> None:
        """Hear one clip of `length` minutes through, with a report halfway, and say how heavy it was."""
        source_id, begins = uuid.uuid4(), self.now
        sound_ms = round(length * 60_000)
        source = Source(first_at=begins, severity=severity).served(sound_ms)
        self.day, source = after_sound(self.day, self.rules, source_id, None, source, self.now)
        for part in (0.5, 1.0):
            self.now = begins + minutes(length * part)
            before, source = source, source.reported(round(sound_ms * part), self.now)
            self.day, source = after_sound(self.day, self.rules, source_id, before, source, self.now)
        before, said = source, severity if says is None else says
        after = days.replace(before, severity=said, settled=True)
        self.day, _ = after_sound(self.day, self.rules, source_id, before, after, self.now)
        self.heard.append(Listened(begins, self.now, said))

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
