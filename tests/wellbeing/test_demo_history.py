"""The demo's made-up past: for those who cannot sign in only, once, and enough for group figures."""

from __future__ import annotations

import pytest

from project.accounts.models import User
from reviews.demo.history import make_history
from reviews.demo.people import make_people
from wellbeing.actions.checkins import history
from wellbeing.models import Heard, WeeklyFigure

pytestmark = pytest.mark.django_db


def test_only_made_up_people_have_a_past_and_it_gives_figures(now) -> None:
    make_people("a password for the demo")
    make_history()
    rows = Heard.objects.count()
    make_history()
    assert Heard.objects.count() == rows > 0
    assert not Heard.objects.filter(person__email__startswith="reviewer").exists()
    assert WeeklyFigure.objects.filter(team__slug="harbour", measure="load").exclude(value=None).exists()
    assert history(acting_user=User.objects.get(email="harbour01@earshot.example"), now=now)
