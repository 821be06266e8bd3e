"""The next clip, fetched while the present one is on the desk: locked sound, its key, and pace, which wins always."""

import io
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import soundfile as sf
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions import ahead, leases, returns
from reviews.actions.findings import Findings
from reviews.actions.listening import listen
from reviews.actions.reviews import review_clip
from reviews.errors import LeaseOver, PaceForbids
from reviews.locked import NONCE
from reviews.models import Clip, Lease, Shift
from reviews.states import Activation, ClipState, LeaseState, Version
from tests.reviews.conftest import Ingest
from wellbeing.actions.exposure import exposure_of
from wellbeing.models import Heard, WellbeingPreferences

pytestmark = pytest.mark.django_db


def url(lease: Lease, verb: str) -> str:
    return f"/api/v1/leases/{lease.pk}/{verb}/"


def opened(lease: Lease, locked: bytes, key: bytes) -> bytes:
    """As the page does it: nonce, ciphertext and tag, bound to the lease."""
    return AESGCM(key).decrypt(locked[:NONCE], locked[NONCE:], lease.pk.bytes)


@pytest.fixture
def two(ingest: Ingest, shift: Shift, reviewer: User, now: datetime) -> tuple[Lease, Lease]:
    """One clip on the desk, one fetched ahead; both predicted as gravest, which is where it matters."""
    for _ in range(2):
        ingest(transcript="leave me alone", predicted_severity="3")
    found = [leases.claim(acting_user=reviewer, now=now).lease for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


# --- locked sound and its key


def test_what_is_fetched_ahead_opens_with_its_key_and_is_the_softened_sound(api: APIClient, lease: Lease) -> None:
    answer = api.get(url(lease, "ahead"))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer["Content-Type"] == "application/octet-stream"
    key = b64decode(api.post(url(lease, "unlock")).json()["key"])
    sound = opened(lease, answer.content, key)
    assert sound == b"".join(api.get(url(lease, "audio")).streaming_content)  # type: ignore[attr-defined]  # a streamed answer has it
    samples, rate = sf.read(io.BytesIO(sound))
    assert len(samples) == 2 * rate


def test_without_the_key_it_says_nothing(api: APIClient, lease: Lease) -> None:
    locked = api.get(url(lease, "ahead")).content
    assert b"fLaC" not in locked
    with pytest.raises(InvalidTag):
        opened(lease, locked, b"\0" * 32)
    assert locked != api.get(url(lease, "ahead")).content


def test_one_leases_key_opens_no_other(reviewer: User, two: tuple[Lease, Lease], now: datetime) -> None:
    first, second = two
    locked = ahead.fetch_ahead(second.pk, acting_user=reviewer, now=now)
    with pytest.raises(InvalidTag):
        opened(second, locked, ahead.unlock(first.pk, acting_user=reviewer, now=now))


def test_fetching_counts_nowhere_and_unlocking_counts_whole(api: APIClient, lease: Lease, reviewer: User) -> None:
    api.get(url(lease, "ahead"))
    lease.refresh_from_db()
    assert lease.sound_served_at is None
    assert not Heard.objects.exists()
    api.post(url(lease, "unlock"))
    lease.refresh_from_db()
    assert lease.sound_served_at is not None
    assert Heard.objects.get(person=reviewer, source_id=lease.pk).heard_ms == 2000


def test_a_key_without_a_report_stays_counted_whole(reviewer: User, lease: Lease, now: datetime) -> None:
    ahead.unlock(lease.pk, acting_user=reviewer, now=now)
    review_clip(lease.pk, Findings(Activation.RIGHT, 1), acting_user=reviewer, now=now + timedelta(seconds=5))
    assert exposure_of(reviewer.pk, now + timedelta(seconds=5)).hour.seconds == 2


def test_the_report_that_comes_with_the_review_counts(reviewer: User, lease: Lease, now: datetime) -> None:
    ahead.unlock(lease.pk, acting_user=reviewer, now=now)
    later = now + timedelta(seconds=9)
    review_clip(lease.pk, Findings(Activation.RIGHT, 1), acting_user=reviewer, now=later, heard_ms=6000)
    assert exposure_of(reviewer.pk, later).hour.seconds == 6


@pytest.mark.parametrize("verb", ["skip", "release"])
def test_so_does_the_one_with_a_skip_or_a_release(api: APIClient, lease: Lease, verb: str, reviewer: User) -> None:
    api.post(url(lease, "unlock"))
    assert api.post(url(lease, verb), {"heard_ms": 0}, format="json").status_code == 200
    assert Heard.objects.get(source_id=lease.pk).heard_ms == 0


@pytest.mark.parametrize("verb", ["skip", "release"])
def test_a_report_without_any_sound_counts_nowhere(api: APIClient, lease: Lease, verb: str) -> None:
    assert api.post(url(lease, verb), {"heard_ms": 2000}, format="json").status_code == 200
    assert not Heard.objects.exists()


def test_what_was_fetched_ahead_and_not_unlocked_goes_back_with_its_quota(
    reviewer: User, shift: Shift, lease: Lease, now: datetime
) -> None:
    ahead.fetch_ahead(lease.pk, acting_user=reviewer, now=now)
    returns.release(lease.pk, acting_user=reviewer, now=now)
    shift.refresh_from_db()
    assert shift.clips_used == 0
    assert leases.claim(acting_user=reviewer, now=now).lease is not None


def test_a_long_clip_is_not_fetched_ahead(api: APIClient, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "MOST_AHEAD", 100)
    answer = api.get(url(lease, "ahead"))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-long-ahead")


@pytest.mark.parametrize(("verb", "method"), [("ahead", "get"), ("unlock", "post"), ("suggestions", "get")])
def test_a_lease_that_is_over_gives_nothing(api: APIClient, lease: Lease, verb: str, method: str) -> None:
    Clip.objects.update(state=ClipState.QUARANTINED)
    answer = getattr(api, method)(url(lease, verb))
    assert (answer.status_code, answer.json()["code"]) == (409, "lease-over")


@pytest.mark.parametrize(
    ("verb", "method"), [("ahead", "get"), ("unlock", "post"), ("suggestions", "get"), ("look", "post")]
)
def test_somebody_elses_is_as_absent_as_none(
    lease: Lease, other_reviewer: User, api_of: Callable[..., APIClient], verb: str, method: str
) -> None:
    assert getattr(api_of(other_reviewer), method)(url(lease, verb)).status_code == 404
    assert getattr(APIClient(), method)(url(lease, verb)).status_code == 401


def test_other_methods_and_bodies_are_refused(api: APIClient, lease: Lease) -> None:
    assert api.post(url(lease, "ahead")).status_code == 405
    assert api.get(url(lease, "unlock")).status_code == 405
    assert api.post(url(lease, "unlock"), {"version": "original"}, format="json").status_code == 400
    assert api.post(url(lease, "look"), {"x": 1}, format="json").status_code == 400


# --- suggestions


def test_suggestions_say_what_where_and_roughly_when(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    text = "my card is 4111 1111 1111 1111 thanks"
    ingest(transcript=text)
    lease = api.post("/api/v1/shifts/current/claim/").json()["lease"]
    (found,) = api.get(f"/api/v1/leases/{lease['id']}/suggestions/").json()["suggestions"]
    assert (found["category"], text[found["start"] : found["end"]]) == ("payment_card", "4111 1111 1111 1111")
    assert 0 <= found["start_ms"] < found["end_ms"] <= 2000


def test_without_a_transcript_nothing_is_suggested(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    ingest()
    lease = api.post("/api/v1/shifts/current/claim/").json()["lease"]
    assert api.get(f"/api/v1/leases/{lease['id']}/suggestions/").json() == {"suggestions": []}


def test_suggestions_decide_nothing(api: APIClient, lease: Lease, events: Callable[[], list[str]]) -> None:
    before = events()
    api.get(url(lease, "suggestions"))
    lease.clip.refresh_from_db()
    assert (events(), lease.clip.state) == (before, ClipState.LEASED)


# --- pace wins


def test_the_second_gravest_clip_does_not_begin_after_the_first(
    reviewer: User, two: tuple[Lease, Lease], now: datetime
) -> None:
    first, second = two
    listen(first.pk, Version.SOFTENED, None, acting_user=reviewer, now=now)
    with pytest.raises(PaceForbids) as refused:
        listen(second.pk, Version.SOFTENED, None, acting_user=reviewer, now=now)
    assert refused.value.extra["pace"]["decision"] == "cool_down"
    with pytest.raises(PaceForbids):
        ahead.unlock(second.pk, acting_user=reviewer, now=now)
    second.refresh_from_db()
    assert second.sound_served_at is None
    assert Heard.objects.count() == 1


def test_the_clip_that_was_begun_may_be_finished(reviewer: User, two: tuple[Lease, Lease], now: datetime) -> None:
    first, _ = two
    listen(first.pk, Version.SOFTENED, None, acting_user=reviewer, now=now)
    listen(first.pk, Version.ORIGINAL, None, acting_user=reviewer, now=now + timedelta(seconds=5))


def test_the_last_clip_of_the_quota_may_be_heard(
    api: APIClient, reviewer: User, shift: Shift, ingest: Ingest, now: datetime
) -> None:
    Shift.objects.update(max_clips=1)
    ingest()
    lease = leases.claim(acting_user=reviewer, now=now).lease
    assert lease is not None
    ahead.unlock(lease.pk, acting_user=reviewer, now=now)


def test_a_look_says_that_it_may_be_opened(api: APIClient, lease: Lease) -> None:
    answer = api.post(url(lease, "look")).json()
    assert (answer["may_open"], answer["pace"]["decision"]) == (True, "go")
    lease.refresh_from_db()
    assert lease.state == LeaseState.LIVE


def test_after_a_gravest_clip_the_next_one_is_put_back_unheard(
    api: APIClient, reviewer: User, shift: Shift, two: tuple[Lease, Lease], now: datetime
) -> None:
    first, second = two
    api.get(url(second, "ahead"))
    body = {"activation": "right", "severity": 3, "next": str(second.pk)}
    answer = api.post(url(first, "review"), body, format="json")
    assert answer.status_code == 201
    assert answer.json()["next"]["may_open"] is False
    assert answer.json()["next"]["pace"]["decision"] == "cool_down"
    second.refresh_from_db()
    assert second.state == LeaseState.RELEASED
    assert second.clip.state == ClipState.QUEUED
    shift.refresh_from_db()
    assert shift.clips_used == 1


def test_after_a_light_one_the_next_may_be_opened(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    for _ in range(2):
        ingest()
    first, second = (api.post("/api/v1/shifts/current/claim/").json()["lease"]["id"] for _ in range(2))
    body = {"activation": "right", "severity": 0, "next": second}
    answer = api.post(f"/api/v1/leases/{first}/review/", body, format="json").json()
    assert answer["next"]["may_open"] is True


def test_a_category_opted_out_of_meanwhile_is_put_back(
    api: APIClient, reviewer: User, shift: Shift, ingest: Ingest, now: datetime
) -> None:
    ingest(predicted_categories=["child"])
    lease = leases.claim(acting_user=reviewer, now=now).lease
    assert lease is not None
    WellbeingPreferences.objects.update_or_create(person=reviewer, defaults={"opt_out": ["child"]})
    answer = api.post(url(lease, "look")).json()
    assert (answer["may_open"], answer["pace"]["decision"]) == (False, "go")
    with pytest.raises(LeaseOver):
        ahead.unlock(lease.pk, acting_user=reviewer, now=now)


def test_after_the_shifts_end_nothing_new_begins(reviewer: User, shift: Shift, lease: Lease, now: datetime) -> None:
    Shift.objects.update(started_at=now - timedelta(hours=9), ends_at=now)
    with pytest.raises(PaceForbids):
        listen(lease.pk, Version.SOFTENED, None, acting_user=reviewer, now=now + timedelta(seconds=1))


# --- a review that is sent again because its answer was lost


def test_the_second_sending_learns_what_the_first_led_to(api: APIClient, lease: Lease) -> None:
    flags = [{"kind": "critical", "category": "phone"}, {"kind": "criminal", "category": "threat"}]
    body = {"activation": "right", "severity": 1, "flags": flags}
    first = api.post(url(lease, "review"), body, format="json").json()
    second = api.post(url(lease, "review"), body, format="json")
    assert (second.status_code, second.json()["code"]) == (409, "already-reviewed")
    told = {name: second.json()[name] for name in ("clip_state", "erasures", "cases")}
    assert second.json()["review"] == first["id"]
    assert told == {name: first[name] for name in told}
    assert len(told["cases"]) == len(told["erasures"]) == 1
