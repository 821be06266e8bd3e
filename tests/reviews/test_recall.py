"""A supervisor takes a clip back from a desk: it goes to somebody else, and who had it is told kindly."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.actions import leases
from reviews.models import Clip, Lease, Shift
from reviews.states import ClipState, LeaseState
from tests.reviews.conftest import Ingest

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(supervisor: User, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(supervisor)


def url(lease: Lease, verb: str = "recall") -> str:
    return f"/api/v1/leases/{lease.pk}/{verb}/"


def test_it_ends_the_lease_and_the_clip_goes_to_somebody_else(
    boss: APIClient, lease: Lease, shift: Shift, other_shift: Shift, reviewer: User, other_reviewer: User, now: datetime
) -> None:
    place = Clip.objects.get().queued_at
    assert boss.post(url(lease)).json()["state"] == "recalled"
    clip = Clip.objects.get()
    assert (clip.state, clip.queued_at) == (ClipState.QUEUED, place)
    assert leases.claim(acting_user=reviewer, now=now).lease is None
    again = leases.claim(acting_user=other_reviewer, now=now).lease
    assert again is not None
    assert again.clip_id == clip.pk


def test_unheard_the_quota_comes_back_and_so_does_what_came_to_the_desk(
    boss: APIClient, lease: Lease, shift: Shift
) -> None:
    boss.post(url(lease))
    shift.refresh_from_db()
    assert (shift.clips_used, shift.sound_ms, shift.heavy_ms) == (0, 0, 0)


def test_heard_it_stays_used_because_the_quota_protects(
    boss: APIClient, api: APIClient, lease: Lease, shift: Shift
) -> None:
    api.get(url(lease, "audio"))
    boss.post(url(lease))
    shift.refresh_from_db()
    assert shift.clips_used == 1


def test_who_had_it_is_told_kindly_on_their_page_and_by_a_notice(
    boss: APIClient, api: APIClient, lease: Lease, reviewer: User, supervisor: User, client_of: Callable[[User], Client]
) -> None:
    boss.post(url(lease))
    for answer in (
        api.post(url(lease, "extend"), {}, format="json"),
        api.post(url(lease, "release"), {}, format="json"),
        api.get(url(lease, "audio")),
        api.post(url(lease, "review"), {"activation": "right", "severity": 0}, format="json"),
    ):
        assert answer.status_code == 409
        body = answer.json()
        assert (body["code"], body["ended"]) == ("lease-over", "recalled")
        assert "says nothing about you" in body["detail"]
    assert Notice.objects.get(user=reviewer).code == "clip-recalled"
    page = client_of(reviewer).get("/notices/").content.decode()
    assert "taken back" in page
    assert supervisor.email not in page


def test_it_is_in_the_ledger(boss: APIClient, lease: Lease, supervisor: User) -> None:
    boss.post(url(lease))
    entry = Entry.objects.get(event="lease.recalled")
    assert entry.actor_id == supervisor.pk


def test_it_is_the_teams_supervisors_alone(
    lease: Lease, reviewer: User, other_supervisor: User, api_of: Callable[..., APIClient], boss: APIClient
) -> None:
    assert APIClient().post(url(lease)).status_code == 401
    assert api_of(reviewer).post(url(lease)).status_code == 404
    assert api_of(other_supervisor).post(url(lease)).status_code == 404
    assert boss.get(url(lease)).status_code == 405
    assert boss.post(url(lease), {"why": "x"}, format="json").status_code == 400
    assert Lease.objects.get().state == LeaseState.LIVE


def test_twice_there_is_nothing_to_take_back(boss: APIClient, lease: Lease) -> None:
    assert boss.post(url(lease)).status_code == 200
    assert boss.post(url(lease)).status_code == 404
    assert Notice.objects.count() == 1


def test_the_queue_is_told_by_api_without_names(
    boss: APIClient, lease: Lease, ingest: Ingest, reviewer: User, now: datetime
) -> None:
    ingest(locale="de-DE", skill="medical", transcript="ganz geheim")
    Clip.objects.filter(locale="de-DE").update(queued_at=now - timedelta(hours=3))
    answer = boss.get("/api/v1/queue/")
    body = answer.json()
    assert (body["queued"], body["leased"]) == (1, 1)
    lanes = {(lane["locale"], lane["skill"]): (lane["queued"], lane["leased"]) for lane in body["lanes"]}
    assert lanes == {("de-DE", "medical"): (1, 0), ("en-US", ""): (0, 1)}
    assert body["oldest_at"] == body["lanes"][0]["oldest_at"]
    assert [one["id"] for one in body["leases"]] == [str(lease.pk)]
    for hidden in (reviewer.email, reviewer.name, str(reviewer.pk), "geheim", "light"):
        assert hidden.encode() not in answer.content


def test_priority_by_api_for_a_lane_and_for_one_clip(
    boss: APIClient, ingest: Ingest, lease: Lease, api: APIClient, events: Callable[[], list[str]]
) -> None:
    plain, special, other = ingest(), ingest(skill="medical"), ingest(locale="de-DE")
    where = "/api/v1/queue/prioritise/"
    assert boss.post(where, {"locale": "en-US", "skill": "medical", "priority": 7}, format="json").json() == {
        "moved": 1
    }
    assert boss.post(where, {"clip": str(other.pk), "priority": 9}, format="json").json() == {"moved": 1}
    found = dict(Clip.objects.values_list("pk", "priority"))
    assert (found[special.pk], found[other.pk], found[plain.pk]) == (7, 9, 0)
    assert boss.post(where, {"clip": str(lease.clip_id), "priority": 1}, format="json").json()["code"] == "not-queued"
    for wrong in (
        {"priority": 1},
        {"locale": "en-US", "priority": 10},
        {"locale": "LĆÉ·C", "priority": 1},
        {"locale": "en-US", "skill": "not one word", "priority": 1},
        {"clip": str(plain.pk), "locale": "en-US", "priority": 1},
    ):
        assert boss.post(where, wrong, format="json").status_code == 400
    assert api.post(where, {"locale": "en-US", "priority": 1}, format="json").status_code == 404
    assert events().count("clip.prioritised") == 2
