"""kill -9 of a real worker at each step of a redaction: never without one whole version, never certified too early."""

import io
from datetime import timedelta

import pytest
import soundfile as sf
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from project import vault
from project.ledger.models import Entry
from project.nudge import nudge
from project.sound import Limits
from project.sound.silence import is_silent
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.actions.erasure_sweeps import sweep
from reviews.erasure_states import ErasureState, Method, Reason
from reviews.erasure_tasks import erase
from reviews.models import Certificate, Clip, Erasure, Flag, Lease, Review, Shift
from reviews.states import ClipState
from tests.faults.test_worker_killed_mid_erasure import broker  # noqa: F401  (a fixture)
from tests.faults.workers import REDACTION_PLACES, kill, stands_still, wait_until, worker
from tests.reviews.erasing import key_is_there, sealed_clip
from tests.sound.recordings import recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SPAN = (500, 900)


@pytest.fixture
def redaction(reviewer, now):
    """A real recording whose flagged span is to be silenced."""
    clip = sealed_clip(now, audio=recording("wav", seconds=2), duration_ms=2000, reviews_done=1, reviewed_at=now)
    hours = timedelta(hours=9)
    shift = Shift.objects.create(person=reviewer, started_at=now, ends_at=now + hours, max_clips=100)
    lease = Lease.objects.create(
        clip=clip, shift=shift, person=reviewer, state="reviewed", claimed_at=now, expires_at=now + hours, ended_at=now
    )
    review = Review.objects.create(
        clip=clip, lease=lease, person=reviewer, reviewed_at=now, activation="right", severity=0
    )
    Flag.objects.create(
        clip=clip, review=review, kind="critical", category="phone", start_ms=SPAN[0], end_ms=SPAN[1], raised_at=now
    )
    with transaction.atomic():
        locked = Clip.objects.select_for_update().get(pk=clip.pk)
        [erasure] = order_erasures([locked], Terms(Reason.CRITICAL_DATA, Method.REDACT), actor=reviewer, now=now)
    return erasure


def whole_version_of(clip_id):
    """The audio that the clip's row points at, decoded to its end."""
    clip = Clip.objects.get(pk=clip_id)
    with vault.open_blob(clip.vault_id, "audio") as reader:
        audio = reader.read()
    assert len(sf.read(io.BytesIO(audio))[0])
    return audio


@pytest.mark.parametrize("place", REDACTION_PLACES)
def test_killed_there_the_next_worker_finishes_it_once(place, redaction, broker, tmp_path, now):  # noqa: F811  # the fixture, by its name
    clip_id, old = redaction.clip_id, redaction.vault_id
    with worker(tmp_path, place) as doomed:
        nudge(erase, redaction.pk)
        wait_until(lambda: stands_still(tmp_path), process=doomed)
        kill(doomed)
    assert whole_version_of(clip_id), "at no moment is the clip without a whole version"
    assert not (Certificate.objects.exists() and key_is_there(old)), "no certificate while the old key is there"
    later = timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    assert sweep(clock=lambda: timezone.now() + later).driven == 1
    redaction.refresh_from_db()
    clip = Clip.objects.get(pk=clip_id)
    assert (redaction.state, clip.state, clip.version) == (ErasureState.CERTIFIED, ClipState.REVIEWED, 2)
    assert is_silent(whole_version_of(clip_id), [SPAN], Limits())
    assert not key_is_there(old)
    assert vault.parts(old) == []
    assert Certificate.objects.count() == 1
    for event in ("erasure.certified", "clip.redacted"):
        assert Entry.objects.filter(event=event).count() == 1
    assert Erasure.objects.count() == 1
