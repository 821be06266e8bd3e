"""A planned shift is started by its person, with what was planned; by nobody else, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from project.accounts.models import Team, User
from project.problems import Absent, Invalid
from reviews.actions.pacing import window_of
from reviews.actions.plans import cancel_plan
from reviews.actions.shifts import end_shift, start_shift
from reviews.errors import ShiftRunning
from reviews.models import PlannedShift, Shift
from reviews.plan_errors import OnlyPlanned, PlanCancelled, PlanNotNow, PlanUsed
from tests.reviews.planning import in_berlin, next_monday, planned
from wellbeing.actions.pace import day_of, pace_for
from wellbeing.models import WellbeingPolicy, WellbeingPreferences

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(team: Team) -> Team:
    return in_berlin(team)


@pytest.fixture
def monday(now: datetime) -> date:
    return next_monday(now)


@pytest.fixture
def plan(supervisor: User, reviewer: User, monday: date, now: datetime) -> PlannedShift:
    limits = {"max_clips": 200, "max_heavy_minutes": 60, "break_after_minutes": 30, "heaviest": 2}
    return planned(supervisor, reviewer, monday, now, **limits)


def test_it_has_the_end_and_the_limits_that_were_planned(plan: PlannedShift, reviewer: User) -> None:
    shift = start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)
    assert (shift.plan, shift.ends_at, shift.max_clips, shift.max_heavy_minutes) == (plan, plan.ends_at, 200, 60)
    assert day_of(reviewer.pk).shift_limits == {"break_after_minutes": 30, "heaviest": 2}
    answer = pace_for(reviewer.pk, window_of(shift), now=plan.starts_at)
    assert answer.max_severity == 2
    assert answer.break_due_at == plan.starts_at + timedelta(minutes=30)


def test_not_naming_it_is_no_way_around_it(plan: PlannedShift, reviewer: User) -> None:
    shift = start_shift(acting_user=reviewer, now=plan.starts_at + timedelta(hours=1))
    assert (shift.plan, shift.ends_at, shift.max_clips) == (plan, plan.ends_at, 200)


def test_begun_late_it_is_shorter_and_holds_less(supervisor: User, reviewer: User, monday: date, now: datetime) -> None:
    plan = planned(supervisor, reviewer, monday, now, "09:00", "18:00")
    shift = start_shift(acting_user=reviewer, now=plan.starts_at + timedelta(minutes=270), plan_id=plan.pk)
    assert (shift.ends_at, shift.max_clips, shift.max_listening_minutes) == (plan.ends_at, 318, 172)


def test_a_quarter_of_an_hour_early_and_never_over_nine_hours(
    supervisor: User, reviewer: User, monday: date, now: datetime
) -> None:
    plan = planned(supervisor, reviewer, monday, now, "09:00", "18:00")
    with pytest.raises(PlanNotNow):
        start_shift(acting_user=reviewer, now=plan.starts_at - timedelta(minutes=16), plan_id=plan.pk)
    shift = start_shift(acting_user=reviewer, now=plan.starts_at - timedelta(minutes=15), plan_id=plan.pk)
    assert shift.ends_at - shift.started_at == timedelta(hours=9)


def test_the_persons_own_wishes_come_on_top(plan: PlannedShift, reviewer: User) -> None:
    WellbeingPreferences.objects.create(person=reviewer, max_clips=50, heaviest=1)
    shift = start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)
    assert shift.max_clips == 50
    assert pace_for(reviewer.pk, window_of(shift), now=plan.starts_at).max_severity == 1


def test_more_than_was_planned_is_refused(plan: PlannedShift, reviewer: User) -> None:
    for wish in ({"max_clips": 201}, {"minutes": 481}):
        with pytest.raises(Invalid):
            start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk, **wish)
    assert not Shift.objects.exists()


def test_it_can_be_started_once(plan: PlannedShift, reviewer: User) -> None:
    start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)
    with pytest.raises((ShiftRunning, PlanUsed)):
        start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)
    end_shift(acting_user=reviewer, now=plan.starts_at + timedelta(minutes=5))
    with pytest.raises(PlanUsed):
        start_shift(acting_user=reviewer, now=plan.starts_at + timedelta(minutes=6), plan_id=plan.pk)


def test_ended_by_mistake_another_one_keeps_the_plans_end_and_limits(plan: PlannedShift, reviewer: User) -> None:
    start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)
    end_shift(acting_user=reviewer, now=plan.starts_at + timedelta(minutes=5))
    again = start_shift(acting_user=reviewer, now=plan.starts_at + timedelta(minutes=6))
    assert (again.plan, again.ends_at, again.max_clips) == (None, plan.ends_at, 200)


def test_a_cancelled_or_foreign_one_is_not_started(
    plan: PlannedShift, reviewer: User, other_reviewer: User, supervisor: User, now: datetime
) -> None:
    with pytest.raises(Absent):
        start_shift(acting_user=other_reviewer, now=plan.starts_at, plan_id=plan.pk)
    cancel_plan(plan.pk, acting_user=supervisor, now=now)
    with pytest.raises(PlanCancelled):
        start_shift(acting_user=reviewer, now=plan.starts_at, plan_id=plan.pk)


def test_over_it_is_over(plan: PlannedShift, reviewer: User) -> None:
    with pytest.raises(PlanNotNow):
        start_shift(acting_user=reviewer, now=plan.ends_at, plan_id=plan.pk)


def test_anybody_may_start_a_shift_without_a_plan(plan: PlannedShift, reviewer: User, now: datetime) -> None:
    shift = start_shift(acting_user=reviewer, now=now)
    assert (shift.plan, shift.max_clips, shift.max_listening_minutes, shift.max_heavy_minutes) == (None, 638, 345, 240)


def test_unless_the_policy_says_only_planned_ones(
    plan: PlannedShift, reviewer: User, team: Team, now: datetime
) -> None:
    WellbeingPolicy.objects.create(team=team, unplanned_shifts=0)
    with pytest.raises(OnlyPlanned):
        start_shift(acting_user=reviewer, now=now)
    assert start_shift(acting_user=reviewer, now=plan.starts_at).plan == plan


@pytest.fixture
def due(plan: PlannedShift) -> PlannedShift:
    """The same plan, moved to now: it began half an hour ago."""
    begins = timezone.now() - timedelta(minutes=30)
    plan.starts_at, plan.ends_at = begins, begins + timedelta(hours=8)
    plan.rest_until = plan.ends_at + timedelta(hours=11)
    plan.save()
    return plan


def test_the_api_starts_it_and_lists_what_is_planned(
    due: PlannedShift, reviewer: User, api_of: Callable[..., APIClient]
) -> None:
    api = api_of(reviewer)
    [own] = api.get("/api/v1/me/planned-shifts/").json()
    assert (own["id"], own["max_clips"], own["heaviest"]) == (str(due.pk), 200, 2)
    answer = api.post("/api/v1/shifts/", {"plan": own["id"]}, format="json")
    assert (answer.status_code, answer.json()["plan"]) == (201, str(due.pk))
    assert (answer.json()["max_heavy_minutes"], answer.json()["state"]) == (60, "active")
    assert api.get("/api/v1/me/planned-shifts/").json() == []
    assert api.post("/api/v1/shifts/", {"plan": "x"}, format="json").status_code == 400


def test_the_page_offers_it(due: PlannedShift, reviewer: User, client_of: Callable[[User], Client]) -> None:
    browser = client_of(reviewer)
    assert b"One is planned for you now" in browser.get("/shifts/").content
    assert b"Planned from" in browser.get("/").content
    assert browser.post("/shifts/start/", {"plan": str(due.pk), "max_clips": "", "minutes": ""}).status_code == 302
    page = browser.get("/shifts/").content
    assert b"0 of at most 200 clips" in page
    assert b"0 of at most 60 minutes of heavy material" in page


def test_the_page_says_when_only_planned_ones_can_be_started(
    plan: PlannedShift, reviewer: User, team: Team, client_of: Callable[[User], Client]
) -> None:
    WellbeingPolicy.objects.create(team=team, unplanned_shifts=0)
    browser = client_of(reviewer)
    assert b"Only planned shifts can be started here" in browser.get("/shifts/").content
    assert browser.post("/shifts/start/").status_code == 302
    assert not Shift.objects.exists()
