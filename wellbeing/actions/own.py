"""Everything that this app keeps about one person, for that person to take away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from project.accounts.models import User
from wellbeing.actions.checkins import history
from wellbeing.actions.pace import preferences_for
from wellbeing.models import Break, Heard
from wellbeing.models.preferences import WISHES


def everything_of(person: User, *, now: datetime) -> dict[str, Any]:
    """Check-ins, preferences, what was heard and breaks taken; times UTC, lengths in ms."""
    wishes = preferences_for(person)
    heard = Heard.objects.filter(person=person).order_by("first_at")
    breaks = Break.objects.filter(person=person).order_by("began_at")
    return {
        "at": now,
        "check_ins": [answered.as_json() for answered in history(acting_user=person, now=now, limit=10_000)],
        "preferences": {"opt_out": sorted(wishes.opt_out), **{name: getattr(wishes, name) for name in WISHES}},
        "heard": list(heard.values("first_at", "last_at", "heard_ms", "severity", "settled")),
        "breaks": list(breaks.values("kind", "began_at", "ends_at", "ended_at")),
    }
