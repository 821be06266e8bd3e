"""Redaction: the flagged spans are silent, the clip goes on under a new key, and the old one is gone and certified."""

import io
import json

import numpy as np
import pytest
import soundfile as sf
from django.db import transaction

from project import vault
from project.ledger.models import Entry
from project.sound import Limits, silence
from project.sound.silence import is_silent
from reviews.actions import leases, redactions
from reviews.actions.erasure_orders import order_erasure
from reviews.actions.erasures import erase
from reviews.actions.feed import read_feed
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.cursors import START
from reviews.erasure_states import ErasureState, Method, Reason
from reviews.models import Certificate, Clip, Erasure, ErasurePolicy, Review
from reviews.states import Activation, ClipState, FlagKind
from tests.reviews.erasing import key_is_there
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db(transaction=True)
SPAN = (600, 1400)
SAID = "please call my sister on 0171 555 0199 and turn on the light in the hall upstairs"


@pytest.fixture
def policy(db):
    return ErasurePolicy.objects.create(redact_categories=["phone", "address"])


@pytest.fixture
def flag(ingest, shift, reviewer, now):
    """A clip handed in, listened to and flagged; gives back the clip and its erasure."""

    def raise_it(audio=None, *, category="phone", span=SPAN, activation=Activation.RIGHT, transcript=SAID, **more):
        clip = ingest(audio, transcript=SAID, device="device-17")
        lease = leases.claim(acting_user=reviewer, now=now).lease
        flags = [
            Raised(FlagKind.CRITICAL, category, *(span or (None, None)), note="my note 0171 555 0199"),
            *more.get("flags", []),
        ]
        review_clip(
            lease.pk, Findings(activation, 1, transcript=transcript, flags=flags), acting_user=reviewer, now=now
        )
        clip.refresh_from_db()
        return clip, Erasure.objects.get(clip=clip)

    return raise_it


def opened(clip, part="audio"):
    with vault.open_blob(clip.vault_id, part) as reader:
        return reader.read()


def test_policy_has_the_span_silenced_instead_of_the_clip_erased(policy, flag, now):
    clip, erasure = flag()
    assert (erasure.method, erasure.state, clip.state) == (Method.REDACT, ErasureState.ORDERED, ClipState.QUARANTINED)
    before = opened(clip)
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED
    clip.refresh_from_db()
    assert (clip.state, clip.version, clip.vault_id == clip.pk) == (ClipState.REVIEWED, 2, False)
    assert not key_is_there(clip.pk)
    assert vault.parts(clip.pk) == []
    assert vault.tombstones.contains(clip.pk)
    old, _ = sf.read(io.BytesIO(before), always_2d=True)
    new, rate = sf.read(io.BytesIO(opened(clip)), always_2d=True)
    first, last = SPAN[0] * rate // 1000, SPAN[1] * rate // 1000
    fade = 5 * rate // 1000
    assert len(new) == len(old)
    assert not new[first:last].any(), "silent to the sample"
    assert np.array_equal(new[: first - fade], old[: first - fade]), "the rest is as it was, to the sample"
    assert np.array_equal(new[last + fade :], old[last + fade :])
    assert old[first:last].any()


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "opus", "mp3"])
def test_it_stays_in_its_own_format(policy, flag, now, kind):
    clip, erasure = flag(recording(kind, seconds=2))
    erase(erasure.pk, now=now)
    clip.refresh_from_db()
    assert clip.audio_format == kind
    assert is_silent(opened(clip), [SPAN], Limits())
    assert is_silent(opened(clip, "softened"), [(SPAN[0] + 60, SPAN[1] - 60)], Limits())
    peaks = json.loads(opened(clip, "peaks"))["peaks"]
    middle = len(peaks) // 2
    assert not any(peaks[middle - 4 : middle + 4]), "the waveform shows silence too"


def test_what_was_said_there_is_masked_in_every_text(policy, flag, now):
    clip, erasure = flag()
    erase(erasure.pk, now=now)
    clip.refresh_from_db()
    machine = leases.transcript_of(clip)
    review = Review.objects.select_related("clip").get(clip=clip)
    from reviews.actions.findings import open_findings

    corrected = open_findings(review)["transcript"]
    for text in (machine, corrected):
        assert "0171" not in text
        assert "0199" not in text
        assert "[removed]" in text
    assert clip.flags.get().sealed_note is None
    assert json.loads(vault.open_text(clip.vault_id, "clip.sealed_source", clip.sealed_source))["device"] == "device-17"


