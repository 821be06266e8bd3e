"""When teams work, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.actions import calendars
from escalations.api.fields import CalendarDayIn, CalendarHoursIn
from escalations.api.outputs import CalendarOut, CalendarsOut
from escalations.models import TeamCalendar
from escalations.who import who
from project.accounts.access import Can, needs_api
from project.accounts.models import Team


def calendar_json(team: Team, row: TeamCalendar | None) -> dict[str, Any]:
    counted, organisations = calendars.calendar_from(team, row), calendars.organisations_days_off()
    return {
        "team": team.pk, "name": team.name, "time_zone": team.time_zone, "opens": f"{counted.opens:%H:%M}",
        "weekdays": sorted(counted.weekdays), "days_off": row.days_off if row else [],
        "days_worked": row.days_worked if row else [], "organisations_days_off": sorted(organisations),
    }  # fmt: skip


@extend_schema(responses=CalendarsOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.SET_CALENDARS)])
def all_calendars(request: Request) -> Response:
    """The working calendars that you may set: supervisors their teams', administrators every team's."""
    teams = calendars.teams_to_set(who(request))
    rows = {row.team_id: row for row in TeamCalendar.objects.filter(team__in=teams)}
    return Response({"results": [calendar_json(team, rows.get(team.pk)) for team in teams]})


@extend_schema(request=CalendarHoursIn, responses=CalendarOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.SET_CALENDARS)])
def hours(request: Request, team_id: UUID) -> Response:
    """When the team's day begins and on which weekdays it works (0 is Monday)."""
    team = calendars.team_to_set(who(request), team_id)
    asked = CalendarHoursIn(data=request.data)
    asked.is_valid(raise_exception=True)
    row = calendars.set_hours(team_id, **asked.validated_data, acting_user=who(request), now=timezone.now())
    return Response(calendar_json(team, row))


@extend_schema(request=CalendarDayIn, responses=CalendarOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.SET_CALENDARS)])
def days(request: Request, team_id: UUID) -> Response:
    """One day on which the team is off (`works` false), works all the same (true), or is as usual again (null)."""
    team = calendars.team_to_set(who(request), team_id)
    asked = CalendarDayIn(data=request.data)
    asked.is_valid(raise_exception=True)
    day, works, now = asked.validated_data["day"], asked.validated_data["works"], timezone.now()
    if works is None:
        row = calendars.forget_day(team_id, day, acting_user=who(request), now=now)
    else:
        row = calendars.set_day(team_id, day, works=works, acting_user=who(request), now=now)
    return Response(calendar_json(team, row))
