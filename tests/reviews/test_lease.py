"""Keeping, handing back and losing a lease; listening while it lasts."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import soundfile as sf
from rest_framework.test import APIClient

from project import vault
from project.accounts.models import User
from reviews.actions import leases, returns
from reviews.actions.listening import listen
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease, Shift
from reviews.models.clips import AUDIO
from reviews.states import ClipState, LeaseState, Version
from tests.reviews.conftest import Ingest
from wellbeing.models import Heard

pytestmark = pytest.mark.django_db


def url(lease: Lease, verb: str) -> str:
    return f"/api/v1/leases/{lease.pk}/{verb}/"


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


# --- listening


def test_the_softened_sound_comes_first_and_is_flac(api: APIClient, lease: Lease) -> None:
    answer = api.get(url(lease, "audio"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "audio/flac"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    samples, rate = sf.read(io.BytesIO(body(answer)))
    assert rate <= 16_000
    assert len(samples) == 2 * rate


def test_the_original_is_the_original_and_is_on_the_record(
    api: APIClient, lease: Lease, events: Callable[[], list[str]]
) -> None:
    answer = api.get(url(lease, "audio"), {"version": "original"}, HTTP_ACCEPT="audio/*")
    with vault.open_blob(lease.clip_id, AUDIO) as reader:
        assert body(answer) == reader.read()
    assert answer["Content-Type"] == "audio/wav"
    api.get(url(lease, "audio"), {"version": "original"})
    assert events().count("clip.original-heard") == 1


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_a_range_is_served(api: APIClient, lease: Lease, asked: str, start: int, stop: int | None) -> None:
    whole = body(api.get(url(lease, "audio")))
    answer = api.get(url(lease, "audio"), HTTP_RANGE=asked)
    assert answer.status_code == 206
    part = body(answer)
    assert part == whole[start:stop]
    first = start % len(whole)
    assert answer["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"
    assert answer["Content-Length"] == str(len(part))


def test_a_range_outside_is_416_and_odd_ones_are_ignored(api: APIClient, lease: Lease) -> None:
    answer = api.get(url(lease, "audio"), HTTP_RANGE="bytes=99999999-")
    assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
    assert answer["Content-Range"] == f"bytes */{answer.json()['size']}"
    for odd in ("bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=9-3"):
        assert api.get(url(lease, "audio"), HTTP_RANGE=odd).status_code == 200


def test_an_unknown_version_is_400(api: APIClient, lease: Lease) -> None:
    assert api.get(url(lease, "audio"), {"version": "loud"}).status_code == 400
    assert api.get(url(lease, "audio"), {"volume": "11"}).status_code == 400


def test_somebody_elses_lease_is_as_absent_as_none(
    lease: Lease, other_reviewer: User, api_of: Callable[..., APIClient]
) -> None:
    other = api_of(other_reviewer)
    foreign = other.get(url(lease, "audio"))
    absent = other.get("/api/v1/leases/00000000-0000-0000-0000-000000000000/audio/")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json() == absent.json()
    for verb in ("extend", "release", "skip", "review"):
        body = {"activation": "right", "severity": 0} if verb == "review" else {}
        assert other.post(url(lease, verb), body, format="json").status_code == 404
    assert APIClient().get(url(lease, "audio")).status_code == 401


def test_sound_that_was_served_is_exposure(api: APIClient, lease: Lease, reviewer: User) -> None:
    body(api.get(url(lease, "audio")))
    heard = Heard.objects.get(person=reviewer, source_id=lease.pk)
    assert heard.heard_ms == 2000
    lease.refresh_from_db()
    assert lease.sound_served_at is not None


@pytest.mark.parametrize("state", [ClipState.QUARANTINED, ClipState.ERASING])
def test_a_clip_out_of_reach_is_out_of_its_listeners_reach_too(api: APIClient, lease: Lease, state: ClipState) -> None:
    Clip.objects.update(state=state)
    for answer in (
        api.get(url(lease, "audio")),
        api.get(url(lease, "waveform")),
        api.post(url(lease, "extend")),
        api.post(url(lease, "review"), {"activation": "right", "severity": 0}, format="json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "lease-over")


def test_the_waveform_is_a_look_and_no_sound(api: APIClient, lease: Lease) -> None:
    answer = api.get(url(lease, "waveform"))
    assert answer.json()["duration_ms"] == 2000
    assert len(answer.json()["peaks"]) > 800
    lease.refresh_from_db()
    assert lease.sound_served_at is None


# --- keeping


def test_a_heartbeat_extends_it_and_reports_what_was_heard(reviewer: User, lease: Lease, now: datetime) -> None:
    listen(lease.pk, Version.SOFTENED, None, acting_user=reviewer, now=now)
    later = now + timedelta(minutes=5)
    extended = leases.extend(lease.pk, acting_user=reviewer, now=later, heard_ms=1500)
    assert extended.expires_at == later + leases.LEASE_FOR
    assert Heard.objects.get(source_id=lease.pk).heard_ms == 1500


def test_over_the_api_a_heartbeat_takes_heard_ms_and_nothing_else(api: APIClient, lease: Lease) -> None:
    assert api.post(url(lease, "extend"), {"heard_ms": 10}, format="json").status_code == 200
    assert api.post(url(lease, "extend"), {"heard_ms": -1}, format="json").status_code == 400
    assert api.post(url(lease, "extend"), {"forever": True}, format="json").status_code == 400


def test_a_lease_that_ran_out_gives_no_right_even_before_the_sweep(reviewer: User, lease: Lease, now: datetime) -> None:
    late = now + leases.LEASE_FOR
    with pytest.raises(LeaseOver):
        listen(lease.pk, Version.SOFTENED, None, acting_user=reviewer, now=late)
    with pytest.raises(LeaseOver):
        leases.extend(lease.pk, acting_user=reviewer, now=late)


def test_no_lease_is_for_ever(reviewer: User, lease: Lease, now: datetime) -> None:
    at = now
    while at + timedelta(minutes=5) - now < leases.LONGEST_LEASE:
        at += timedelta(minutes=5)
        extended = leases.extend(lease.pk, acting_user=reviewer, now=at)
    assert extended.expires_at == now + leases.LONGEST_LEASE
    with pytest.raises(LeaseOver):
        leases.extend(lease.pk, acting_user=reviewer, now=now + leases.LONGEST_LEASE)


def test_the_sweep_returns_the_clip_and_nobody_was_asked_twice(
    reviewer: User, lease: Lease, now: datetime, shift: Shift
) -> None:
    assert returns.return_expired(now=now) == 0
    assert returns.return_expired(now=now + leases.LEASE_FOR) == 1
    assert returns.return_expired(now=now + leases.LEASE_FOR) == 0
    assert Clip.objects.get().state == ClipState.QUEUED
    shift.refresh_from_db()
    assert shift.clips_used == 0
    assert timedelta(minutes=9) <= leases.LEASE_FOR <= timedelta(minutes=10)


# --- handing back


def test_released_unheard_the_quota_and_the_place_come_back(api: APIClient, lease: Lease, shift: Shift) -> None:
    place = Clip.objects.get().queued_at
    answer = api.post(url(lease, "release"))
    assert (answer.status_code, answer.json()["state"]) == (200, "released")
    clip = Clip.objects.get()
    assert (clip.state, clip.queued_at, clip.seen_by) == (ClipState.QUEUED, place, [])
    shift.refresh_from_db()
    assert shift.clips_used == 0


def test_released_after_sound_neither_comes_back(api: APIClient, lease: Lease, shift: Shift, reviewer: User) -> None:
    body(api.get(url(lease, "audio")))
    api.post(url(lease, "release"))
    clip = Clip.objects.get()
    assert clip.seen_by == [reviewer.pk]
    assert clip.queued_at > clip.ingested_at
    shift.refresh_from_db()
    assert shift.clips_used == 1


def test_twice_is_refused_and_changes_nothing(api: APIClient, lease: Lease, shift: Shift) -> None:
    api.post(url(lease, "release"))
    for verb in ("release", "skip", "extend"):
        answer = api.post(url(lease, verb))
        assert (answer.status_code, answer.json()["code"]) == (409, "lease-over")
    shift.refresh_from_db()
    assert shift.clips_used == 0


def test_skipping_is_free_and_final(api: APIClient, lease: Lease, shift: Shift, reviewer: User) -> None:
    assert api.post(url(lease, "skip")).json()["state"] == "skipped"
    assert Clip.objects.get().seen_by == [reviewer.pk]
    shift.refresh_from_db()
    assert shift.clips_used == 0


def test_a_recall_by_the_supervisor_ends_it(
    supervisor: User, other_supervisor: User, lease: Lease, now: datetime
) -> None:
    from project.problems import Absent
    from reviews.actions.queues import recall_lease

    with pytest.raises(Absent):
        recall_lease(lease.pk, acting_user=other_supervisor, now=now)
    recall_lease(lease.pk, acting_user=supervisor, now=now)
    lease.refresh_from_db()
    assert lease.state == LeaseState.RECALLED
    assert Clip.objects.get().state == ClipState.QUEUED


def test_two_leases_never_stand_on_one_clip(ingest: Ingest, lease: Lease, other_shift: Shift, now: datetime) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.create(
            clip=lease.clip,
            shift=other_shift,
            person=other_shift.person,
            claimed_at=now,
            expires_at=now + timedelta(minutes=1),
        )
