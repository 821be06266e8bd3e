from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from project.accounts.models import User
from project.ledger.models import Entry
from wellbeing.limits import DEFAULTS, FIELDS
from wellbeing.models import WellbeingPolicy

pytestmark = pytest.mark.django_db
HERE = "/admin/wellbeing/wellbeingpolicy/add/"


def form(**changed: int) -> dict[str, object]:
    return {"team": "", **{name: getattr(DEFAULTS, name) for name in FIELDS}, **changed}


def test_an_administrator_makes_it_gentler_and_the_ledger_knows(
    client_of: Callable[..., Client], administrator: User
) -> None:
    answer = client_of(administrator).post(HERE, form(break_minutes=15))
    assert answer.status_code == 302
    assert WellbeingPolicy.objects.get().break_minutes == 15
    assert Entry.objects.filter(event="policy.changed").count() == 1


def test_a_harsher_one_is_refused_in_the_form(client_of: Callable[..., Client], administrator: User) -> None:
    answer = client_of(administrator).post(HERE, form(max_clips=1001))
    assert answer.status_code == 200
    assert not WellbeingPolicy.objects.exists()


def test_nobody_else_gets_there(client_of: Callable[..., Client], supervisor: User) -> None:
    assert client_of(supervisor).post(HERE, form()).status_code in {302, 403, 404}
    assert not WellbeingPolicy.objects.exists()
