from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from project.accounts.models import User
from wellbeing.actions.checkins import offer
from wellbeing.actions.exposure import settle
from wellbeing.cards import cards

pytestmark = pytest.mark.django_db


def test_an_ordinary_day_has_no_cards(reviewer: User) -> None:
    assert list(cards(reviewer)) == []


def test_rest_and_an_offer_are_shown(reviewer: User) -> None:
    settle(uuid4(), reviewer.pk, 3, timezone.now())
    offer(reviewer.pk, "after-24-hours", timezone.now(), timezone.now())
    assert [card.title for card in cards(reviewer)] == ["Rest first", "A check-in is offered"]


def test_whoever_does_not_listen_has_none(auditor: User) -> None:
    offer(auditor.pk, "after-24-hours", timezone.now(), timezone.now())
    assert list(cards(auditor)) == []
