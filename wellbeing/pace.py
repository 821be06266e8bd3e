"""May this person be offered a clip now, how heavy at most, and if not, why and until when. Pure.

It reads the person's day of work, the policy, their own preferences and the clock. It never reads a check-in: how
somebody feels is not a reason to be given less or more work (a test holds the imports to that).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from wellbeing.day import BreakKind, Day, heavy_is_over, minutes
from wellbeing.limits import (
    FULL_SHIFT_MINUTES,
    GRAVEST,
    HEAVY_FROM,
    Ceilings,
    Policy,
    Preferences,
    ShiftWindow,
    ceilings,
)

LIGHT_ONLY: Final = HEAVY_FROM - 1


class Decision(StrEnum):
    GO = "go"
    BREAK = "break"
    COOL_DOWN = "cool_down"
    STOP = "stop"


STRICTNESS: Final = {Decision.GO: 0, Decision.BREAK: 10, Decision.COOL_DOWN: 10, Decision.STOP: 20}


@dataclass(frozen=True, slots=True)
class Pace:
    """The answer. `max_severity` is the heaviest that may be offered (or will be, after the wait); `until` is when
    the answer changes by itself (UTC), None where it does not; `code` is for programs, `reason` for people."""

    decision: Decision
    max_severity: int = GRAVEST
    code: str = "go"
    reason: str = "All is well. Take the next one when you are ready."
    until: datetime | None = None
    break_due_at: datetime | None = None

    @property
    def may_go(self) -> bool:
        return self.decision is Decision.GO

    @property
    def strictness(self) -> int:
        """Greater is gentler on the person. Two ways of waiting weigh the same."""
        return STRICTNESS[self.decision] + (GRAVEST - self.max_severity if self.may_go else 0)

    def as_json(self) -> dict[str, object]:
        return {
            "decision": self.decision.value,
            "max_severity": self.max_severity,
            "code": self.code,
            "reason": self.reason,
            "until": self.until,
            "break_due_at": self.break_due_at,
        }


@dataclass(frozen=True, slots=True)
class Situation:
    """What every rule looks at. `rules` is the policy as the shift's own limits and the preferences have made it."""

    day: Day
    rules: Policy
    window: ShiftWindow | None
    now: datetime

    @classmethod
    def of(
        cls, day: Day, policy: Policy, preferences: Preferences, now: datetime, window: ShiftWindow | None
    ) -> Situation:
        rules = policy.made_gentler_by_limits(day.shift_limits).made_gentler_by(preferences)
        return cls(day, rules, window, now)

    @property
    def latest(self) -> datetime:
        return self.day.latest(self.now)

    @property
    def day_clips(self) -> int:
        return 0 if self.day.is_over(self.now) else self.day.clips

    @property
    def day_work_ms(self) -> int:
        return 0 if self.day.is_over(self.now) else self.day.work_ms

    @property
    def day_heavy_ms(self) -> int:
        return 0 if self.day.is_over(self.now) else self.day.heavy_ms

    @property
    def shift_ends_at(self) -> datetime | None:
        """A policy that was made gentler during a shift ends it earlier."""
        if self.window is None:
            return None
        return min(self.window.ends_at, self.window.started_at + minutes(self.rules.shift_minutes))

    def of_this_shift(self, in_shift_ms: int, in_day_ms: int) -> int:
        """The shift's sum; the day's where the day knows of no such shift."""
        knows = self.window is not None and self.day.shift_began_at == self.window.started_at
        return in_shift_ms if knows else in_day_ms

    @property
    def shift_allows(self) -> Ceilings | None:
        """What the shift was given at its start, or what the rules give it by now: the gentler."""
        window = self.window
        if window is None:
            return None
        now_given = ceilings(self.rules, (window.ends_at - window.started_at) // timedelta(minutes=1))
        return Ceilings(
            min(window.max_clips, now_given.clips),
            _gentler(window.max_listening_minutes, now_given.listening_minutes),
            _gentler(window.max_heavy_minutes, now_given.heavy_minutes),
        )

    @property
    def day_allows(self) -> Ceilings:
        return ceilings(self.rules, FULL_SHIFT_MINUTES)


def _gentler(given: int | None, other: int) -> int:
    return other if given is None else min(given, other)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A lower heaviest severity, why, and until when."""

    severity: int
    code: str
    reason: str
    until: datetime | None


def pace(day: Day, policy: Policy, preferences: Preferences, now: datetime, window: ShiftWindow | None = None) -> Pace:
    """The first rule that speaks decides; they stand in the order of what protects most.

    The clock is trusted to go forward only: while it shows less than when work was last seen, nothing is offered.
    """
    return _answer(Situation.of(day, policy, preferences, now, window), REFUSALS)


def pace_outside_shifts(day: Day, policy: Policy, preferences: Preferences, now: datetime) -> Pace:
    """The same for supervisors' and legal's listening to evidence, which knows no shift but the same ears."""
    return _answer(Situation.of(day, policy, preferences, now, None), REFUSALS[1:])


def _answer(here: Situation, refusals: tuple[Callable[[Situation], Pace | None], ...]) -> Pace:
    heaviest = min((rule(here) for rule in CEILINGS), key=lambda found: found.severity)
    for refuse in refusals:
        answer = refuse(here)
        if answer is not None:
            return Pace(answer.decision, heaviest.severity, answer.code, answer.reason, answer.until)
    return Pace(Decision.GO, heaviest.severity, heaviest.code, heaviest.reason, heaviest.until, break_due_at(here))


def shift_over(here: Situation) -> Pace | None:
    if here.window is None:
        return Pace(Decision.STOP, code="no_shift", reason="You are not on a shift. Start one when you want to begin.")
    if here.shift_ends_at is not None and here.latest >= here.shift_ends_at:
        return Pace(Decision.STOP, code="shift_over", reason="Your shift is over. Thank you, and rest well.")
    return None


def enough_for_today(here: Situation) -> Pace | None:
    """The ceilings of the shift and of the day: a second shift before a night's rest starts no new day."""
    if here.window is None or here.shift_allows is None:
        return None
    shift, day = here.shift_allows, here.day_allows
    if here.window.clips_used >= shift.clips or here.day_clips >= day.clips:
        return Pace(Decision.STOP, code="clips_spent", reason=_ENOUGH.format("clips"), until=here.shift_ends_at)
    listened_ms = here.of_this_shift(here.day.shift_work_ms, here.day_work_ms)
    if listened_ms >= shift.listening_minutes * 60_000 or here.day_work_ms >= day.listening_minutes * 60_000:
        return Pace(Decision.STOP, code="minutes_spent", reason=_ENOUGH.format("listening"), until=here.shift_ends_at)
    return None


_ENOUGH: Final = "That was enough {} for one day. What is left of your shift is yours, without any."


def cool_down(here: Situation) -> Pace | None:
    last = here.day.last_gravest_at
    until = last + minutes(here.rules.cool_down_minutes) if last else None
    if until is None or here.now >= until:
        return None
    reason = "That was a grave one. Nothing new comes until the time shown; help is one click away."
    return Pace(Decision.COOL_DOWN, code="cool_down", reason=reason, until=until)


def on_break(here: Situation) -> Pace | None:
    day = here.day
    if day.break_ends_at is not None and here.now < day.break_ends_at:
        kind = Decision.COOL_DOWN if day.break_kind == BreakKind.COOL_DOWN else Decision.BREAK
        return Pace(kind, code="on_break", reason="You are on a break. It is yours.", until=day.break_ends_at)
    if here.window is not None and here.window.paused_since is not None:
        return Pace(Decision.BREAK, code="paused", reason="Your shift is paused. Resume it when you are ready.")
    return None


def clock_behind(here: Situation) -> Pace | None:
    """Nobody can say how long somebody rested by a clock that was set back: it has to catch up first."""
    if not here.day.is_clock_behind(here.now):
        return None
    reason = "The clock was set back. Nothing new comes until it has caught up with your last clip."
    return Pace(Decision.BREAK, code="clock_behind", reason=reason, until=here.day.last_work_at)


def break_due(here: Situation) -> Pace | None:
    day, rules = here.day, here.rules
    if day.quiet_since is None or day.is_rested(rules, here.now):
        return None
    if day.stretch(here.now) < _break_after(here):
        return None
    until = day.quiet_since + day.rest_needed(rules)
    return Pace(Decision.BREAK, code="break_due", reason="Time for a break. You have worked long enough.", until=until)


def _break_after(here: Situation) -> timedelta:
    rules = here.rules
    return minutes(rules.long_break_after_minutes if here.day.deferred else rules.break_after_minutes)


def break_due_at(here: Situation) -> datetime:
    """When the next break falls due if work goes on from now without a rest."""
    day, now = here.day, here.now
    worked = timedelta(0) if day.is_rested(here.rules, now) else day.stretch(now)
    return now + max(timedelta(0), _break_after(here) - worked)


def as_allowed(here: Situation) -> Ceiling:
    return Ceiling(here.rules.heaviest, Pace(Decision.GO).code, Pace(Decision.GO).reason, None)


def gravest_spent(here: Situation) -> Ceiling:
    """One gravest clip a shift, unless the person asks for another after it; a new shift alone is not asking."""
    last, day, window = here.day.last_gravest_at, here.day, here.window
    heard = last is not None and (not day.is_over(here.now) or (window is not None and last >= window.started_at))
    asked = last is not None and day.gravest_asked_at is not None and day.gravest_asked_at >= last
    if not heard or asked:
        return _NO_CEILING
    reason = "You heard a grave one today, so no other of that kind comes unless you ask for it."
    return Ceiling(GRAVEST - 1, "gravest_spent", reason, window.ends_at if window else None)


def heavy_day_spent(here: Situation) -> Ceiling:
    """The heavy minutes of the day, and of the shift where it has fewer."""
    spent = here.day_heavy_ms >= here.rules.heavy_day_minutes * 60_000
    if here.shift_allows is not None:
        in_shift = here.of_this_shift(here.day.shift_heavy_ms, here.day_heavy_ms)
        spent = spent or in_shift >= here.shift_allows.heavy_minutes * 60_000
    if not spent:
        return _NO_CEILING
    reason = "You have carried enough heavy material today. Only lighter clips come now."
    return Ceiling(LIGHT_ONLY, "heavy_day_spent", reason, here.shift_ends_at)


def heavy_run_spent(here: Situation) -> Ceiling:
    day, rules = here.day, here.rules
    until = day.last_heavy_at + minutes(rules.heavy_rest_minutes) if day.last_heavy_at else None
    if until is None or here.now >= until or day.heavy_run_ms < rules.heavy_run_minutes * 60_000:
        return _NO_CEILING
    return Ceiling(LIGHT_ONLY, "heavy_run_spent", "That was a long heavy run. Lighter clips for a while.", until)


def heavy_days_spent(here: Situation) -> Ceiling:
    day = here.day
    heavy_before = day.heavy_days_before + (1 if day.is_over(here.now) and day.heavy_ms > 0 else 0)
    if heavy_before < here.rules.heavy_days or heavy_is_over(day, here.now):
        return _NO_CEILING
    reason = "You had heavy material on the days before. Today brings only lighter clips."
    return Ceiling(LIGHT_ONLY, "heavy_days_spent", reason, None)


def winding_down(here: Situation) -> Ceiling:
    ends_at = here.shift_ends_at
    if ends_at is None or here.latest < ends_at - minutes(here.rules.wind_down_minutes):
        return _NO_CEILING
    reason = "Your shift is nearly over. Only lighter clips come now, so that you go home lighter."
    return Ceiling(LIGHT_ONLY, "winding_down", reason, ends_at)


_NO_CEILING: Final = Ceiling(GRAVEST + 1, "", "", None)
REFUSALS: Final[tuple[Callable[[Situation], Pace | None], ...]] = (
    shift_over,
    enough_for_today,  # before every wait: none of them may hide that nothing comes after it
    cool_down,
    on_break,
    clock_behind,
    break_due,
)
CEILINGS: Final[tuple[Callable[[Situation], Ceiling], ...]] = (
    heavy_days_spent,
    heavy_day_spent,
    heavy_run_spent,
    winding_down,
    gravest_spent,
    as_allowed,
)
