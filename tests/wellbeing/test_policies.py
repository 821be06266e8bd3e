from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from project.accounts.models import Team, User
from wellbeing.actions.pace import policies_of_teams, policy_for
from wellbeing.limits import FIELDS, LOWER_IS_GENTLER, Policy
from wellbeing.models import WellbeingPolicy

pytestmark = pytest.mark.django_db


def test_without_a_row_the_defaults_hold(reviewer: User) -> None:
    assert policy_for(reviewer) == Policy()


def test_the_gentler_of_organisation_and_team_holds(reviewer: User, team: Team) -> None:
    WellbeingPolicy.objects.create(break_minutes=15, heavy_day_minutes=100)
    WellbeingPolicy.objects.create(team=team, break_minutes=12, heavy_day_minutes=60)
    assert (policy_for(reviewer).break_minutes, policy_for(reviewer).heavy_day_minutes) == (15, 60)
    assert policies_of_teams()[team.pk] == policy_for(reviewer)


def test_another_teams_policy_does_not_reach_here(reviewer: User, other_team: Team) -> None:
    WellbeingPolicy.objects.create(team=other_team, heavy_day_minutes=0)
    assert policy_for(reviewer) == Policy()


@pytest.mark.parametrize("name", FIELDS)
def test_the_database_refuses_a_policy_harsher_than_the_defaults(db: None, name: str) -> None:
    step = 1 if name in LOWER_IS_GENTLER else -1
    with pytest.raises(IntegrityError), transaction.atomic():
        WellbeingPolicy.objects.create(**{name: getattr(Policy(), name) + step})


def test_there_is_one_policy_of_the_organisation(db: None) -> None:
    WellbeingPolicy.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        WellbeingPolicy.objects.create()
