from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from project.accounts.models import User
from project.ledger.models import Entry
from tests.wellbeing.people import shift_of
from wellbeing.actions.breaks import end_break, finish_break, start_break, take_break
from wellbeing.actions.exposure import note_sound, settle
from wellbeing.actions.pace import ask_for_gravest, pace_for, put_off_break
from wellbeing.day import BreakKind
from wellbeing.models import Break
from wellbeing.pace import Decision

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def worked(reviewer: User, now: datetime) -> datetime:
    """The reviewer has worked for 50 minutes; this is the instant after."""
    for count in range(51):
        note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now + count * MINUTE)
    return now + 50 * MINUTE


def test_it_is_a_break_until_its_end(reviewer: User, now: datetime) -> None:
    take_break(BreakKind.SCREEN, acting_user=reviewer, now=now)
    answer = pace_for(reviewer.pk, shift_of(begins=now), now=now)
    assert (answer.decision, answer.code, answer.until) == (Decision.BREAK, "on_break", now + 10 * MINUTE)


def test_beginning_twice_is_once(reviewer: User, now: datetime) -> None:
    first = start_break(reviewer.pk, None, "screen", now)
    assert start_break(reviewer.pk, None, "meal", now + MINUTE).pk == first.pk
    assert Break.objects.count() == 1


def test_a_break_that_is_past_gives_way_to_a_new_one(reviewer: User, now: datetime) -> None:
    start_break(reviewer.pk, None, "screen", now)
    start_break(reviewer.pk, None, "meal", now + 30 * MINUTE)
    first, second = Break.objects.order_by("began_at")
    assert (first.ended_at, second.ended_at) == (first.ends_at, None)


def test_ended_early_it_was_no_rest(reviewer: User, worked: datetime) -> None:
    take_break(BreakKind.SCREEN, acting_user=reviewer, now=worked)
    finish_break(acting_user=reviewer, now=worked + 3 * MINUTE)
    answer = pace_for(reviewer.pk, shift_of(begins=worked), now=worked + 3 * MINUTE)
    assert answer.code == "break_due"


def test_ending_twice_is_once(reviewer: User, now: datetime) -> None:
    start_break(reviewer.pk, None, "screen", now)
    end_break(reviewer.pk, now + MINUTE)
    end_break(reviewer.pk, now + 2 * MINUTE)
    assert Break.objects.get().ended_at == now + MINUTE


def test_it_can_be_put_off_once(reviewer: User, worked: datetime) -> None:
    window = shift_of(begins=worked)
    assert put_off_break(acting_user=reviewer, now=worked) is True
    assert pace_for(reviewer.pk, window, now=worked).may_go
    assert put_off_break(acting_user=reviewer, now=worked) is False


def test_there_is_nothing_to_put_off_when_rested(reviewer: User, now: datetime) -> None:
    assert put_off_break(acting_user=reviewer, now=now) is False


def test_asking_opens_the_gravest_again(reviewer: User, now: datetime) -> None:
    settle(uuid4(), reviewer.pk, 3, now)
    later = now + 16 * MINUTE
    assert pace_for(reviewer.pk, shift_of(begins=now), now=later).max_severity == 2
    ask_for_gravest(acting_user=reviewer, now=later)
    assert pace_for(reviewer.pk, shift_of(begins=now), now=later).max_severity == 3


def test_no_ledger_knows_of_a_break(reviewer: User, now: datetime) -> None:
    take_break(BreakKind.MEAL, acting_user=reviewer, now=now)
    finish_break(acting_user=reviewer, now=now + MINUTE)
    assert not Entry.objects.exists()
