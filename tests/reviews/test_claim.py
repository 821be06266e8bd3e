"""Claiming: the next clip that pace, quota and desk allow, or the reason why none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions import leases, returns
from reviews.models import Clip, Lease, Shift
from reviews.states import ClipState, LeaseState
from tests.reviews.conftest import Ingest
from wellbeing.models import WellbeingPreferences

pytestmark = pytest.mark.django_db
CLAIM = "/api/v1/shifts/current/claim/"


def test_it_answers_with_label_and_transcript_and_no_reference(
    api: APIClient, shift: Shift, ingest: Ingest, events: Callable[[], list[str]]
) -> None:
    clip = ingest(
        transcript="turn on the light",
        subject_ref="household 9",
        device="SERIAL-1",
        external_ref="EXT-1",
        predicted_severity=1,
    )
    answer = api.post(CLAIM)
    assert answer.status_code == 201
    lease = answer.json()["lease"]
    assert lease["clip"] == {
        "id": str(clip.pk),
        "locale": "en-US",
        "duration_ms": 2000,
        "predicted_severity": 1,
        "predicted_categories": [],
        "transcript": "turn on the light",
    }
    assert lease["audio_url"] == f"/api/v1/leases/{lease['id']}/audio/"
    assert {"decision", "max_severity", "reason", "until"} <= answer.json()["pace"].keys()
    for secret in (b"household 9", b"SERIAL-1", b"EXT-1"):
        assert secret not in answer.content
    assert Clip.objects.get().state == ClipState.LEASED
    assert Shift.objects.get().clips_used == 1
    assert "lease.claimed" in events()


def test_it_refuses_get_strangers_and_other_roles(
    shift: Shift, api: APIClient, supervisor: User, api_of: Callable[..., APIClient]
) -> None:
    assert api.get(CLAIM).status_code == 405
    assert APIClient().post(CLAIM).status_code == 401
    assert api_of(supervisor).post(CLAIM).status_code == 404


def test_priority_comes_first_then_age(reviewer: User, shift: Shift, ingest: Ingest, now: datetime) -> None:
    old, young, urgent = ingest(), ingest(), ingest(priority=9)
    Clip.objects.filter(pk=old.pk).update(queued_at=now - timedelta(days=1))
    served = [leases.claim(acting_user=reviewer, now=now).lease for _ in range(3)]
    assert [lease.clip_id for lease in served if lease] == [urgent.pk, old.pk, young.pk]


def test_only_own_locales_and_what_has_none(reviewer: User, shift: Shift, ingest: Ingest, now: datetime) -> None:
    ingest(locale="de-DE")
    assert leases.claim(acting_user=reviewer, now=now).waiting == leases.Waiting.EMPTY
    unnamed = ingest(locale="und")
    assert leases.claim(acting_user=reviewer, now=now).lease.clip_id == unnamed.pk  # type: ignore[union-attr]  # there is one


def test_what_somebody_opted_out_of_never_comes(reviewer: User, shift: Shift, ingest: Ingest, now: datetime) -> None:
    WellbeingPreferences.objects.create(person=reviewer, opt_out=["violence"])
    ingest(predicted_categories=["violence", "phone"], priority=9)
    mild = ingest(predicted_categories=["phone"])
    claimed = leases.claim(acting_user=reviewer, now=now)
    assert claimed.lease is not None
    assert claimed.lease.clip_id == mild.pk
    assert leases.claim(acting_user=reviewer, now=now).waiting == leases.Waiting.EMPTY


def test_what_is_heavier_than_the_person_wants_never_comes(
    reviewer: User, shift: Shift, ingest: Ingest, now: datetime
) -> None:
    WellbeingPreferences.objects.create(person=reviewer, heaviest=1)
    ingest(predicted_severity=2)
    unknown = ingest()
    assert leases.claim(acting_user=reviewer, now=now).lease.clip_id == unknown.pk  # type: ignore[union-attr]  # there is one
    assert leases.claim(acting_user=reviewer, now=now).lease is None


def test_three_on_the_desk_and_no_fourth(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    for _ in range(4):
        ingest()
    assert [api.post(CLAIM).status_code for _ in range(4)] == [201, 201, 201, 200]
    assert api.post(CLAIM).json()["waiting"] == "desk-full"
    assert Lease.objects.filter(state=LeaseState.LIVE).count() == 3


def test_the_quota_ends_it_with_the_reason(api: APIClient, reviewer: User, ingest: Ingest) -> None:
    api.post("/api/v1/shifts/", {"max_clips": 1}, format="json")
    ingest()
    ingest()
    assert api.post(CLAIM).status_code == 201
    answer = api.post(CLAIM)
    assert answer.status_code == 200
    assert answer.json()["pace"]["decision"] == "stop"
    assert answer.json()["pace"]["reason"]
    assert "lease" not in answer.json()


def test_nothing_to_do_and_everything_leased_are_two_messages(
    api: APIClient, shift: Shift, other_shift: Shift, other_reviewer: User, ingest: Ingest, now: datetime
) -> None:
    assert api.post(CLAIM).json()["waiting"] == "empty"
    ingest()
    leases.claim(acting_user=other_reviewer, now=now)
    assert api.post(CLAIM).json()["waiting"] == "all-leased"


def test_a_clip_that_somebody_has_skipped_or_heard_goes_to_others_only(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, ingest: Ingest, now: datetime
) -> None:
    clip = ingest()
    first = leases.claim(acting_user=reviewer, now=now).lease
    assert first is not None
    returns.skip(first.pk, acting_user=reviewer, now=now)
    assert leases.claim(acting_user=reviewer, now=now).lease is None
    again = leases.claim(acting_user=other_reviewer, now=now).lease
    assert again is not None
    assert again.clip_id == clip.pk


def test_fields_in_the_body_are_refused(api: APIClient, shift: Shift) -> None:
    assert api.post(CLAIM, {"clip": str(uuid4())}, format="json").status_code == 400


def test_a_claim_costs_three_round_trips_and_one_look_at_a_key(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    """Token; shift, limits, day and desk; the claim with its line in the ledger. No transaction beside the last one."""
    ingest(transcript="so")
    with CaptureQueriesContext(connection) as main, CaptureQueriesContext(connections["keys"]) as keys:
        assert api.post(CLAIM).status_code == 201
    assert len(main) == 3, [query["sql"] for query in main]
    assert len(keys) <= 1


def test_pace_is_told_without_claiming(api: APIClient, shift: Shift) -> None:
    answer = api.get("/api/v1/me/pace/")
    assert answer.json()["decision"] == "go"
    assert answer.json()["max_severity"] == 3
