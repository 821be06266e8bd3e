"""Working calendars of teams: read them, change them. What running clocks make of it: escalations.actions.recounting.

An organisation's days off come from the setting HOLIDAYS, the zone from the team; the rest is the team's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from escalations import sla
from escalations.models import Case, TeamCalendar
from project import ledger
from project.accounts.access import Can, Role, may
from project.accounts.models import Team, User
from project.ledger.events import Event
from project.nudge import nudge
from project.problems import Absent, Invalid

# Our own bounds: a deadline in working days must not be put off by more than a month on end, nor by a list without end.
LONGEST_REST_DAYS: Final = 31
MOST_DAYS: Final = 200
FURTHEST_AHEAD: Final = timedelta(days=3 * 366)


def calendar_of(case: Case) -> sla.Calendar:
    return calendar_of_team(case.team)


def calendar_of_team(team: Team | None) -> sla.Calendar:
    """The team's working days: its zone, its own calendar, and the organisation's days off (setting HOLIDAYS)."""
    if team is None:
        return sla.Calendar(ZoneInfo(settings.TIME_ZONE), organisations_days_off())
    return calendar_from(team, TeamCalendar.objects.filter(team=team).first())


def calendar_from(team: Team, row: TeamCalendar | None) -> sla.Calendar:
    zone, off = ZoneInfo(team.time_zone), organisations_days_off()
    if row is None:
        return sla.Calendar(zone, off)
    return sla.Calendar(
        zone, off | frozenset(row.days_off), row.opens, frozenset(row.weekdays), frozenset(row.days_worked)
    )


def organisations_days_off() -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in settings.HOLIDAYS)


def teams_to_set(user: User) -> list[Team]:
    """Whose calendars this person may change: supervisors their own teams', administrators every team's."""
    if not may(user, Can.SET_CALENDARS):
        return []
    teams = Team.objects.order_by("name", "pk")
    return list(teams if user.has_role(Role.ADMINISTRATOR) else teams.filter(supervisors=user))


def team_to_set(user: User, team_id: UUID) -> Team:
    """Raises Absent."""
    for team in teams_to_set(user):
        if team.pk == team_id:
            return team
    raise Absent


def set_hours(team_id: UUID, *, opens: time, weekdays: list[int], acting_user: User, now: datetime) -> TeamCalendar:
    """When the team's day begins and on which weekdays it works (0 is Monday). Raises Absent, Invalid."""
    wanted = sorted(set(weekdays))
    if not wanted or not set(wanted) <= set(range(7)):
        raise Invalid("A team works on one weekday at least.", field="weekdays")

    def put(row: TeamCalendar) -> None:
        row.opens, row.weekdays = opens, wanted

    return _change(team_id, put, acting_user, now, opens=f"{opens:%H:%M}", weekdays=wanted)


def set_day(team_id: UUID, day: date, *, works: bool, acting_user: User, now: datetime) -> TeamCalendar:
    """One day on which the team is off, or works although it would be off. Raises Absent, Invalid."""
    if not now.date() - FURTHEST_AHEAD <= day <= now.date() + FURTHEST_AHEAD:
        raise Invalid("Please give a day within three years.", field="day")

    def put(row: TeamCalendar) -> None:
        _drop(row, day)
        kept = row.days_worked if works else row.days_off
        if len(kept) >= MOST_DAYS:
            raise Invalid(f"At most {MOST_DAYS} such days. Please take back some that have passed.", field="day")
        kept.append(day)
        kept.sort()

    return _change(team_id, put, acting_user, now, day=str(day), works=works)


def forget_day(team_id: UUID, day: date, *, acting_user: User, now: datetime) -> TeamCalendar:
    """The day is again what the weekdays and the organisation say. A day that was never set: nothing changes."""
    return _change(team_id, lambda row: _drop(row, day), acting_user, now, day=str(day), taken_back=True)


def _drop(row: TeamCalendar, day: date) -> None:
    row.days_off = [one for one in row.days_off if one != day]
    row.days_worked = [one for one in row.days_worked if one != day]


def _change(
    team_id: UUID, put: Callable[[TeamCalendar], None], acting_user: User, now: datetime, **facts: Any
) -> TeamCalendar:
    """Change one calendar under its lock. Running clocks follow: each knows by which calendar it was counted.

    What makes no difference is no change and gets no entry. Raises Absent, and Invalid for a rest without end.
    """
    from escalations.tasks import recount_clocks

    team = team_to_set(acting_user, team_id)
    with transaction.atomic(durable=True):
        defaults = {"weekdays": sorted(sla.MONDAY_TO_FRIDAY), "changed_at": now}
        TeamCalendar.objects.get_or_create(team=team, defaults=defaults)
        row = TeamCalendar.objects.select_for_update(of=("self",), no_key=True).get(team=team)
        before = calendar_from(team, row)
        kept = (list(row.days_off), list(row.days_worked))
        put(row)
        after = calendar_from(team, row)
        if before == after and kept == (row.days_off, row.days_worked):
            return row
        last = max([*after.holidays, *after.worked, now.date()])
        if after.longest_rest(now.date(), last + timedelta(days=LONGEST_REST_DAYS)) > LONGEST_REST_DAYS:
            raise Invalid(f"A team cannot be off for more than {LONGEST_REST_DAYS} days on end: its cases would wait.")
        row.changed_at = now
        row.save()
        ledger.record(Event.CALENDAR_CHANGED, actor=acting_user, subject=team, now=now, **facts)
        nudge(recount_clocks)
    return row
