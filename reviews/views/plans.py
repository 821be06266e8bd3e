"""A team's week of planned shifts: look at it, plan, change, cancel, copy. Who started what is not told here."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.accounts.models import Team, User
from project.problems import Absent, Conflict, Invalid
from reviews.actions import plans
from reviews.localtimes import monday_of
from reviews.models import PlannedShift
from reviews.plan_access import EARLY, members_to_plan, plan_of_supervisor, plans_between, week_asked_for
from reviews.plan_forms import CopyWeekForm, PlanChangeForm, PlanForm, initial_of
from reviews.team_weeks import week_of_team
from reviews.week_pictures import lines_of, picture

A_WEEK = timedelta(days=7)


@require_safe
@needs(Can.RUN_QUEUE)
def week(request: HttpRequest) -> HttpResponse:
    team = _team(request, request.GET.get("team", ""))
    return _page(request, team, _monday(team, request.GET.get("week", "")))


@require_POST
@needs(Can.RUN_QUEUE)
def add(request: HttpRequest) -> HttpResponse:
    team = _team(request, request.POST.get("team", ""))
    if team is None:
        return _page(request, None, _monday(None, ""), status=422)
    form = PlanForm(members_to_plan(team), request.POST)
    if not form.is_valid():
        return _page(request, team, _monday(team, request.POST.get("day", "")), form, status=422)
    person, wish = form.cleaned_data["person"], form.wish
    try:
        plans.plan_shift(team.pk, person.pk, wish, acting_user=_me(request), now=timezone.now())
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return _page(request, team, monday_of(wish.day), form, status=422)
    messages.success(request, f"Planned for {person.display_name}, who is told.")
    return redirect(_address(team, monday_of(wish.day)))


@require_POST
@needs(Can.RUN_QUEUE)
def copy_week(request: HttpRequest) -> HttpResponse:
    form = CopyWeekForm(request.POST)
    if not form.is_valid():
        return _page(request, _team(request, ""), _monday(None, ""), status=422)
    asked = form.cleaned_data
    copied = plans.copy_week(
        asked["team"], asked["week"], asked["to_week"], acting_user=_me(request), now=timezone.now()
    )
    messages.success(request, f"{len(copied.made)} shifts were copied, those they are for are told.")
    for left in copied.left[:20]:
        begins = left.plan.starts_at.astimezone(ZoneInfo(left.plan.team.time_zone))
        messages.warning(request, f"Not copied: {left.plan.person.display_name}, {begins:%A %H:%M}. {left.why}")
    return redirect(f"{reverse('reviews:plans')}?team={asked['team']}&week={asked['to_week']}")


@require_safe
@needs(Can.RUN_QUEUE)
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    found = plan_of_supervisor(_me(request), plan_id)
    return _one(request, found, PlanChangeForm(initial=initial_of(found)))


@require_POST
@needs(Can.RUN_QUEUE)
def change(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    found = plan_of_supervisor(_me(request), plan_id)
    form = PlanChangeForm(request.POST)
    if not form.is_valid():
        return _one(request, found, form, status=422)
    wish = form.wish
    try:
        plans.change_plan(plan_id, wish, acting_user=_me(request), now=timezone.now())
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return _one(request, found, form, status=422)
    messages.success(request, f"Changed. {found.person.display_name} is told.")
    return redirect(_address(found.team, monday_of(wish.day)))


@require_POST
@needs(Can.RUN_QUEUE)
def cancel(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    found = plan_of_supervisor(_me(request), plan_id)
    try:
        plans.cancel_plan(plan_id, acting_user=_me(request), now=timezone.now())
        messages.success(request, f"Cancelled. {found.person.display_name} is told.")
    except Conflict as refusal:
        messages.info(request, refusal.title)
    begins = found.starts_at.astimezone(ZoneInfo(found.team.time_zone))
    return redirect(_address(found.team, monday_of(begins.date())))


def _page(
    request: HttpRequest, team: Team | None, monday: date, form: PlanForm | None = None, *, status: int = 200
) -> HttpResponse:
    teams = list(_me(request).supervised_teams.order_by("name"))
    context: dict[str, Any] = {"teams": teams, "team": team, "monday": monday}
    if team is not None:
        days, members = week_of_team(team, monday), list(members_to_plan(team))
        found = list(plans_between(team, days[0].begins, days[-1].ends))
        context |= {
            "zone": team.time_zone, "days": days, "odd_days": [day for day in days if day.is_odd],
            "picture": picture(members, found, days, timezone.now()),
            "lines": lines_of(found, days),
            "form": form or PlanForm(members_to_plan(team), initial=_initial(team, monday)),
            "before": _address(team, monday - A_WEEK), "after": _address(team, monday + A_WEEK),
            "this_week": _address(team, monday_of(_today(team))),
            "next_monday": monday + A_WEEK, "sunday": days[-1].day, "has_plans": bool(found),
        }  # fmt: skip
    return render(request, "reviews/plans.html", context, status=status)


def _initial(team: Team, monday: date) -> dict[str, Any]:
    return {"team": team.pk, "day": max(monday, _today(team)), "begins": time(9), "ends": time(18)}


def _one(request: HttpRequest, found: PlannedShift, form: PlanChangeForm, *, status: int = 200) -> HttpResponse:
    is_open = found.cancelled_at is None and not found.has_begun(timezone.now(), early=EARLY)
    begins = found.starts_at.astimezone(ZoneInfo(found.team.time_zone))
    context = {
        "plan": found, "form": form, "is_open": is_open, "zone": found.team.time_zone,
        "hours": found.length_in_words, "back": _address(found.team, monday_of(begins.date())),
    }  # fmt: skip
    return render(request, "reviews/plan.html", context, status=status)


def _team(request: HttpRequest, asked: str) -> Team | None:
    """The team that is asked for, or the first that this person leads; None for somebody who leads none."""
    teams = _me(request).supervised_teams.order_by("name")
    if not asked:
        return teams.first()
    try:
        team = teams.filter(pk=UUID(asked)).first()
    except ValueError:
        team = None
    if team is None:
        raise Absent
    return team


def _monday(team: Team | None, asked: str) -> date:
    return week_asked_for(asked, _today(team))


def _today(team: Team | None) -> date:
    return timezone.now().astimezone(ZoneInfo(team.time_zone if team else "UTC")).date()


def _address(team: Team, monday: date) -> str:
    return f"{reverse('reviews:plans')}?team={team.pk}&week={monday}"


def _me(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # needs() let only accounts in
