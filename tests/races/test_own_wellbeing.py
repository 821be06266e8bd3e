"""One person from several tabs at once: every answer kept, every second counted, no deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from project.accounts.models import User
from tests.races.conftest import Outcome
from wellbeing import loading
from wellbeing.actions import exposure
from wellbeing.actions.checkins import check_in, delete_everything, history
from wellbeing.actions.exposure import note_sound, settle
from wellbeing.models import CheckIn, Heard, WorkingDay

pytestmark = pytest.mark.django_db(transaction=True)
Together = Callable[..., list[Outcome]]


def answers(person: User, score: int, now: datetime) -> Callable[[], object]:
    return lambda: check_in("distress", {"distress": score}, acting_user=person, now=now)


def test_every_answer_of_six_tabs_is_kept(reviewer: User, now: datetime, together: Together) -> None:
    outcomes = together(*(answers(reviewer, score, now) for score in range(6)))
    assert all(outcome.succeeded for outcome in outcomes)
    assert {row.score for row in history(acting_user=reviewer, now=now)} == set(range(6))


def test_an_answer_against_deleting_everything_leaves_nothing_unreadable(
    reviewer: User, now: datetime, together: Together
) -> None:
    for score in range(8):
        check_in("distress", {"distress": 1}, acting_user=reviewer, now=now)
        answered, deleted = together(
            answers(reviewer, score, now), lambda: delete_everything(acting_user=reviewer, now=now)
        )
        assert deleted.succeeded
        assert answered.succeeded
        assert len(history(acting_user=reviewer, now=now)) == CheckIn.objects.count()  # less where a key is gone


def sounds(person: User, count: int, now: datetime) -> list[Callable[[], object]]:
    def one() -> None:
        for _ in range(10):
            source = uuid4()
            note_sound(person.pk, source, served_ms=1000, now=now)
            settle(source, person.pk, 2, now)

    return [one] * count


def test_every_sound_of_six_tabs_is_counted(reviewer: User, now: datetime, together: Together) -> None:
    outcomes = together(*sounds(reviewer, 6, now))
    assert all(outcome.succeeded for outcome in outcomes)
    day = WorkingDay.objects.get(pk=reviewer.pk)
    assert (Heard.objects.count(), day.clips, day.work_ms, day.heavy_ms) == (60, 60, 60_000, 60_000)


def test_without_the_lock_sounds_get_lost(
    reviewer: User, now: datetime, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the test above proves nothing."""
    note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now - timedelta(seconds=1))
    both_have_read = threading.Barrier(2)

    def read(person_id: UUID, source_id: UUID) -> loading.Hearing:
        hearing = loading.lock(person_id, source_id)
        both_have_read.wait(30)
        return hearing

    def sound() -> None:
        note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now)

    monkeypatch.setattr(loading, "LOCK", "")
    monkeypatch.setattr(exposure, "lock", read)
    assert all(outcome.succeeded for outcome in together(sound, sound))
    assert Heard.objects.count() == 3
    assert WorkingDay.objects.get(pk=reviewer.pk).clips == 2  # one of three is lost
