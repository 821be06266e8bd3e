"""Planned shifts: fetch and permission in one. A supervisor sees their own teams', a person their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from project.accounts.access import ROLES_THAT, Can
from project.accounts.models import Team, User
from project.problems import Absent
from reviews.models import PlannedShift, Shift
from reviews.plan_errors import PlanCancelled, PlanNotNow, PlanUsed

EARLY: Final = timedelta(minutes=15)  # this long before its start a planned shift is its person's
SHOWN_AHEAD: Final = timedelta(days=15)


def supervised_team(user: User, team_id: UUID) -> Team:
    """A team that this person leads. Raises Absent."""
    team = user.supervised_teams.filter(pk=team_id).first()
    if team is None:
        raise Absent
    return team


def member_to_plan(team: Team, person_id: UUID) -> User:
    """Somebody of the team who reviews. Raises Absent."""
    person = members_to_plan(team).filter(pk=person_id).first()
    if person is None:
        raise Absent
    return person


def members_to_plan(team: Team) -> QuerySet[User]:
    return team.members.filter(is_active=True, roles__overlap=list(ROLES_THAT[Can.REVIEW])).order_by("name", "email")


def plan_of_supervisor(user: User, plan_id: UUID) -> PlannedShift:
    """A plan of a team that this person leads, cancelled or not. Raises Absent."""
    plans = PlannedShift.objects.select_related("team", "person")
    plan = plans.filter(pk=plan_id, team__supervisors=user).first()
    if plan is None:
        raise Absent
    return plan


def plans_between(team: Team, begins: datetime, ends: datetime) -> QuerySet[PlannedShift]:
    """What touches [begins, ends), in order of time."""
    plans = PlannedShift.objects.filter(team=team, cancelled_at=None, starts_at__lt=ends, ends_at__gt=begins)
    return plans.select_related("person").order_by("starts_at", "person__name", "pk")


def own_plans(person: User, now: datetime) -> QuerySet[PlannedShift]:
    """What is planned for this person now and in the next two weeks; what they have started is not repeated."""
    plans = PlannedShift.objects.filter(person=person, cancelled_at=None, ends_at__gt=now, shift=None)
    return plans.filter(starts_at__lt=now + SHOWN_AHEAD).order_by("starts_at")


def was_used(plan: PlannedShift) -> bool:
    """Has its person started it? For that person only."""
    return Shift.objects.filter(plan=plan).exists()


def lock_plan_to_start(person: User, plan_id: UUID | None, *, now: datetime) -> PlannedShift | None:
    """The named plan of this person, or the one that is planned for now, locked; None without one.

    Raises Absent for a foreign id, PlanCancelled, PlanUsed, PlanNotNow (409) for a named one.
    """
    plans = PlannedShift.objects.select_for_update(no_key=True, of=("self",)).filter(person=person)
    if plan_id is None:
        running = plans.filter(cancelled_at=None, starts_at__lte=now + EARLY, ends_at__gt=now + timedelta(minutes=1))
        return running.order_by("starts_at").first()
    plan = plans.filter(pk=plan_id).first()
    if plan is None:
        raise Absent
    if plan.cancelled_at is not None:
        raise PlanCancelled
    if was_used(plan):
        raise PlanUsed
    if not plan.has_begun(now, early=EARLY) or now >= plan.ends_at - timedelta(minutes=1):
        raise PlanNotNow
    return plan


def week_asked_for(text: str, today: date) -> date:
    """The Monday of the week that an address names by any of its days (2026-11-23); this week's without one."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        day = today
    day = min(max(day, date(2020, 1, 6)), date(2120, 1, 1))
    return day - timedelta(days=day.weekday())
