"""Group figures: what is shown, what is withheld, and that ten thousand questions learn nobody's answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from project.accounts.access import Role
from project.accounts.models import Team, User
from tests.cast import make_user
from wellbeing import group_times
from wellbeing.actions.breaks import end_break, start_break
from wellbeing.actions.checkins import check_in
from wellbeing.actions.exposure import note_sound
from wellbeing.actions.insights import delete_old_traces, freeze_last_week, freeze_week, monday_of
from wellbeing.insights import BY_CODE, FEWEST, STEP, TIMES, Figure, figures
from wellbeing.models import Cohort, WeeklyFigure

BAND = BY_CODE["distress"].band


def group(*values: float) -> dict[UUID, float]:
    return {uuid4(): value for value in values}


def test_five_people_are_shown_rounded() -> None:
    team, rest = uuid4(), uuid4()
    found = figures({team: group(10, 20, 30, 40, 82), rest: group(10, 50, 90, 20, 30)}, BAND)
    assert found[team] == Figure(35)


def test_four_people_are_not_shown() -> None:
    team, rest = uuid4(), uuid4()
    found = figures({team: group(10, 50, 90, 20), rest: group(10, 50, 90, 20, 30, 40)}, BAND)
    assert found[team].withheld == "too_few"


def test_a_remainder_of_four_hides_the_group() -> None:
    team, rest = uuid4(), uuid4()
    found = figures({team: group(10, 50, 90, 20, 30, 40), rest: group(10, 50, 90, 20)}, BAND)
    assert found[team].withheld == "remainder"
    assert found[None].value is not None


def test_people_who_are_all_alike_are_not_shown() -> None:
    team, rest = uuid4(), uuid4()
    found = figures({team: group(80, 90, 100, 70, 75), rest: group(10, 50, 90, 20, 30)}, BAND)
    assert found[team].withheld == "alike"
    assert found[rest].withheld == "alike"  # or the other team would follow from everybody's figure


def test_what_all_shown_groups_leave_over_is_guarded() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    found = figures({one: group(10, 50, 90, 20, 30), two: group(10, 50, 90, 20, 30, 40), three: group(10, 90)}, BAND)
    assert found[one].withheld == "remainder"
    assert found[two].value is not None


def test_nobody_is_nothing() -> None:
    assert figures({}, BAND) == {None: Figure(None, "too_few")}


def test_ten_thousand_pairs_of_questions_learn_nobodys_answer() -> None:
    """Somebody who knows who is in which team takes any two figures of a week, or everybody's and all the teams', and
    subtracts. What they get is never about fewer than five people, and never about people who are all alike."""
    dice, pairs = random.Random(20261122), 0
    while pairs < 10_000:
        teams = {uuid4(): group(*(dice.randint(0, 10) * 10 for _ in range(dice.randint(0, 12)))) for _ in range(4)}
        shown = people_shown(teams)
        for one, other in permutations(shown, 2):
            pairs += 1
            tells_of_nobody(shown[one], shown[other], teams)
        if None in shown:
            together = frozenset().union(*(people for name, people in shown.items() if name is not None))
            tells_of_nobody(shown[None], together, teams)


def people_shown(teams: dict[UUID, dict[UUID, float]]) -> dict[UUID | None, frozenset[UUID]]:
    """Whose answers stand in each figure that is shown."""
    everybody = frozenset().union(*teams.values())
    found = figures(teams, BAND)
    assert all(figure.value is None or figure.value % STEP == 0 for figure in found.values())
    return {
        name: everybody if name is None else frozenset(teams[name])
        for name, figure in found.items()
        if figure.value is not None
    }


def tells_of_nobody(one: frozenset[UUID], other: frozenset[UUID], teams: dict[UUID, dict[UUID, float]]) -> None:
    values = {person: value for people in teams.values() for person, value in people.items()}
    for people in (one, one - other if other < one else frozenset()):
        assert not people or (len(people) >= FEWEST and len({BAND(values[person]) for person in people}) > 1)


# --- frozen weeks ------------------------------------------------------------------------------------------------
WEDNESDAY = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
NEXT_MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def crowd(team: Team, count: int = 6) -> list[User]:
    people = [make_user(f"{team.slug}-{number}", Role.REVIEWER, team=team) for number in range(count)]
    for number, person in enumerate(people):
        note_sound(person.pk, uuid4(), served_ms=60_000 * (number + 1), severity=number % 4, now=WEDNESDAY)
        check_in("distress", {"distress": 2 * number}, acting_user=person, now=WEDNESDAY)
        start_break(person.pk, None, "screen", WEDNESDAY)
        end_break(person.pk, WEDNESDAY + timedelta(minutes=10 if number % 2 else 2))
    return people


@pytest.fixture
def two_teams(team: Team, other_team: Team) -> list[User]:
    return crowd(team) + crowd(other_team)


@pytest.mark.django_db
def test_a_week_is_frozen_once(two_teams: list[User]) -> None:
    assert freeze_last_week(now=NEXT_MONDAY) is True
    figures_then = list(WeeklyFigure.objects.values_list("measure", "team", "value", "withheld"))
    for person in two_teams:
        check_in("distress", {"distress": 10}, acting_user=person, now=WEDNESDAY + timedelta(hours=1))
    assert freeze_last_week(now=NEXT_MONDAY + timedelta(days=1)) is False
    assert list(WeeklyFigure.objects.values_list("measure", "team", "value", "withheld")) == figures_then


@pytest.mark.django_db
def test_joins_and_leaves_after_it_change_nothing_of_a_week(
    two_teams: list[User], team: Team, api_of: Callable[..., APIClient], supervisor: User
) -> None:
    freeze_last_week(now=NEXT_MONDAY)
    asks = api_of(supervisor)
    before = asks.get("/api/v1/insights/").json()
    User.objects.filter(pk=two_teams[0].pk).update(team=None)
    User.objects.filter(pk=two_teams[-1].pk).update(team=team)
    freeze_last_week(now=NEXT_MONDAY + timedelta(days=3))
    assert asks.get("/api/v1/insights/").json() == before


@pytest.mark.django_db
def test_a_week_that_still_runs_is_not_frozen(two_teams: list[User]) -> None:
    assert freeze_week(monday_of(WEDNESDAY), now=WEDNESDAY) is False
    assert not WeeklyFigure.objects.exists()


@pytest.mark.django_db
def test_the_figures_are_the_groups_means(two_teams: list[User], team: Team) -> None:
    freeze_last_week(now=NEXT_MONDAY)
    found = {row.measure: row for row in WeeklyFigure.objects.filter(team=team)}
    assert found["distress"].value == 50
    assert found["breaks"].value == 50
    assert "daily" not in found  # nobody answered, and that is not shown either


@pytest.mark.django_db
def test_a_supervisor_sees_everybody_and_their_own_team(
    two_teams: list[User], api_of: Callable[..., APIClient], supervisor: User, team: Team
) -> None:
    freeze_last_week(now=NEXT_MONDAY)
    body = api_of(supervisor).get("/api/v1/insights/").json()
    assert body["fewest"] == 5
    assert {row["team"] for row in body["figures"]} == {None, str(team.pk)}
    assert all(row["value"] is None or row["value"] % 5 == 0 for row in body["figures"])


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEGAL, Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_roles_find_nothing(api_of: Callable[..., APIClient], role: Role) -> None:
    assert api_of(make_user("somebody", role)).get("/api/v1/insights/").status_code == 404


@pytest.mark.django_db
def test_the_frozen_table_names_no_person(two_teams: list[User]) -> None:
    names = {field.name for field in WeeklyFigure._meta.get_fields()}
    assert names == {"id", "week", "team", "measure", "value", "withheld", "cohort"}


@pytest.mark.django_db
def test_who_counted_is_kept_as_keyed_digests_for_ninety_days(two_teams: list[User]) -> None:
    freeze_last_week(now=NEXT_MONDAY)
    kept = {one for people in Cohort.objects.values_list("people", flat=True) for one in people}
    assert len(kept) == len(two_teams)
    assert not kept & {form for person in two_teams for form in (str(person.pk), person.pk.hex)}
    delete_old_traces(now=NEXT_MONDAY + timedelta(days=98))
    assert not Cohort.objects.exists()
    assert WeeklyFigure.objects.exists()


@pytest.mark.django_db
def test_one_who_leaves_hides_the_next_weeks_figures_that_would_tell(two_teams: list[User], team: Team) -> None:
    """The week after, all answer as before, and one person of team one is gone."""
    freeze_last_week(now=NEXT_MONDAY)
    later = WEDNESDAY + timedelta(days=7)
    for number, person in enumerate(two_teams[1:]):
        check_in("distress", {"distress": 2 * ((number + 1) % 6)}, acting_user=person, now=later)
    freeze_last_week(now=NEXT_MONDAY + timedelta(days=7))
    found = WeeklyFigure.objects.filter(week=monday_of(later), measure="distress")
    assert {(row.team and row.team.slug): row.withheld for row in found} == {
        None: "changed", "team-one": "changed", "team-two": "",
    }  # fmt: skip


@pytest.mark.django_db
def test_times_of_cases_and_erasures_are_medians_of_five_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"acknowledged": [60.0 * n for n in (1, 4, 12, 30, 700)], "decided": [60.0] * 4}
    monkeypatch.setattr(group_times, "_SOURCES", {code: lambda b, e, c=code: known[c] for code in known})
    freeze_last_week(now=NEXT_MONDAY)
    found = {
        row.measure: (row.value, row.withheld) for row in WeeklyFigure.objects.filter(measure__in=group_times_of())
    }
    assert found == {"acknowledged": (10, ""), "decided": (None, "too_few"), "erased": (None, "too_few")}


def group_times_of() -> list[str]:
    return [measure.code for measure in TIMES]


@pytest.mark.django_db
def test_a_works_council_sees_every_team_and_nothing_else(
    two_teams: list[User], api_of: Callable[..., APIClient], team: Team, other_team: Team
) -> None:
    freeze_last_week(now=NEXT_MONDAY)
    asks = api_of(make_user("council", Role.WORKS_COUNCIL))
    assert {row["team"] for row in asks.get("/api/v1/insights/").json()["figures"]} == {
        None, str(team.pk), str(other_team.pk),
    }  # fmt: skip
    assert asks.get("/api/v1/me/check-ins/").status_code == 404
    assert asks.get("/api/v1/cases/").status_code == 404


def test_edges_of_bands_rise() -> None:
    for measure in BY_CODE.values():
        assert all(lower < upper for lower, upper in pairwise(measure.edges))


@pytest.mark.django_db
def test_the_apps_above_say_their_times(now: datetime) -> None:
    """With nothing that ended in the week each answers nothing; that the questions can be asked at all is shown."""
    for measure in TIMES:
        assert measure.code in group_times._SOURCES
        assert list(group_times.lengths_of(measure.code, now - timedelta(days=7), now)) == []
