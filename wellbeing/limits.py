"""The numbers that protect: a policy, a person's own preferences, and what they make of each other. Pure.

Lengths are whole minutes. Every default is the harshest the product allows: a policy row, a team's row and a
person's preferences are merged field by field, and each field knows which way is gentler. Where each number comes
from is told in docs/wellbeing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import lru_cache, reduce
from typing import Final
from uuid import UUID

FULL_SHIFT_MINUTES: Final = 540
LIGHTEST, HEAVY_FROM, GRAVEST = 0, 2, 3


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organisation, or one of its teams, lets a person be given."""

    shift_minutes: int = FULL_SHIFT_MINUTES
    max_clips: int = 1000  # in a full shift without one protected minute; shrinks with them
    clip_cap: int = 1000  # an outright ceiling, whatever the minutes allow
    break_after_minutes: int = 50
    break_minutes: int = 10
    meal_minutes: int = 60
    wellbeing_minutes: int = 45
    heavy_day_minutes: int = 240
    heavy_run_minutes: int = 120
    heavy_rest_minutes: int = 30
    heavy_days: int = 2
    heaviest: int = GRAVEST
    cool_down_minutes: int = 15
    wind_down_minutes: int = 30
    rest_between_shifts_minutes: int = 660  # between two planned shifts of one person
    unplanned_shifts: int = 1  # 1: anybody may start one now; 0: only what was planned can be started

    @property
    def long_break_after_minutes(self) -> int:
        return 2 * self.break_after_minutes

    @property
    def long_break_minutes(self) -> int:
        return 2 * self.break_minutes

    @lru_cache(maxsize=4096)  # noqa: B019  # keyed by values, not by an object's identity; asked before every clip
    def made_gentler_by(self, preferences: Preferences) -> Policy:
        """This policy with every preference that is gentler; a harsher one changes nothing."""
        wished = {name: value for name, value in preferences.limits() if value is not None}
        return gentlest((self, replace(self, **wished)))

    def made_gentler_by_limits(self, limits: Mapping[str, int] | None) -> Policy:
        """The same with what one shift was planned with, by name; a name that this version lacks changes nothing."""
        if not limits:
            return self
        return gentlest((self, replace(self, **{name: limit for name, limit in limits.items() if name in FIELDS})))


LOWER_IS_GENTLER: Final = frozenset(
    {
        "shift_minutes",
        "max_clips",
        "clip_cap",
        "break_after_minutes",
        "heavy_day_minutes",
        "heavy_run_minutes",
        "heavy_days",
        "heaviest",
        "unplanned_shifts",
    }
)
DEFAULTS: Final = Policy()
FIELDS: Final = tuple(f.name for f in fields(Policy))


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person asks for themselves. None leaves a limit as the policy has it."""

    opt_out: frozenset[str] = field(default_factory=frozenset)
    max_clips: int | None = None  # clips a shift, outright
    break_after_minutes: int | None = None
    break_minutes: int | None = None
    heavy_day_minutes: int | None = None
    heavy_run_minutes: int | None = None
    heaviest: int | None = None
    cool_down_minutes: int | None = None
    wind_down_minutes: int | None = None

    @classmethod
    def none(cls) -> Preferences:
        return cls()

    def limits(self) -> Iterable[tuple[str, int | None]]:
        """(name of the policy's field, wish). A wished number of clips is an outright cap."""
        for wish in fields(self):
            if wish.name != "opt_out":
                yield "clip_cap" if wish.name == "max_clips" else wish.name, getattr(self, wish.name)


@dataclass(frozen=True, slots=True)
class ShiftWindow:
    """What pace needs to know of a shift; times are aware UTC. None leaves a ceiling to the policy."""

    id: UUID
    started_at: datetime
    ends_at: datetime
    max_clips: int
    clips_used: int
    paused_since: datetime | None = None
    max_listening_minutes: int | None = None
    max_heavy_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that one shift may bring. Ceilings, never targets."""

    clips: int
    listening_minutes: int
    heavy_minutes: int


def gentler(name: str, one: int, other: int) -> int:
    return min(one, other) if name in LOWER_IS_GENTLER else max(one, other)


def is_harsher(name: str, wished: int, than: int) -> bool:
    return gentler(name, wished, than) != wished


def gentlest(policies: Iterable[Policy]) -> Policy:
    """Field by field the gentlest of the defaults and all of `policies`: nobody can add harshness."""
    return reduce(_gentler_of_two, policies, DEFAULTS)


def _gentler_of_two(one: Policy, other: Policy) -> Policy:
    return Policy(**{name: gentler(name, getattr(one, name), getattr(other, name)) for name in FIELDS})


@lru_cache(maxsize=4096)
def listening_minutes(rules: Policy, minutes: int) -> int:
    """Minutes that may be listened in a shift of `minutes`, what is protected taken off; 345 of 540 by default.

    Breaks take their share of each stretch (10 of every 60), meal and wellbeing time theirs of a full shift. Shares
    are proportional to the length, without steps, so that a shorter shift or a longer break never allows more.
    """
    minutes = max(0, min(minutes, rules.shift_minutes))
    stretch = rules.break_after_minutes + rules.break_minutes
    aside = rules.meal_minutes + rules.wellbeing_minutes
    share = FULL_SHIFT_MINUTES * rules.break_after_minutes - aside * stretch
    return max(0, minutes * share // (FULL_SHIFT_MINUTES * stretch))


def clip_ceiling(policy: Policy, preferences: Preferences, minutes: int) -> int:
    """The most clips a shift of `minutes` may bring: 638 for a full one by default. A ceiling, never a target."""
    return ceilings(policy.made_gentler_by(preferences), minutes).clips


FULL_LISTENING: Final = listening_minutes(DEFAULTS, FULL_SHIFT_MINUTES)


@lru_cache(maxsize=4096)
def ceilings(rules: Policy, minutes: int) -> Ceilings:
    """What a shift of `minutes` may bring under `rules`; all three shrink with every minute that is protected.

    By default (638, 345, 240) for a full shift. Heavy minutes keep the share of the listening that they have there.
    """
    listening = listening_minutes(rules, minutes)
    return Ceilings(
        clips=min(rules.clip_cap, rules.max_clips * listening // FULL_SHIFT_MINUTES),
        listening_minutes=listening,
        heavy_minutes=rules.heavy_day_minutes * listening // FULL_LISTENING,
    )
