"""Load what pace needs and ask it. Three look-ups by key, whatever the person's history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from project.accounts.models import User
from wellbeing import day as days
from wellbeing import pace as rules
from wellbeing.day import Day
from wellbeing.limits import Policy, Preferences, ShiftWindow, clip_ceiling, gentlest
from wellbeing.loading import load
from wellbeing.models import WellbeingPolicy, WellbeingPreferences, WorkingDay
from wellbeing.pace import Pace

__all__ = ["ask_for_gravest", "clip_ceiling", "evidence_pace_for", "pace_for", "policy_for", "preferences_for"]


def pace_for(person_id: UUID, window: ShiftWindow | None, *, now: datetime) -> Pace:
    """What may be offered to this person now; without a window (no shift) the answer is stop."""
    own = load(person_id)
    return rules.pace(own.day, own.policy, own.preferences, now, window)


def evidence_pace_for(person_id: UUID, *, now: datetime) -> Pace:
    """For listening to evidence outside any shift: breaks, cool-down and heavy limits are the same."""
    own = load(person_id)
    return rules.pace_outside_shifts(own.day, own.policy, own.preferences, now)


def policy_for(person: User) -> Policy:
    return policy_of(person.pk)


def preferences_for(person: User) -> Preferences:
    return preferences_of(person.pk)


def policy_of(person_id: UUID) -> Policy:
    """The organisation's policy and the team's, field by field the gentler; the shipped defaults without either."""
    rows = WellbeingPolicy.objects.filter(Q(team=None) | Q(team__members=person_id))
    return gentlest(row.as_policy() for row in rows)


def policies_of_teams() -> defaultdict[UUID | None, Policy]:
    """The policy of every team at once; a team without a row, and None, have the organisation's."""
    rows = {row.team_id: row.as_policy() for row in WellbeingPolicy.objects.all()}
    everywhere = gentlest([rows.pop(None)] if None in rows else [])
    return defaultdict(lambda: everywhere, {team: gentlest((everywhere, row)) for team, row in rows.items()})


def preferences_of(person_id: UUID) -> Preferences:
    row = WellbeingPreferences.objects.filter(pk=person_id).first()
    return row.as_preferences() if row else Preferences.none()


def limits_of(person_id: UUID) -> Policy:
    """Organisation, team and the person's own wishes; what a running shift was planned with lies in their day."""
    return policy_of(person_id).made_gentler_by(preferences_of(person_id))


def rules_of(person_id: UUID, day: Day) -> Policy:
    """The same with the running shift's own limits: all that holds for this person now."""
    return limits_of(person_id).made_gentler_by_limits(day.shift_limits)


def day_of(person_id: UUID) -> Day:
    row = WorkingDay.objects.filter(pk=person_id).first()
    return row.as_day() if row else Day()


def locked_day(person_id: UUID) -> WorkingDay:
    """The person's row, locked: reports of one person are taken one after the other.

    It is the last lock anybody takes (after clip, lease, shift and case), so it can wait for nothing else.
    """
    rows = WorkingDay.objects.select_for_update(no_key=True).filter(pk=person_id)
    row = rows.first()
    if row is None:
        WorkingDay.objects.bulk_create([WorkingDay(person_id=person_id)], ignore_conflicts=True)
        row = rows.get()
    return row


def put_off_break(*, acting_user: User, now: datetime) -> bool:
    """Put the break that is due off, once a stretch: it comes at twice the time, twice as long. False when it was."""
    with transaction.atomic(durable=True):
        row = locked_day(acting_user.pk)
        day = row.as_day()
        if day.deferred or day.working_since is None or day.is_rested(rules_of(acting_user.pk, day), now):
            return False
        row.take(replace(day, deferred=True))
        row.save(update_fields=["deferred"])
    return True


def ask_for_gravest(*, acting_user: User, now: datetime) -> None:
    """The person asks for another gravest clip; it counts until the next one was heard, and never shortens a wait."""
    with transaction.atomic(durable=True):
        row = locked_day(acting_user.pk)
        row.take(days.asked_for_gravest(row.as_day(), now))
        row.save(update_fields=["gravest_asked_at"])