def test_its_certificate_says_redaction_and_what_was_kept(policy, flag, now):
    clip, erasure = flag()
    erase(erasure.pk, now=now)
    body = json.loads(bytes(Certificate.objects.get(erasure=erasure).canonical_body))
    assert body["sanitisation"]["method"] == "redaction with cryptographic erase"
    assert body["redaction"]["kept_version"] == 2
    assert (body["redaction"]["spans"], body["redaction"]["silenced_ms"]) == (1, 800)
    results = {store["store"]: store["result"] for store in body["verification"]["stores"]}
    assert results["redacted-version"] == "kept"
    assert (results["key-store"], results["blob-store"], results["clip-row"]) == ("removed",) * 3
    assert Entry.objects.filter(event="clip.redacted", subject_id=str(clip.pk)).count() == 1


def test_the_clip_goes_on_into_the_feed_as_a_new_version(policy, flag, feed_service, now):
    clip, erasure = flag()
    erase(erasure.pk, now=now)
    entries = read_feed(START, limit=10, acting_user=feed_service, now=now).entries
    assert [(entry["kind"], entry["clip"]) for entry in entries][-1] == ("annotation", str(clip.pk))
    assert "0171" not in entries[-1]["transcript"]


@pytest.mark.parametrize(
    ("category", "span", "activation"),
    [
        ("payment_card", SPAN, Activation.RIGHT),
        ("phone", None, Activation.RIGHT),
        ("phone", SPAN, Activation.FALSE),
    ],
    ids=["not by policy", "no place said", "should never have been recorded"],
)
def test_else_all_of_it_is_erased(policy, flag, now, category, span, activation):
    clip, erasure = flag(category=category, span=span, activation=activation)
    assert erasure.method == Method.ERASE
    erase(erasure.pk, now=now)
    clip.refresh_from_db()
    assert clip.state == ClipState.ERASED


def test_without_a_policy_everything_is_erased(flag):
    assert flag()[1].method == Method.ERASE


def test_what_can_not_be_silenced_is_erased(policy, flag, now, monkeypatch):
    clip, erasure = flag()
    monkeypatch.setattr(silence, "is_silent", lambda *args: False)
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED
    clip.refresh_from_db()
    erasure.refresh_from_db()
    assert (clip.state, erasure.method) == (ClipState.ERASED, Method.ERASE)
    assert Entry.objects.filter(event="erasure.method-changed", subject_id=str(erasure.pk)).count() == 1


def test_a_store_that_gives_back_something_else_loses_nothing(policy, flag, now, monkeypatch):
    clip, erasure = flag()
    real = redactions._read

    def lies(vault_id, part):
        return real(vault_id, part) if vault_id == erasure.vault_id else b"something else"

    with monkeypatch.context() as patched:
        patched.setattr(redactions, "_read", lies)
        with pytest.raises(vault.StoreFault):
            erase(erasure.pk, now=now)
    clip.refresh_from_db()
    assert (clip.state, clip.version) == (ClipState.QUARANTINED, 1)
    assert key_is_there(clip.vault_id)
    erasure.refresh_from_db()
    assert erase(erasure.pk, now=erasure.next_attempt_at) == ErasureState.CERTIFIED


def test_whoever_wants_all_of_it_gone_gets_it_after_a_redaction_that_could_not_be_stopped(policy, flag, now):
    clip, erasure = flag()
    with transaction.atomic():
        order_erasure(Clip.objects.select_for_update().get(pk=clip.pk), Reason.SUBJECT_REQUEST, actor=None, now=now)
    erasure.refresh_from_db()
    assert erasure.method == Method.ERASE, "before the point of no return the redaction becomes an erasure"

    other, redaction = flag()
    Erasure.objects.filter(pk=redaction.pk).update(
        state=ErasureState.SHREDDING, no_return_at=now, resealed_at=now, resealed_as=other.pk
    )
    with transaction.atomic():
        order_erasure(Clip.objects.select_for_update().get(pk=other.pk), Reason.SUBJECT_REQUEST, actor=None, now=now)
    redaction.refresh_from_db()
    assert (redaction.method, redaction.followed_by) == (Method.REDACT, Reason.SUBJECT_REQUEST)


def test_a_redacted_clip_can_be_erased_later_and_nothing_is_left(policy, flag, now):
    clip, erasure = flag()
    erase(erasure.pk, now=now)
    clip.refresh_from_db()
    kept = clip.vault_id
    with transaction.atomic():
        later = order_erasure(
            Clip.objects.select_for_update().get(pk=clip.pk), Reason.SUBJECT_REQUEST, actor=None, now=now
        )
    assert later.pk != erasure.pk
    assert erase(later.pk, now=now) == ErasureState.CERTIFIED
    assert vault.parts(kept) == []
    assert not key_is_there(kept)
    clip.refresh_from_db()
    assert clip.state == ClipState.ERASED
