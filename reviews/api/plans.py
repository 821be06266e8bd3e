"""Planned shifts: supervisors plan for their teams, everybody reads their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.models import Team
from project.api import query_in
from reviews.actions import plans
from reviews.api.plan_shapes import (
    CopiedOut,
    CopyWeekIn,
    OwnPlanOut,
    PlanChangeIn,
    PlanIn,
    PlanOut,
    PlansQuery,
    PlanWeekOut,
)
from reviews.api.serializers import NothingIn
from reviews.api.who import person_of
from reviews.localtimes import LocalDay, monday_of
from reviews.plan_access import (
    members_to_plan,
    own_plans,
    plan_of_supervisor,
    plans_between,
    supervised_team,
)
from reviews.team_weeks import week_of_team

SUPERVISOR = needs_api(Can.RUN_QUEUE)


@extend_schema(methods=["GET"], operation_id="planned_shifts_week", parameters=[PlansQuery], responses=PlanWeekOut)
@extend_schema(methods=["POST"], request=PlanIn, responses={201: PlanOut})
@api_view(["GET", "POST"])
@permission_classes([SUPERVISOR])
def planned_shifts(request: Request) -> Response:
    """A week of one of your teams, in the team's time zone; POST plans a shift in it."""
    if request.method == "POST":
        body = PlanIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = plans.plan_shift(**body.target(), wish=body.wish(), acting_user=person_of(request), now=timezone.now())
        return Response(PlanOut(made).data, status=201)
    asked = query_in(PlansQuery, request)
    teams = list(person_of(request).supervised_teams.order_by("name"))
    week = _week(request, asked) if "team" in asked else {}
    return Response({"teams": [_team(team) for team in teams], **week})


def _week(request: Request, asked: dict[str, Any]) -> dict[str, Any]:
    team = supervised_team(person_of(request), asked["team"])
    today = timezone.now().astimezone(ZoneInfo(team.time_zone)).date()
    week = week_of_team(team, monday_of(asked.get("week", today)))
    found = plans_between(team, week[0].begins, week[-1].ends)
    return {
        "team": str(team.pk),
        "time_zone": team.time_zone,
        "days": [_day(day) for day in week],
        "members": [{"id": str(member.pk), "name": member.display_name} for member in members_to_plan(team)],
        "planned_shifts": PlanOut(found, many=True).data,
    }


def _team(team: Team) -> dict[str, str]:
    return {"id": str(team.pk), "name": team.name, "time_zone": team.time_zone}


def _day(day: LocalDay) -> dict[str, Any]:
    return {"day": day.day, "begins": day.begins, "ends": day.ends, "hours": day.hours, "is_off": day.is_off}


@extend_schema(responses=PlanOut)
@api_view(["GET"])
@permission_classes([SUPERVISOR])
def planned_shift(request: Request, plan_id: UUID) -> Response:
    return Response(PlanOut(plan_of_supervisor(person_of(request), plan_id)).data)


@extend_schema(request=PlanChangeIn, responses=PlanOut)
@api_view(["POST"])
@permission_classes([SUPERVISOR])
def change(request: Request, plan_id: UUID) -> Response:
    """Other times or limits; what is left out goes back to what the policy says."""
    plan_of_supervisor(person_of(request), plan_id)
    body = PlanChangeIn(data=request.data)
    body.is_valid(raise_exception=True)
    changed = plans.change_plan(plan_id, body.wish(), acting_user=person_of(request), now=timezone.now())
    return Response(PlanOut(changed).data)


@extend_schema(request=NothingIn, responses=PlanOut)
@api_view(["POST"])
@permission_classes([SUPERVISOR])
def cancel(request: Request, plan_id: UUID) -> Response:
    plan_of_supervisor(person_of(request), plan_id)
    NothingIn(data=request.data).is_valid(raise_exception=True)
    return Response(PlanOut(plans.cancel_plan(plan_id, acting_user=person_of(request), now=timezone.now())).data)


@extend_schema(request=CopyWeekIn, responses=CopiedOut)
@api_view(["POST"])
@permission_classes([SUPERVISOR])
def copy_week(request: Request) -> Response:
    """The same local times in another week; what does not fit there is named with its reason."""
    body = CopyWeekIn(data=request.data)
    body.is_valid(raise_exception=True)
    asked = body.validated_data
    copied = plans.copy_week(
        asked["team"], asked["week"], asked["to_week"], acting_user=person_of(request), now=timezone.now()
    )
    return Response(CopiedOut(copied).data)


@extend_schema(responses=OwnPlanOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def mine(request: Request) -> Response:
    """What is planned for you now and in the next two weeks."""
    return Response(OwnPlanOut(own_plans(person_of(request), timezone.now()), many=True).data)
