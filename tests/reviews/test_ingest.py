"""POST clips/: decoded whole, sealed, once per reference; refused with a reason, and nothing half-written."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.response import Response
from rest_framework.test import APIClient

from project import vault
from project.accounts.models import User
from project.vault.blobs import FileStore
from project.vault.models import DataKey
from reviews.actions import clips
from reviews.models import Clip
from reviews.models.clips import AUDIO, PEAKS, SOFTENED
from reviews.states import ClipState
from tests.reviews.conftest import Ingest
from tests.sound.recordings import WRITTEN_AS, broken, recording

pytestmark = pytest.mark.django_db
WAV = recording("wav")
Post = Callable[..., Response]


@pytest.fixture
def api(ingest_service: User, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(ingest_service, scope="ingest")


@pytest.fixture
def post(api: APIClient) -> Post:
    def send(audio: bytes = WAV, name: str = "clip.wav", **fields: Any) -> Response:
        body = {"audio": SimpleUploadedFile(name, audio), "external_ref": "ref-1", **fields}
        return api.post("/api/v1/clips/", body, format="multipart")

    return send


@pytest.mark.parametrize("audio_format", WRITTEN_AS)
def test_it_takes_every_format_whatever_its_name(post: Post, audio_format: str) -> None:
    audio = recording(audio_format)
    answer = post(audio, name="holiday.jpg")
    assert answer.status_code == 201
    assert answer.json()["sha256"] == hashlib.sha256(audio).hexdigest()
    assert answer.json()["state"] == "queued"
    assert {"id", "duration_ms", "sample_rate", "channels"} <= answer.json().keys()
    assert Clip.objects.get().audio_format == audio_format


def test_it_takes_all_that_the_source_says(post: Post) -> None:
    answer = post(
        subject_ref="subject 7",
        device="G0X-1",
        locale="EN-us",
        recorded_at="2026-11-01T10:00:00Z",
        trigger="wake_word",
        transcript="  call mum ",
        predicted_severity=2,
        predicted_categories=["payment_card", "phone"],
        priority=9,
    )
    assert answer.status_code == 201
    clip = Clip.objects.get()
    assert (clip.locale, clip.trigger, clip.priority, clip.predicted_severity) == ("en-US", "wake_word", 9, 2)
    assert clip.predicted_categories == ["payment_card", "phone"]
    assert vault.open_text(clip.pk, "clip.sealed_transcript", clip.sealed_transcript) == "  call mum "
    source = json.loads(vault.open_text(clip.pk, "clip.sealed_source", clip.sealed_source))
    assert source == {"external_ref": "ref-1", "subject_ref": "subject 7", "device": "G0X-1"}


def test_what_is_stored_opens_to_the_original_and_is_nowhere_in_the_clear(post: Post) -> None:
    post(transcript="open sesame")
    clip = Clip.objects.get()
    assert vault.parts(clip.pk) == sorted([AUDIO, SOFTENED, PEAKS])
    with vault.open_blob(clip.pk, AUDIO) as reader:
        assert reader.read() == WAV
    with vault.open_blob(clip.pk, PEAKS) as reader:
        assert json.loads(reader.read())["duration_ms"] == 1000
    stored = b"".join(path.read_bytes() for path in Path(settings.DATA_DIR).rglob("vault/**/*") if path.is_file())
    assert stored
    assert WAV[1000:1032] not in stored


def test_it_refuses_get_of_the_list(api: APIClient) -> None:
    assert api.get("/api/v1/clips/").status_code == 405


def test_nobody_and_the_wrong_scope_are_refused(
    feed_service: User, reviewer: User, api_of: Callable[..., APIClient]
) -> None:
    body = {"audio": SimpleUploadedFile("a.wav", WAV), "external_ref": "x"}
    assert APIClient().post("/api/v1/clips/", body, format="multipart").status_code == 401
    for client in (api_of(feed_service, scope="feed"), api_of(reviewer)):
        assert client.post("/api/v1/clips/", body, format="multipart").status_code == 404
    assert not Clip.objects.exists()


def test_the_same_bytes_again_answer_with_the_same_clip(post: Post) -> None:
    first, second = post(), post()
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Clip.objects.count() == 1


def test_other_bytes_under_the_same_reference_are_409(post: Post) -> None:
    post()
    answer = post(recording("flac"))
    assert (answer.status_code, answer.json()["code"]) == (409, "external-ref-taken")


def test_an_erased_one_is_410(post: Post) -> None:
    post()
    Clip.objects.update(
        state=ClipState.ERASED, sha256=None, sealed_source=None, sealed_transcript=None, subject_ref_hmac=None
    )
    assert post().status_code == 410


def nothing_is_left() -> bool:
    kept = [path for path in Path(settings.VAULT_URL).rglob("*") if path.is_file()]
    return not Clip.objects.exists() and not DataKey.objects.filter(kind="clip").exists() and not kept


@pytest.fixture
def empty_store() -> None:
    """Blobs of other tests, whose rows were rolled back, are not what these look for."""
    for path in Path(settings.VAULT_URL).rglob("*"):
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("name", broken())
def test_what_cannot_be_decoded_whole_is_422_and_leaves_nothing(post: Post, empty_store: None, name: str) -> None:
    audio, fault = broken()[name]
    answer = post(audio)
    assert answer.status_code == 422, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["fault"]) == ("unsupported-audio", fault)
    assert nothing_is_left()


def test_too_long_is_422(post: Post, settings: Any) -> None:
    settings.MAX_AUDIO_MS = 900
    assert post().json()["fault"] == "too-long"


def test_too_large_is_413_before_it_is_read(api: APIClient, settings: Any) -> None:
    settings.MAX_AUDIO_BYTES = 1024 * 1024
    body = {"audio": SimpleUploadedFile("a.wav", bytes(2 * 1024 * 1024)), "external_ref": "x"}
    answer = api.post("/api/v1/clips/", body, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_too_large_is_413_while_it_is_read_too(api: APIClient, settings: Any) -> None:
    """Within the slack that the envelope has, so only counting finds it."""
    settings.MAX_AUDIO_BYTES = 100_000
    body = {"audio": SimpleUploadedFile("a.wav", bytes(150_000)), "external_ref": "x"}
    assert api.post("/api/v1/clips/", body, format="multipart").status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"external_ref": ""},
        {"external_ref": "x" * 201},
        {"locale": "not a locale"},
        {"predicted_severity": 4},
        {"predicted_categories": ["gossip"]},
        {"priority": 10},
        {"trigger": "clap"},
        {"recorded_at": "yesterday"},
        {"transcript": "x" * 20_001},
        {"transcript": "nul \0"},
        {"colour": "green"},
        {"state": "reviewed"},
    ],
)
def test_wrong_and_unknown_fields_are_400(post: Post, fields: dict[str, Any]) -> None:
    answer = post(**fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert set(answer.json()["errors"]) == set(fields)
    assert not Clip.objects.exists()


def test_without_audio_it_is_400_and_json_is_415(api: APIClient) -> None:
    assert api.post("/api/v1/clips/", {"external_ref": "x"}, format="multipart").status_code == 400
    assert api.post("/api/v1/clips/", {"external_ref": "x"}, format="json").status_code == 415


def test_a_store_that_fails_leaves_nothing(ingest: Ingest, empty_store: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FileStore._put

    def full(store: FileStore, object_id: Any, part: str, chunks: Any) -> Any:
        if part == PEAKS:
            raise OSError(28, "No space left on device")
        return real(store, object_id, part, chunks)

    monkeypatch.setattr(FileStore, "_put", full)
    with pytest.raises(vault.StoreFault):
        ingest()
    assert nothing_is_left()


def test_two_at_the_same_moment_get_the_same_clip(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looks before the first has committed: the unique reference decides, the loser takes its bytes back."""
    first = ingest(WAV, external_ref="same")
    real, looked = clips.known_clip, []

    def too_early(ref: str, sha256: str) -> Clip | None:
        looked.append(ref)
        return None if len(looked) == 1 else real(ref, sha256)

    monkeypatch.setattr(clips, "known_clip", too_early)
    assert ingest(WAV, external_ref="same").pk == first.pk
    assert Clip.objects.count() == DataKey.objects.filter(kind="clip").count() == 1


def test_one_clip_is_read_back_by_the_ingest_side_alone(
    api: APIClient, ingest: Ingest, feed_service: User, api_of: Callable[..., APIClient], now: datetime
) -> None:
    clip = ingest()
    answer = api.get(f"/api/v1/clips/{clip.pk}/")
    assert answer.json()["id"] == str(clip.pk)
    assert "transcript" not in answer.json()
    absent = api.get("/api/v1/clips/00000000-0000-0000-0000-000000000000/")
    refused = api_of(feed_service, scope="feed").get(f"/api/v1/clips/{clip.pk}/")
    assert absent.status_code == refused.status_code == 404
    assert absent.json() == refused.json()
