from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from project.accounts.models import User
from project.ledger.models import Entry
from tests.wellbeing.people import shift_of
from wellbeing.access import opted_out_categories
from wellbeing.actions.pace import pace_for
from wellbeing.models import WellbeingPolicy, WellbeingPreferences

pytestmark = pytest.mark.django_db
HERE = "/api/v1/me/preferences/"


@pytest.fixture
def api(api_of: Callable[..., APIClient], reviewer: User) -> APIClient:
    return api_of(reviewer)


def test_gentler_wishes_are_kept(api: APIClient, reviewer: User) -> None:
    wishes = {"opt_out": ["violence", "child"], "max_clips": 100, "break_minutes": 15, "heaviest": 1}
    answer = api.put(HERE, wishes, format="json")
    assert answer.status_code == 200
    assert answer.json()["opt_out"] == ["child", "violence"]
    assert api.get(HERE).json() == answer.json()
    assert opted_out_categories(reviewer.pk) == {"violence", "child"}


def test_they_hold_at_once(api: APIClient, reviewer: User, now: datetime) -> None:
    api.put(HERE, {"heaviest": 1}, format="json")
    assert pace_for(reviewer.pk, shift_of(begins=now), now=now).max_severity == 1


def test_putting_again_replaces_all(api: APIClient, reviewer: User) -> None:
    api.put(HERE, {"max_clips": 100}, format="json")
    api.put(HERE, {"opt_out": ["child"]}, format="json")
    assert api.get(HERE).json()["max_clips"] is None
    assert WellbeingPreferences.objects.count() == 1


@pytest.mark.parametrize(
    "harsher",
    [
        {"max_clips": 639},
        {"break_minutes": 9},
        {"break_after_minutes": 51},
        {"heavy_day_minutes": 241},
        {"heavy_run_minutes": 121},
        {"cool_down_minutes": 14},
        {"wind_down_minutes": 29},
    ],
)
def test_a_harsher_wish_is_refused_by_name_and_nothing_is_kept(api: APIClient, harsher: dict[str, int]) -> None:
    answer = api.put(HERE, {"opt_out": ["child"], **harsher}, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "harsher-than-policy"
    assert set(answer.json()["errors"]) == set(harsher)
    assert not WellbeingPreferences.objects.exists()


def test_the_teams_policy_is_the_floor(api: APIClient, reviewer: User) -> None:
    WellbeingPolicy.objects.create(team=reviewer.team, break_minutes=20)
    assert api.put(HERE, {"break_minutes": 15}, format="json").status_code == 400


@pytest.mark.parametrize(
    "bad",
    [{"opt_out": "child"}, {"opt_out": ["sexual-violence"]}, {"opt_out": ["x"] * 41}, {"heaviest": 4}, {"unknown": 1}],
)
def test_bad_input_is_refused(api: APIClient, bad: dict[str, Any]) -> None:
    assert api.put(HERE, bad, format="json").status_code == 400


def test_one_persons_wishes_are_not_anothers(
    api: APIClient, api_of: Callable[..., APIClient], supervisor: User
) -> None:
    api.put(HERE, {"opt_out": ["child"]}, format="json")
    assert api_of(supervisor).get(HERE).json()["opt_out"] == []


def test_no_ledger_knows_of_a_wish(api: APIClient) -> None:
    api.put(HERE, {"opt_out": ["child"]}, format="json")
    assert not Entry.objects.exclude(event__startswith="token").exists()


def test_what_can_be_left_out_is_what_clips_are_predicted_to_hold():
    from reviews.states import ALL_CATEGORIES
    from wellbeing.categories import ALL

    assert set(ALL) == ALL_CATEGORIES
