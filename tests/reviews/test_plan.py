"""Planning a shift: for the own team, by its clock, gentler than the policy, never over another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from project.accounts.models import Team, User
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.models import PlannedShift
from tests.reviews.planning import BERLIN, in_berlin, next_monday
from wellbeing.models import WellbeingPolicy, WellbeingPreferences

pytestmark = pytest.mark.django_db
HERE = "/api/v1/planned-shifts/"


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
def body(team: Team, reviewer: User, monday: date) -> dict[str, Any]:
    return {"team": str(team.pk), "person": str(reviewer.pk), "day": str(monday), "begins": "09:00", "ends": "17:00"}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def plan(api: APIClient, body: dict[str, Any], **other: Any) -> Any:
    return api.post(HERE, {**body, **other}, format="json")


def test_a_shift_is_planned_by_the_teams_clock(
    api: APIClient, body: dict[str, Any], monday: date, reviewer: User, supervisor: User
) -> None:
    answer = plan(api, body)
    assert answer.status_code == 201
    assert answer.json()["person"] == {"id": str(reviewer.pk), "name": "reviewer"}
    row = PlannedShift.objects.get()
    assert (row.starts_at, row.ends_at, row.time_zone) == (at(monday, 9), at(monday, 17), "Europe/Berlin")
    assert row.rest_until == row.ends_at + timedelta(hours=11)
    assert Entry.objects.get(event="shift.planned").actor_id == supervisor.pk
    assert Notice.objects.get(user=reviewer).code == "shifts-planned"


def test_a_night_shift_ends_on_the_next_day(api: APIClient, body: dict[str, Any], monday: date) -> None:
    assert plan(api, body, begins="22:00", ends="07:00").status_code == 201
    row = PlannedShift.objects.get()
    assert (row.starts_at, row.ends_at) == (at(monday, 22), at(monday + timedelta(days=1), 7))


def test_it_can_be_gentler(api: APIClient, body: dict[str, Any]) -> None:
    wishes = {"max_clips": 100, "max_heavy_minutes": 30, "heaviest": 2, "break_after_minutes": 30, "break_minutes": 15}
    assert plan(api, body, **wishes).status_code == 201
    row = PlannedShift.objects.get()
    assert row.limits == {"heaviest": 2, "break_after_minutes": 30, "break_minutes": 15}
    assert (row.max_clips, row.max_heavy_minutes) == (100, 30)


@pytest.mark.parametrize(
    ("name", "wished"),
    [
        ("max_clips", 567),  # 8 hours leave 306 minutes, and they 566 clips
        ("max_listening_minutes", 307),
        ("max_heavy_minutes", 213),
        ("break_after_minutes", 51),
        ("break_minutes", 9),
        ("heavy_run_minutes", 121),
        ("cool_down_minutes", 14),
        ("wind_down_minutes", 29),
    ],
)
def test_it_is_never_harsher_than_the_policy(api: APIClient, body: dict[str, Any], name: str, wished: int) -> None:
    answer = plan(api, body, **{name: wished})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {name}
    assert not PlannedShift.objects.exists()
    assert plan(api, body, **{name: wished - 1 if name[:3] == "max" else 50}).status_code in {201, 400}


def test_the_teams_policy_is_the_floor(api: APIClient, body: dict[str, Any], team: Team) -> None:
    WellbeingPolicy.objects.create(team=team, break_minutes=20, shift_minutes=420)
    assert plan(api, body).status_code == 400
    assert plan(api, body, ends="16:00", break_minutes=15).status_code == 400
    assert plan(api, body, ends="16:00", break_minutes=25).status_code == 201


def test_a_persons_own_wishes_are_not_told_by_a_refusal(api: APIClient, body: dict[str, Any], reviewer: User) -> None:
    WellbeingPreferences.objects.create(person=reviewer, max_clips=10, heaviest=0)
    assert plan(api, body, max_clips=500, heaviest=3).status_code == 201


@pytest.mark.parametrize(
    ("begins", "ends", "word"),
    [("09:00", "18:01", "9 h 1 min"), ("09:00", "09:05", "ten minutes"), ("08:00", "08:00", "24 h")],
)
def test_too_long_and_too_short_are_refused_in_words(
    api: APIClient, body: dict[str, Any], begins: str, ends: str, word: str
) -> None:
    answer = plan(api, body, begins=begins, ends=ends)
    assert (answer.status_code, answer.json()["field"]) == (400, "ends")
    assert word in answer.json()["detail"]


def test_the_past_and_the_far_future_are_refused(api: APIClient, body: dict[str, Any], monday: date) -> None:
    assert plan(api, body, day=str(monday - timedelta(days=14))).json()["field"] == "begins"
    assert plan(api, body, day=str(monday + timedelta(days=420))).json()["field"] == "day"


def test_another_one_at_the_same_time_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    assert plan(api, body).status_code == 201
    answer = plan(api, body, begins="16:00", ends="20:00")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan-overlaps")
    assert plan(api, body).status_code == 409
    assert PlannedShift.objects.count() == 1


def test_between_two_shifts_there_are_eleven_hours(api: APIClient, body: dict[str, Any], monday: date) -> None:
    tomorrow = str(monday + timedelta(days=1))
    assert plan(api, body, begins="13:00", ends="22:00").status_code == 201
    assert plan(api, body, day=tomorrow, begins="08:59", ends="12:00").status_code == 409
    assert plan(api, body, day=tomorrow, begins="09:00", ends="12:00").status_code == 201
    assert plan(api, body, begins="00:10", ends="02:05").status_code == 409


def test_a_policy_may_ask_for_more_rest(api: APIClient, body: dict[str, Any], team: Team, monday: date) -> None:
    WellbeingPolicy.objects.create(team=team, rest_between_shifts_minutes=16 * 60)
    assert plan(api, body).status_code == 201
    assert plan(api, body, day=str(monday + timedelta(days=1)), begins="08:30", ends="12:00").status_code == 409


def test_two_people_may_work_at_the_same_time(api: APIClient, body: dict[str, Any], other_reviewer: User) -> None:
    assert [plan(api, body).status_code, plan(api, body, person=str(other_reviewer.pk)).status_code] == [201, 201]


def test_only_the_own_teams_people_are_planned(
    api: APIClient, body: dict[str, Any], far_reviewer: User, other_team: Team, supervisor: User
) -> None:
    assert plan(api, body, person=str(far_reviewer.pk)).status_code == 404
    assert plan(api, body, team=str(other_team.pk), person=str(far_reviewer.pk)).status_code == 404
    assert plan(api, body, person=str(supervisor.pk)).status_code == 404
    assert not PlannedShift.objects.exists()


def test_who_left_is_not_planned(api: APIClient, body: dict[str, Any], reviewer: User) -> None:
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert plan(api, body).status_code == 404


def test_strangers_and_other_roles_plan_nothing(
    body: dict[str, Any],
    reviewer: User,
    legal: User,
    administrator: User,
    stranger: User,
    api_of: Callable[..., APIClient],
) -> None:
    assert APIClient().post(HERE, body, format="json").status_code == 401
    for user in (reviewer, legal, administrator, stranger):
        assert plan(api_of(user), body).status_code == 404
    assert not PlannedShift.objects.exists()


@pytest.mark.parametrize(
    "bad", [{"begins": "9"}, {"day": "tomorrow"}, {"which": "third"}, {"note": "x"}, {"heaviest": -1}]
)
def test_bad_input_is_refused(api: APIClient, body: dict[str, Any], bad: dict[str, Any]) -> None:
    assert plan(api, body, **bad).status_code == 400


class TestChangesOfClocks:
    """Berlin: 02:00 is followed by 03:00 on 28 March 2027, 03:00 by 02:00 on 31 October 2027."""

    @pytest.fixture
    def frozen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.utils import timezone

        monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 3, 1, 12, tzinfo=UTC))

    def test_the_short_night_has_eight_hours_and_fewer_clips(self, frozen: None, api: APIClient, body: dict) -> None:
        assert plan(api, body, day="2027-03-27", begins="22:00", ends="07:00", max_clips=567).status_code == 400
        assert plan(api, body, day="2027-03-27", begins="22:00", ends="07:00", max_clips=566).status_code == 201
        assert PlannedShift.objects.get().length == timedelta(hours=8)

    def test_the_long_night_would_be_ten_hours(self, frozen: None, api: APIClient, body: dict) -> None:
        answer = plan(api, body, day="2027-10-30", begins="22:00", ends="07:00")
        assert (answer.status_code, answer.json()["field"]) == (400, "ends")
        assert "10 h" in answer.json()["detail"]
        assert "clocks are changed" in answer.json()["detail"]
        assert plan(api, body, day="2027-10-30", begins="22:00", ends="06:00").status_code == 201
        assert PlannedShift.objects.get().length == timedelta(hours=9)

    def test_a_time_that_does_not_exist_is_refused(self, frozen: None, api: APIClient, body: dict) -> None:
        answer = plan(api, body, day="2027-03-28", begins="02:30", ends="09:00")
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "no-such-time", "begins")
        assert "03:00" in answer.json()["detail"]
        assert plan(api, body, day="2027-03-27", begins="20:00", ends="02:30").json()["field"] == "ends"

    def test_a_time_that_comes_twice_asks_which(self, frozen: None, api: APIClient, body: dict) -> None:
        asked = {"day": "2027-10-31", "begins": "02:30", "ends": "10:00"}
        answer = plan(api, body, **asked)
        assert (answer.status_code, answer.json()["code"]) == (400, "time-twice")
        assert plan(api, body, **asked, which="second").status_code == 201
        assert PlannedShift.objects.get().starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.fixture
def row(api: APIClient, body: dict[str, Any]) -> PlannedShift:
    plan(api, body)
    return PlannedShift.objects.get()


@pytest.mark.parametrize(
    "harsher",
    [
        {"ends_at": timedelta(hours=10)},
        {"ends_at": timedelta(0)},
        {"rest_until": timedelta(hours=18)},
        {"max_clips": 1001},
        {"max_listening_minutes": 307},
        {"max_heavy_minutes": 241},
        {"max_listening_minutes": 100, "max_clips": 186},
        {"max_listening_minutes": 100, "max_heavy_minutes": 70},
        {"break_minutes": 9},
        {"break_after_minutes": 51},
        {"heavy_run_minutes": 121},
        {"heaviest": 4},
        {"cool_down_minutes": 14},
        {"wind_down_minutes": 29},
    ],
)
def test_the_database_itself_refuses_more(row: PlannedShift, harsher: dict[str, Any]) -> None:
    values = {k: row.starts_at + v if isinstance(v, timedelta) else v for k, v in harsher.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedShift.objects.filter(pk=row.pk).update(**values)


def test_the_database_itself_refuses_an_overlap_but_not_with_what_was_cancelled(
    row: PlannedShift, now: datetime
) -> None:
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedShift.objects.bulk_create([row])
    PlannedShift.objects.update(cancelled_at=now)
    PlannedShift.objects.bulk_create([row])
