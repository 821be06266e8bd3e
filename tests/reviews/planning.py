"""A team in Berlin and a supervisor who plans for it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from project.accounts.models import Team, User
from reviews.actions.plans import Wish, plan_shift
from reviews.models import PlannedShift

BERLIN = ZoneInfo("Europe/Berlin")


def in_berlin(team: Team) -> Team:
    team.time_zone = "Europe/Berlin"
    team.save()
    return team


def next_monday(now: datetime) -> date:
    day = now.astimezone(BERLIN).date()
    return day + timedelta(days=7 - day.weekday())


def wish(day: date, begins: str = "09:00", ends: str = "17:00", which: Any = None, **limits: int) -> Wish:
    return Wish(day, time.fromisoformat(begins), time.fromisoformat(ends), which, limits)


def planned(supervisor: User, person: User, day: date, now: datetime, *times: str, **limits: int) -> PlannedShift:
    assert person.team is not None
    return plan_shift(person.team.pk, person.pk, wish(day, *times, **limits), acting_user=supervisor, now=now)
