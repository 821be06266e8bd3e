"""What a shift may bring: made of policy, wishes, what was planned and what the person asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from project.problems import Invalid
from wellbeing.limits import DEFAULTS, FULL_LISTENING, FULL_SHIFT_MINUTES, Policy, Preferences, ceilings


class Planned(Protocol):
    """What of a planned shift matters here."""

    ends_at: datetime
    max_clips: int | None
    max_listening_minutes: int | None
    max_heavy_minutes: int | None

    @property
    def limits(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """A shift as it will be. `rules` holds everything that makes it gentler."""

    ends_at: datetime
    max_clips: int
    max_listening_minutes: int
    max_heavy_minutes: int
    rules: Policy

    @classmethod
    def of(
        cls,
        policy: Policy,
        preferences: Preferences,
        plan: Planned | None,
        now: datetime,
        *,
        max_clips: int | None = None,
        minutes: int | None = None,
    ) -> Terms:
        """Raises Invalid (400) for a wish beyond what all of them allow together."""
        rules = policy.made_gentler_by_limits(plan.limits if plan else None).made_gentler_by(preferences)
        latest = now + timedelta(minutes=rules.shift_minutes)
        latest = min(latest, plan.ends_at) if plan else latest
        allowed = (latest - now) // timedelta(minutes=1)
        asked = _at_most("minutes", minutes, allowed)
        most = ceilings(rules, asked)
        listening = _least(most.listening_minutes, plan.max_listening_minutes if plan else None)
        heavy = _least(most.heavy_minutes, plan.max_heavy_minutes if plan else None)
        clips = _least(most.clips, plan.max_clips if plan else None)
        return cls(
            ends_at=latest if asked == allowed else now + timedelta(minutes=asked),
            max_clips=_at_most(
                "max_clips", max_clips, min(clips, DEFAULTS.max_clips * listening // FULL_SHIFT_MINUTES)
            ),
            max_listening_minutes=listening,
            max_heavy_minutes=min(heavy, DEFAULTS.heavy_day_minutes * listening // FULL_LISTENING),
            rules=rules,
        )


def _least(one: int, other: int | None) -> int:
    return one if other is None else min(one, other)


def _at_most(name: str, asked: int | None, allowed: int) -> int:
    """What was asked for, or all that is allowed. More is refused rather than cut: the person should know."""
    if asked is not None and asked > allowed:
        raise Invalid("A shift can be gentler than the policy, never harsher.", field=name, at_most=allowed)
    return allowed if asked is None else asked
