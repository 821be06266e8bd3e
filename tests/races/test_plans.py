"""Planning and starting at once: one plan a person and time, one shift a plan. With what holds it taken away, not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from project.accounts.access import Role
from project.accounts.models import Team, User
from reviews.actions import plans, shifts
from reviews.actions.plans import plan_shift
from reviews.actions.shifts import start_shift
from reviews.errors import ShiftRunning
from reviews.models import PlannedShift, Shift
from reviews.plan_errors import PlanOverlaps, PlanUsed
from tests.cast import make_user
from tests.races.conftest import Outcome
from tests.reviews.planning import in_berlin, next_monday, wish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
Together = Callable[..., list[Outcome]]
TOGETHER = 6


@pytest.fixture
def supervisors(team: Team) -> list[User]:
    in_berlin(team)
    people = [make_user(f"supervisor-{number}", Role.SUPERVISOR) for number in range(TOGETHER)]
    team.supervisors.add(*people)
    return people


def planning(supervisors: list[User], reviewer: User) -> list[Callable[[], PlannedShift]]:
    """Each plans for the same person and day, an hour later than the one before: all overlap."""
    now = timezone.now()
    day = next_monday(now)

    def by(supervisor: User, hour: int) -> PlannedShift:
        asked = wish(day, f"{hour:02}:00", f"{hour + 8:02}:00")
        return plan_shift(reviewer.team_id, reviewer.pk, asked, acting_user=supervisor, now=now)

    return [lambda s=one, h=7 + number: by(s, h) for number, one in enumerate(supervisors)]


def test_of_plans_that_overlap_one_is_made(supervisors: list[User], reviewer: User, together: Together) -> None:
    for _ in range(3):
        PlannedShift.objects.all().delete()
        outcomes = together(*planning(supervisors, reviewer))
        assert sum(outcome.succeeded for outcome in outcomes) == 1
        assert {type(outcome.error) for outcome in outcomes if outcome.error} == {PlanOverlaps}
        assert PlannedShift.objects.count() == 1


def test_without_the_persons_lock_postgresql_still_lets_one_through(
    supervisors: list[User], reviewer: User, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "_lock", lambda person: None)
    together(*planning(supervisors, reviewer))
    assert PlannedShift.objects.count() == 1


def test_without_the_constraint_several_are_made(supervisors: list[User], reviewer: User, together: Together) -> None:
    """If this fails, the tests above prove nothing."""
    with dropped(PlannedShift, "one_planned_shift_at_a_time_and_rest"):
        together(*planning(supervisors, reviewer))
        made = PlannedShift.objects.count()
        PlannedShift.objects.all().delete()
    assert made > 1


@pytest.fixture
def due(supervisors: list[User], reviewer: User, team: Team) -> PlannedShift:
    begins = timezone.now() - timedelta(minutes=10)
    ends = begins + timedelta(hours=8)
    return PlannedShift.objects.create(
        team=team, person=reviewer, starts_at=begins, ends_at=ends, rest_until=ends + timedelta(hours=11),
        time_zone="Europe/Berlin", planned_by=supervisors[0], planned_at=begins,
    )  # fmt: skip


def starting(reviewer: User, plan: PlannedShift) -> list[Callable[[], Shift]]:
    return [lambda: start_shift(acting_user=reviewer, now=timezone.now(), plan_id=plan.pk)] * TOGETHER


def test_a_planned_shift_pressed_in_six_tabs_starts_once(due: PlannedShift, reviewer: User, together: Together) -> None:
    outcomes = together(*starting(reviewer, due))
    assert sum(outcome.succeeded for outcome in outcomes) == 1
    assert {type(outcome.error) for outcome in outcomes if outcome.error} <= {ShiftRunning, PlanUsed}
    assert Shift.objects.get().plan == due


def test_without_lock_and_constraints_it_starts_more_than_once(
    due: PlannedShift, reviewer: User, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the test above proves nothing. Both have read the plan before either starts it."""
    meeting = Barrier(2)

    def unlocked(person: User, plan_id: object, *, now: object) -> PlannedShift:
        plan = PlannedShift.objects.get(pk=plan_id)
        meeting.wait(timeout=50)
        return plan

    monkeypatch.setattr(shifts, "lock_plan_to_start", unlocked)
    with dropped(Shift, "one_live_shift_per_person"), one_shift_a_plan_dropped():
        together(*starting(reviewer, due)[:2])
        started = Shift.objects.count()
        Shift.objects.all().delete()
    assert started > 1


@contextmanager
def dropped(model: type, name: str) -> Iterator[None]:
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


@contextmanager
def one_shift_a_plan_dropped() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'reviews_shift'::regclass AND contype = 'u' "
            "AND conkey = (SELECT array_agg(attnum) FROM pg_attribute WHERE attrelid = 'reviews_shift'::regclass "
            "AND attname = 'plan_id')"
        )
        [(name,)] = cursor.fetchall()
        cursor.execute(f'ALTER TABLE reviews_shift DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE reviews_shift ADD CONSTRAINT "{name}" UNIQUE (plan_id)')
