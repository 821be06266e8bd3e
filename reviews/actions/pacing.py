"""What pace says of a person now, and what may go to them: one look at policy, preferences and day for both."""

from dataclasses import dataclass
from datetime import datetime

from project.accounts.models import User
from reviews.models import Shift
from reviews.queue import Wanted
from reviews.turns import needs_met_by
from wellbeing.limits import ShiftWindow
from wellbeing.loading import Person, load
from wellbeing.pace import Pace, pace

EVERYBODYS_LOCALE = "und"


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's pace, and what the queue may give them within it."""

    pace: Pace
    wanted: Wanted


def standing_of(person: User, shift: Shift | None, *, now: datetime) -> Standing:
    """Three look-ups by key, in one round trip."""
    return standing_with(load(person.pk), person, shift, now=now)


def standing_with(own: Person, person: User, shift: Shift | None, *, now: datetime) -> Standing:
    """From rows that were loaded. Opt-outs only ever narrow `wanted`; nothing else learns of them."""
    preferences = own.preferences
    found = pace(own.day, own.policy, preferences, now, window_of(shift))
    locales = tuple(dict.fromkeys([*person.locales, EVERYBODYS_LOCALE]))
    needs = needs_met_by(person.skills)
    return Standing(found, Wanted(person.pk, locales, found.max_severity, preferences.opt_out, needs))


def window_of(shift: Shift | None) -> ShiftWindow | None:
    if shift is None:
        return None
    return ShiftWindow(
        id=shift.pk,
        started_at=shift.started_at,
        ends_at=shift.ends_at,
        max_clips=shift.max_clips,
        clips_used=shift.clips_used,
        paused_since=shift.paused_since,
        max_listening_minutes=shift.max_listening_minutes,
        max_heavy_minutes=shift.max_heavy_minutes,
    )
