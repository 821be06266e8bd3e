from __future__ import annotations

from datetime import datetime

import pytest

from project.accounts.access import Role
from project.accounts.models import Team
from tests.cast import make_user
from wellbeing.actions.checkins import history
from wellbeing.demo import live_some_weeks
from wellbeing.models import Heard, WeeklyFigure

pytestmark = pytest.mark.django_db


def test_made_up_weeks_give_figures_and_a_history(team: Team, other_team: Team, now: datetime) -> None:
    people = [
        make_user(f"{one.slug}{number}", Role.REVIEWER, team=one) for one in (team, other_team) for number in range(6)
    ]
    assert live_some_weeks(people, now=now) == 12
    assert WeeklyFigure.objects.filter(team=team).exclude(value=None).exists()
    assert len(history(acting_user=people[0], now=now)) > 20


def test_twice_is_once(team: Team, now: datetime) -> None:
    person = make_user("one", Role.REVIEWER, team=team)
    live_some_weeks([person], now=now)
    rows = Heard.objects.count()
    assert live_some_weeks([person], now=now) == 0
    assert Heard.objects.count() == rows
