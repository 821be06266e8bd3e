"""A hold and the point of no return at the same instant: exactly one wins, and the loser says so."""

import threading
import uuid
from contextlib import suppress

import pytest
from django.db import transaction
from django.db.models import QuerySet

from escalations.actions.cases import open_case, prepare_case_key
from escalations.actions.holds import TooLate
from escalations.models import Hold
from reviews.actions.point_of_no_return import pass_point_of_no_return
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure
from reviews.states import ClipState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROUNDS = 200


@pytest.fixture
def flagged(now, reviewer):
    """Makes a quarantined clip with its erasure ordered, as a critical flag leaves it."""

    def make():
        clip_id = uuid.uuid4()
        Clip.objects.create(
            pk=clip_id, state=ClipState.QUARANTINED, duration_ms=1, sample_rate=16000, channels=1, audio_format="wav",
            byte_size=1, external_ref_hmac=clip_id.bytes * 2, ingested_at=now, queued_at=now,
        )  # fmt: skip
        erasure = Erasure.objects.create(
            clip_id=clip_id, vault_id=clip_id, reason=Reason.CRITICAL_DATA, ordered_at=now, due_at=now,
            next_attempt_at=now,
        )  # fmt: skip
        return clip_id, erasure.pk

    return make


@pytest.fixture
def hold(now, reviewer):
    """Places the hold that a criminal flag brings, as reviews does: under the clip's lock."""

    def place(clip_id, case_id):
        with transaction.atomic():
            Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
            return open_case(
                clip_id, reporter=reviewer, category="violence", danger_now=False, start_ms=None, end_ms=None,
                note=None, now=now, case_id=case_id,
            )  # fmt: skip

    return place


def test_exactly_one_wins_and_the_loser_says_so(flagged, hold, together, now):
    winners = set()
    for _ in range(ROUNDS):
        clip_id, erasure_id = flagged()
        case_id = prepare_case_key()
        held, shredded = together(
            lambda clip_id=clip_id, case_id=case_id: hold(clip_id, case_id),
            lambda erasure_id=erasure_id: pass_point_of_no_return([erasure_id], {}, now=now),
        )
        assert shredded.succeeded
        erasure = Erasure.objects.get(pk=erasure_id)
        standing = Hold.objects.filter(case__exhibits__clip_id=clip_id, ended_at=None).exists()
        if held.succeeded:
            assert (erasure.state, standing) == (ErasureState.WAITING, True)
        else:
            assert isinstance(held.error, TooLate)
            assert (erasure.state, standing) == (ErasureState.SHREDDING, False)
        winners.add(held.succeeded)
    assert winners, "no round ran"


def test_without_the_lock_both_can_win(flagged, hold, together, now, monkeypatch):
    """The control: with the clip's lock taken away, a hold stands on a clip that is being shredded."""
    real = QuerySet.select_for_update
    meeting = threading.Barrier(2)

    def only_other_locks(self, *args, **kwargs):
        return self.all() if self.model is Clip else real(self, *args, **kwargs)

    def meet_after(function):
        """Both have read the clip before either writes: what the lock makes impossible."""

        def met(*args, **kwargs):
            answer = function(*args, **kwargs)
            with suppress(threading.BrokenBarrierError):
                meeting.wait(timeout=50)
            return answer

        return met

    from escalations.actions import cases
    from reviews.actions import point_of_no_return

    monkeypatch.setattr(QuerySet, "select_for_update", only_other_locks)
    monkeypatch.setattr(cases, "lock_clip", meet_after(cases.lock_clip))
    monkeypatch.setattr(point_of_no_return, "held_among", meet_after(point_of_no_return.held_among))
    clip_id, erasure_id = flagged()
    case_id = prepare_case_key()
    held, shredded = together(
        lambda: hold(clip_id, case_id), lambda: pass_point_of_no_return([erasure_id], {}, now=now)
    )
    assert held.succeeded
    assert shredded.succeeded
    assert Erasure.objects.get(pk=erasure_id).state == ErasureState.SHREDDING
    assert Hold.objects.filter(case__exhibits__clip_id=clip_id, ended_at=None).exists()
