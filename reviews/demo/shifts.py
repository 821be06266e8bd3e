"""Two planned weeks for each of the demo's teams, in a time zone of its own: early, day, late and night.

Rows are written as planning would have left them. Those who can sign in are planned from the second day of next week
on, so that anybody may start a shift now without one that was planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from project.accounts.models import Team, User
from reviews.demo.people import TEAMS, address
from reviews.localtimes import Which, monday_of, span
from reviews.models import PlannedShift
from reviews.plan_access import members_to_plan
from wellbeing.limits import DEFAULTS

ZONES: Final = {"harbour": "Europe/Lisbon", "meadow": "Europe/Bucharest"}
PATTERNS: Final = (
    (time(6), time(14)), (time(9), time(18)), (time(14), time(22)), (time(22), time(6)), (time(8), time(12)),
)  # fmt: skip
REST: Final = timedelta(minutes=DEFAULTS.rest_between_shifts_minutes)


def make_plans() -> None:
    """Once: a team that has plans is left alone."""
    now = timezone.now()
    for slug, _, supervisor, _ in TEAMS:
        team = Team.objects.get(slug=slug)
        if PlannedShift.objects.filter(team=team).exists():
            continue
        team.time_zone = ZONES[slug]
        team.save(update_fields=["time_zone"])
        by = User.objects.get(email=address(supervisor))
        PlannedShift.objects.bulk_create(_plans(team, by, now))


def _plans(team: Team, by: User, now: datetime) -> Iterator[PlannedShift]:
    zone = ZoneInfo(team.time_zone)
    monday = monday_of(now.astimezone(zone).date())
    for number, person in enumerate(members_to_plan(team)):
        first = monday + timedelta(days=8) if person.has_usable_password() else monday
        begins, ends = PATTERNS[number % len(PATTERNS)]
        for day in _days(first, monday + timedelta(days=14), number):
            starts_at, ends_at = span(day, begins, ends, zone, Which.FIRST)
            yield PlannedShift(
                team=team, person=person, starts_at=starts_at, ends_at=ends_at, rest_until=ends_at + REST,
                time_zone=zone.key, planned_by=by, planned_at=now,
                heaviest=1 if number % 6 == 5 else None,
            )  # fmt: skip


def _days(first: date, until: date, number: int) -> Iterator[date]:
    """Five days a week; every third person has the weekend and rests on Monday and Tuesday."""
    off = (0, 1) if number % 3 == 0 else (5, 6)
    days = (first + timedelta(days=count) for count in range((until - first).days))
    return (day for day in days if day.weekday() not in off)
