"""Plans are moved, cancelled and copied until a quarter of an hour before they begin; everybody concerned is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from project.accounts.models import Team, User
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions import plans
from reviews.actions.plans import copy_week
from reviews.models import PlannedShift
from reviews.plan_errors import PlanBegun
from tests.reviews.planning import BERLIN, in_berlin, next_monday, planned, wish

pytestmark = pytest.mark.django_db
HERE = "/api/v1/planned-shifts/"
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def team(team: Team) -> Team:
    return in_berlin(team)


@pytest.fixture
def api(supervisor: User, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(supervisor)


@pytest.fixture
def monday(now: datetime) -> date:
    return next_monday(now)


@pytest.fixture
def plan(supervisor: User, reviewer: User, monday: date, now: datetime) -> PlannedShift:
    return planned(supervisor, reviewer, monday, now)


def times(day: date, begins: str = "10:00", ends: str = "18:00", **more: Any) -> dict[str, Any]:
    return {"day": str(day), "begins": begins, "ends": ends, **more}


def address(plan: PlannedShift, verb: str) -> str:
    return f"{HERE}{plan.pk}/{verb}/"


class TestChange:
    def test_it_moves_and_its_limits_change(self, api: APIClient, plan: PlannedShift, monday: date) -> None:
        answer = api.post(address(plan, "change"), times(monday + A_DAY, heaviest=1), format="json")
        assert (answer.status_code, answer.json()["heaviest"]) == (200, 1)
        plan.refresh_from_db()
        assert plan.starts_at.astimezone(BERLIN).date() == monday + A_DAY
        assert plan.rest_until == plan.ends_at + timedelta(hours=11)

    def test_it_may_overlap_with_where_it_stood_itself(self, api: APIClient, plan: PlannedShift, monday: date) -> None:
        assert api.post(address(plan, "change"), times(monday), format="json").status_code == 200

    def test_never_onto_another_one(
        self, api: APIClient, plan: PlannedShift, supervisor: User, reviewer: User, monday: date, now: datetime
    ) -> None:
        planned(supervisor, reviewer, monday + A_DAY, now)
        assert api.post(address(plan, "change"), times(monday + A_DAY), format="json").json()["code"] == "plan-overlaps"

    def test_limits_that_are_left_out_go_back_to_the_policy(
        self, api: APIClient, supervisor: User, reviewer: User, monday: date, now: datetime
    ) -> None:
        plan = planned(supervisor, reviewer, monday, now, heaviest=1)
        assert api.post(address(plan, "change"), times(monday), format="json").json()["heaviest"] is None

    def test_the_person_is_told_and_the_ledger_has_it(self, api: APIClient, plan: PlannedShift, monday: date) -> None:
        api.post(address(plan, "change"), times(monday), format="json")
        assert Notice.objects.filter(user=plan.person).count() == 2
        assert Entry.objects.filter(event="shift.plan-changed", subject_id=str(plan.pk)).count() == 1

    def test_a_quarter_of_an_hour_before_it_is_the_persons(
        self, plan: PlannedShift, supervisor: User, monday: date
    ) -> None:
        late = plan.starts_at - timedelta(minutes=15)
        with pytest.raises(PlanBegun):
            plans.change_plan(plan.pk, wish(monday + A_DAY), acting_user=supervisor, now=late)
        with pytest.raises(PlanBegun):
            plans.cancel_plan(plan.pk, acting_user=supervisor, now=late)


class TestCancel:
    def test_it_is_gone_from_the_week_and_from_the_persons_page(
        self, api: APIClient, plan: PlannedShift, reviewer: User, api_of: Callable[..., APIClient], monday: date
    ) -> None:
        week = f"{HERE}?team={plan.team_id}&week={monday}"
        assert len(api.get(week).json()["planned_shifts"]) == 1
        assert api.post(address(plan, "cancel")).status_code == 200
        assert api.get(week).json()["planned_shifts"] == []
        assert api_of(reviewer).get("/api/v1/me/planned-shifts/").json() == []
        assert Entry.objects.filter(event="shift.plan-cancelled").count() == 1
        assert Notice.objects.filter(user=reviewer).count() == 2

    def test_twice_is_once(self, api: APIClient, plan: PlannedShift, monday: date) -> None:
        assert [api.post(address(plan, "cancel")).status_code for _ in range(2)] == [200, 409]
        assert api.post(address(plan, "change"), times(monday), format="json").json()["code"] == "plan-cancelled"

    def test_its_place_is_free_again(
        self, api: APIClient, plan: PlannedShift, supervisor: User, reviewer: User, monday: date, now: datetime
    ) -> None:
        api.post(address(plan, "cancel"))
        assert planned(supervisor, reviewer, monday, now).pk != plan.pk


@pytest.mark.parametrize("verb", ["change", "cancel"])
def test_others_find_no_such_plan(
    verb: str, plan: PlannedShift, monday: date, other_supervisor: User, reviewer: User, auditor: User,
    api_of: Callable[..., APIClient],
) -> None:  # fmt: skip
    assert APIClient().post(address(plan, verb), times(monday), format="json").status_code == 401
    for user in (other_supervisor, reviewer, auditor):
        assert api_of(user).post(address(plan, verb), times(monday), format="json").status_code == 404
        assert api_of(user).get(f"{HERE}{plan.pk}/").status_code == 404
    assert api_of(other_supervisor).get(f"{HERE}?team={plan.team_id}").status_code == 404


def test_a_week_shows_its_days_members_and_plans(api: APIClient, plan: PlannedShift, monday: date) -> None:
    body = api.get(f"{HERE}?team={plan.team_id}&week={monday + 3 * A_DAY}").json()
    assert body["time_zone"] == "Europe/Berlin"
    assert [day["day"] for day in body["days"]] == [str(monday + count * A_DAY) for count in range(7)]
    assert [day["is_off"] for day in body["days"]] == [False] * 5 + [True] * 2
    assert [one["id"] for one in body["planned_shifts"]] == [str(plan.pk)]
    assert [one["name"] for one in body["members"]] == ["reviewer"]


def test_holidays_are_those_of_the_clocks_of_cases(
    api: APIClient, plan: PlannedShift, monday: date, settings: Any
) -> None:
    settings.HOLIDAYS = [str(monday)]
    assert api.get(f"{HERE}?team={plan.team_id}&week={monday}").json()["days"][0]["is_off"] is True


def test_no_plan_says_whether_it_was_started(api: APIClient, plan: PlannedShift, reviewer: User) -> None:
    from reviews.actions.shifts import start_shift

    week = f"{HERE}?team={plan.team_id}&week={plan.starts_at:%Y-%m-%d}"
    before = (api.get(week).json(), api.get(f"{HERE}{plan.pk}/").json())
    start_shift(acting_user=reviewer, now=plan.starts_at)
    assert (api.get(week).json(), api.get(f"{HERE}{plan.pk}/").json()) == before


class TestCopyAWeek:
    @pytest.fixture
    def week(
        self, supervisor: User, reviewer: User, other_reviewer: User, monday: date, now: datetime
    ) -> list[PlannedShift]:
        return [
            planned(supervisor, reviewer, monday, now, "22:00", "06:00", heaviest=1),
            planned(supervisor, reviewer, monday + 2 * A_DAY, now),
            planned(supervisor, other_reviewer, monday, now),
        ]

    def copy(self, api: APIClient, team: Team, monday: date, to: date) -> Any:
        body = {"team": str(team.pk), "week": str(monday), "to_week": str(to)}
        return api.post(HERE + "copy-week/", body, format="json")

    def test_every_shift_stands_at_its_local_time_a_week_later(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date
    ) -> None:
        answer = self.copy(api, team, monday, monday + A_WEEK)
        assert (answer.status_code, len(answer.json()["made"]), answer.json()["left"]) == (200, 3, [])
        local = {plan.starts_at.astimezone(BERLIN).replace(tzinfo=None) for plan in PlannedShift.objects.all()}
        assert {at + A_WEEK for at in sorted(local)[:3:2]} <= local
        assert PlannedShift.objects.filter(heaviest=1).count() == 2

    def test_copied_twice_it_is_there_once_and_says_why(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date
    ) -> None:
        self.copy(api, team, monday, monday + A_WEEK)
        answer = self.copy(api, team, monday, monday + A_WEEK)
        assert (len(answer.json()["made"]), len(answer.json()["left"])) == (0, 3)
        assert "planned shift then" in answer.json()["left"][0]["why"]
        assert PlannedShift.objects.count() == 6

    def test_what_does_not_fit_keeps_nobody_else_out(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date, supervisor: User, reviewer: User,
        now: datetime,
    ) -> None:  # fmt: skip
        planned(supervisor, reviewer, monday + A_WEEK, now, "12:00", "20:00")
        answer = self.copy(api, team, monday, monday + A_WEEK)
        assert (len(answer.json()["made"]), len(answer.json()["left"])) == (2, 1)

    def test_everybody_concerned_is_told_once(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date, reviewer: User, other_reviewer: User
    ) -> None:
        before = {user: Notice.objects.filter(user=user).count() for user in (reviewer, other_reviewer)}
        self.copy(api, team, monday, monday + A_WEEK)
        assert {user: Notice.objects.filter(user=user).count() - n for user, n in before.items()} == {
            reviewer: 1, other_reviewer: 1,
        }  # fmt: skip

    def test_who_left_is_left_out(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date, other_reviewer: User
    ) -> None:
        User.objects.filter(pk=other_reviewer.pk).update(is_active=False)
        assert len(self.copy(api, team, monday, monday + A_WEEK).json()["left"]) == 1

    @pytest.mark.parametrize("by", [A_DAY, timedelta(0)])
    def test_weeks_are_named_by_their_mondays(
        self, api: APIClient, team: Team, week: list[PlannedShift], monday: date, by: timedelta
    ) -> None:
        assert self.copy(api, team, monday, monday + by).status_code == 400

    def test_another_teams_week_is_nobodys(
        self, team: Team, week: list[PlannedShift], monday: date, other_supervisor: User, reviewer: User,
        api_of: Callable[..., APIClient],
    ) -> None:  # fmt: skip
        for user in (other_supervisor, reviewer):
            assert self.copy(api_of(user), team, monday, monday + A_WEEK).status_code == 404
        assert PlannedShift.objects.count() == 3

    def test_over_a_change_of_clocks_local_times_stay(self, team: Team, supervisor: User, reviewer: User) -> None:
        """The night of 27 March 2027 in Berlin has one hour less, and 02:30 is not there."""
        now = datetime(2027, 3, 1, tzinfo=UTC)
        before = date(2027, 3, 15)
        day = planned(supervisor, reviewer, before, now, "09:00", "17:00")
        planned(supervisor, reviewer, before + 5 * A_DAY, now, "22:00", "07:00")
        planned(supervisor, reviewer, before + 4 * A_DAY, now, "00:00", "02:30")
        copied = copy_week(team.pk, before, before + A_WEEK, acting_user=supervisor, now=now)
        assert [one.length for one in copied.made] == [timedelta(hours=8), timedelta(hours=2.5), timedelta(hours=8)]
        assert copied.made[0].starts_at - day.starts_at == A_WEEK
        copied = copy_week(team.pk, before + A_WEEK, before + 2 * A_WEEK, acting_user=supervisor, now=now)
        assert copied.made[0].starts_at - day.starts_at == 2 * A_WEEK - timedelta(hours=1)
        assert copied.made[0].starts_at.astimezone(BERLIN).hour == 9
