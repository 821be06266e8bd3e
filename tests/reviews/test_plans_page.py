"""The week as supervisors see it: a picture and words, forms that say what is wrong, and nothing of anybody's day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from project.accounts.models import Team, User
from reviews.models import PlannedShift
from tests.reviews.planning import in_berlin, next_monday, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(team: Team) -> Team:
    return in_berlin(team)


@pytest.fixture
def browser(supervisor: User, team: Team, client_of: Callable[[User], Client]) -> Client:
    return client_of(supervisor)


@pytest.fixture
def monday(now: datetime) -> date:
    return next_monday(now)


@pytest.fixture
def plan(supervisor: User, reviewer: User, monday: date, now: datetime) -> PlannedShift:
    return planned(supervisor, reviewer, monday, now, "22:00", "06:00")


def form(team: Team, reviewer: User, monday: date, **more: str) -> dict[str, str]:
    times = {"day": str(monday), "begins": "09:00", "ends": "17:00"}
    return {"team": str(team.pk), "person": str(reviewer.pk), **times, **more}


def test_the_week_is_a_picture_and_words(browser: Client, plan: PlannedShift, monday: date) -> None:
    page = browser.get(f"/plans/?week={monday}").content.decode()
    assert page.count('class="bar"') == 1
    assert "22:00" in page
    assert "until the next day" in page
    assert "Europe/Berlin" in page
    assert "style=" not in page


def test_an_empty_week_says_so(browser: Client, reviewer: User) -> None:
    assert b"Nothing is planned this week" in browser.get("/plans/").content


def test_who_leads_no_team_is_told(other_supervisor: User, client_of: Callable[[User], Client]) -> None:
    other_supervisor.supervised_teams.clear()
    assert b"You lead no team yet" in client_of(other_supervisor).get("/plans/").content


@pytest.mark.parametrize("week", ["x", "9999-99-99", "0001-01-01", "2999-12-31", "2027-03-31"])
def test_any_week_can_be_asked_for(browser: Client, week: str) -> None:
    assert browser.get("/plans/", {"week": week}).status_code == 200


def test_a_week_in_which_clocks_change_says_so(browser: Client) -> None:
    assert b"that day has 23 hours" in browser.get("/plans/?week=2027-03-22").content
    assert b"that day has 25 hours" in browser.get("/plans/?week=2027-10-25").content


def test_planning_leads_back_to_that_week(browser: Client, team: Team, reviewer: User, monday: date) -> None:
    answer = browser.post("/plans/add/", form(team, reviewer, monday, heaviest="1"))
    assert (answer.status_code, answer["Location"]) == (302, f"/plans/?team={team.pk}&week={monday}")
    assert PlannedShift.objects.get().heaviest == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends": "19:00"}, "a shift at most 9 h"),
        ({"max_clips": "900"}, "The policy says"),
        ({"begins": "soon"}, "valid time"),
        ({"person": ""}, "required"),
        ({"person": "00000000-0000-4000-8000-000000000000"}, "somebody of this team"),
        ({"day": "2020-01-06"}, "ahead of its start"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    browser: Client, team: Team, reviewer: User, monday: date, wrong: dict[str, str], said: str
) -> None:
    answer = browser.post("/plans/add/", form(team, reviewer, monday, **wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not PlannedShift.objects.exists()


def test_an_overlap_is_said(browser: Client, team: Team, reviewer: User, monday: date, plan: PlannedShift) -> None:
    answer = browser.post("/plans/add/", form(team, reviewer, monday, begins="20:00", ends="23:00"))
    assert answer.status_code == 422
    assert b"too little rest" in answer.content


def test_a_time_that_comes_twice_is_asked_about(
    browser: Client, team: Team, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the page's clock is moved: sign-ins end by theirs."""
    october = SimpleNamespace(now=lambda: datetime(2027, 10, 1, tzinfo=UTC))
    monkeypatch.setattr("reviews.views.plans.timezone", october)
    asked = form(team, reviewer, date(2027, 10, 31), begins="02:30", ends="10:00")
    answer = browser.post("/plans/add/", {**asked, "which": ""})
    assert answer.status_code == 422
    assert b'name="which"' in answer.content
    assert browser.post("/plans/add/", {**asked, "which": "first"}).status_code == 302


def test_a_plan_is_changed_and_cancelled(browser: Client, plan: PlannedShift, monday: date) -> None:
    assert b'value="22:00"' in browser.get(f"/plans/{plan.pk}/").content
    times = {"day": str(monday), "begins": "08:00", "ends": "12:00"}
    assert browser.post(f"/plans/{plan.pk}/change/", times).status_code == 302
    plan.refresh_from_db()
    assert plan.length == timedelta(hours=4)
    assert browser.post(f"/plans/{plan.pk}/change/", {**times, "ends": "23:00"}).status_code == 422
    for _ in range(2):
        assert browser.post(f"/plans/{plan.pk}/cancel/").status_code == 302
    assert b"was cancelled" in browser.get(f"/plans/{plan.pk}/").content


def test_a_week_is_copied_and_what_is_left_out_is_named(
    browser: Client, team: Team, plan: PlannedShift, monday: date
) -> None:
    body = {"team": str(team.pk), "week": str(monday), "to_week": str(monday + timedelta(days=7))}
    assert b"1 shifts were copied" in browser.post("/plans/copy-week/", body, follow=True).content
    again = browser.post("/plans/copy-week/", body, follow=True).content
    assert b"Not copied: reviewer, Monday 22:00" in again


def test_a_foreign_team_is_not_there(
    browser: Client, other_team: Team, far_reviewer: User, other_supervisor: User, monday: date, now: datetime
) -> None:
    foreign = planned(other_supervisor, far_reviewer, monday, now)
    assert browser.get(f"/plans/?team={other_team.pk}").status_code == 404
    assert browser.post("/plans/add/", form(other_team, far_reviewer, monday)).status_code == 404
    for verb in ("", "change/", "cancel/"):
        method = browser.post if verb else browser.get
        assert method(f"/plans/{foreign.pk}/{verb}").status_code == 404


def test_strangers_sign_in_and_other_roles_find_nothing(
    plan: PlannedShift, reviewer: User, administrator: User, client_of: Callable[[User], Client]
) -> None:
    assert Client().get("/plans/").status_code == 302
    for user in (reviewer, administrator):
        for address in ("/plans/", f"/plans/{plan.pk}/"):
            assert client_of(user).get(address).status_code == 404
