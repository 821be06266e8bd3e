"""Nothing of a clip is ever at rest in the clear: no database file, WAL, Valkey, blob or log; before or after."""

import io
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from project import vault
from project.accounts.models import Team
from reviews.actions.erasure_sweeps import sweep
from reviews.models import Clip, Erasure, ErasurePolicy
from reviews.states import ClipState
from tests.faults.in_the_clear import where_sound_is, where_words_are

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

TRANSCRIPT = "dial extension for Bartholomew Quizzenbury and charge card four triple seven"
CORRECTED = "dial the extension of Bartholomew Quizzenbury, charge card four seven seven seven"
NOTE = "Quizzenbury reads the whole card out between second one and two"
REFERENCE = "household-9931-kitchen-recorder-clip-18"
SPEAKER = "speaker-zephyrine-4410"
TEXTS = (TRANSCRIPT, CORRECTED, NOTE, REFERENCE, SPEAKER, "Bartholomew", "Quizzenbury")


def noise() -> bytes:
    """Two seconds that occur nowhere else, as a WAV file."""
    wave = np.random.default_rng().uniform(-0.3, 0.3, 32_000).astype(np.float32)
    out = io.BytesIO()
    soundfile.write(out, wave, 16_000, format="WAV", subtype="PCM_16")
    return out.getvalue()


@pytest.fixture
def audio():
    return noise()


@pytest.fixture
def handed_in(api_of, ingest_service, audio):
    form = {
        "audio": SimpleUploadedFile("a.wav", audio), "external_ref": REFERENCE, "subject_ref": SPEAKER,
        "locale": "en-US", "transcript": TRANSCRIPT, "predicted_severity": 1,
    }  # fmt: skip
    answer = api_of(ingest_service, scope="ingest").post("/api/v1/clips/", form, format="multipart")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def flagged(api_of, reviewer):
    """The reviewer hears the clip, corrects its transcript and flags it, through the API."""
    client = api_of(reviewer)
    assert client.post("/api/v1/shifts/", {}, format="json").status_code == 201
    lease = client.post("/api/v1/shifts/current/claim/", {}, format="json").json()["lease"]
    assert lease["clip"]["transcript"] == TRANSCRIPT
    sound = client.get(lease["audio_url"] + ("&" if "?" in lease["audio_url"] else "?") + "version=original")
    heard = b"".join(sound.streaming_content)
    review = {
        "activation": "right", "transcript": CORRECTED, "severity": 1,
        "flags": [{"kind": "critical", "category": "payment_card", "start_ms": 500, "end_ms": 1500, "note": NOTE}],
    }  # fmt: skip
    answer = client.post(f"/api/v1/leases/{lease['id']}/review/", review, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["clip_state"] == ClipState.QUARANTINED
    return heard, answer.json()["erasures"]


def opened(object_id):
    """Every part of what the vault has of it, as it is heard and seen."""
    found = {}
    for part in vault.parts(object_id):
        with vault.open_blob(object_id, part) as reader:
            found[part] = reader.read()
    assert sorted(found) == ["audio", "peaks", "softened"]
    return found


def spelled(peaks: bytes) -> list[str]:
    """Two stretches of the waveform's document."""
    middle = len(peaks) // 2
    return [peaks[middle : middle + 40].decode(), peaks[-60:-20].decode()]


def test_neither_words_nor_sound_are_found_before_or_after_erasure(api_of, handed_in, audio, reviewer, supervisor):
    heard, erasures = flagged(api_of, reviewer)
    assert heard == audio, "the listener hears what was handed in"
    parts = opened(UUID(handed_in))
    words, sounds = [*TEXTS, *spelled(parts["peaks"])], (parts["audio"], parts["softened"])
    assert where_words_are(words) == set()
    assert where_sound_is(*sounds) == set()
    sweep(clock=lambda: timezone.now() + timedelta(seconds=1))
    assert Erasure.objects.get(pk=erasures[0]).state == "certified"
    assert Clip.objects.get(pk=handed_in).state == ClipState.ERASED
    assert where_words_are(words) == set()
    assert where_sound_is(*sounds) == set()


def test_nor_in_s3_nor_after_a_redaction_nor_in_the_logs(bucket, settings, audio, request, api_of, reviewer, caplog):
    """Every version in the bucket is searched; the silenced version, its peaks and masked texts are sealed like any."""
    settings.VAULT_URL = bucket.url
    ErasurePolicy.objects.create(redact_categories=["payment_card"])
    clip_id = request.getfixturevalue("handed_in")
    heard, erasures = flagged(api_of, reviewer)
    assert heard == audio
    sweep(clock=lambda: timezone.now() + timedelta(seconds=1))
    assert Erasure.objects.get(pk=erasures[0]).state == "certified"
    clip = Clip.objects.get(pk=clip_id)
    assert (clip.state, clip.version) == (ClipState.REVIEWED, 2)
    silenced = opened(clip.vault_id)  # it lives on, in S3
    assert silenced["audio"] != audio
    assert where_words_are([*TEXTS, *spelled(silenced["peaks"])]) == set()
    assert where_sound_is(audio, silenced["audio"], silenced["softened"]) == set()
    said = caplog.text
    assert "http.request" in said, "the logs were on"
    assert not any(text in said for text in TEXTS)


def test_the_search_finds_what_lies_in_a_bucket_in_an_old_version(bucket, settings, audio):
    """The control for S3: overwritten, it is still there for whoever has the bucket."""
    settings.VAULT_URL = bucket.url
    for body in (audio[5000:5200], b"overwritten"):
        bucket.client.put_object(Bucket=bucket.name, Key="sealed/leak", Body=body)
    assert where_sound_is(audio) == {"s3 sealed/leak"}


def test_the_search_finds_what_is_in_the_clear(audio, db):
    """The control: what somebody forgot to seal is found, words and sound alike."""
    Team.objects.create(name=f"x {NOTE}"[:100], slug="leak")
    assert any("base" in name or "pg_wal" in name for name in where_words_are([NOTE]))
    from project.vault.blobs import current_store

    leaked = Team.objects.get(slug="leak").pk
    current_store().put(leaked, "audio", [b"odd", audio[5000:5100]])
    assert len(where_sound_is(audio)) == 1
    current_store().delete(leaked, "audio")
