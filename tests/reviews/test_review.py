"""Submitting a review: once, by whoever holds the lease, and all that follows from it in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response
from rest_framework.test import APIClient

from escalations.models import Case, Report
from project.accounts.models import User
from project.vault.models import DataKey
from reviews.actions import flags, leases
from reviews.actions.findings import Findings, open_findings
from reviews.actions.reviews import review_clip
from reviews.errors import LeaseOver
from reviews.models import Clip, Erasure, Flag, Lease, Review, Shift
from reviews.states import Activation, ClipState, LeaseState
from tests.reviews.conftest import Ingest
from wellbeing.models import Heard

pytestmark = pytest.mark.django_db
CARD = {"kind": "critical", "category": "payment_card", "start_ms": 100, "end_ms": 900}
CRIME = {"kind": "criminal", "category": "violence", "start_ms": 0, "end_ms": 2000, "note": "sounds like a fight"}
Submit = Callable[..., Response]


@pytest.fixture
def submit(api: APIClient, lease: Lease) -> Submit:
    def post(**body: Any) -> Response:
        body = {"activation": "right", "severity": 1, **body}
        return api.post(f"/api/v1/leases/{lease.pk}/review/", body, format="json")

    return post


def test_an_ordinary_one_is_kept_and_sealed(
    submit: Submit, lease: Lease, reviewer: User, events: Callable[[], list[str]]
) -> None:
    answer = submit(transcript="turn off the light", labels=["command", "lamp"])
    assert answer.status_code == 201
    review = Review.objects.get()
    assert answer.json() == {"id": str(review.pk), "clip_state": "reviewed", "erasures": [], "cases": []}
    assert open_findings(review) == {"transcript": "turn off the light", "labels": ["command", "lamp"]}
    assert b"light" not in bytes(review.sealed_findings)
    assert "review.submitted" in events()
    clip, lease_now = Clip.objects.get(), Lease.objects.get()
    assert (clip.state, clip.seen_by, lease_now.state) == (ClipState.REVIEWED, [reviewer.pk], LeaseState.REVIEWED)


def test_how_heavy_it_was_counts_for_the_listener(submit: Submit, api: APIClient, lease: Lease) -> None:
    b"".join(api.get(f"/api/v1/leases/{lease.pk}/audio/").streaming_content)
    submit(severity=3)
    heard = Heard.objects.get(source_id=lease.pk)
    assert heard.severity == 3
    assert api.get("/api/v1/me/pace/").json()["decision"] == "cool_down"


def test_without_having_heard_anything_it_counts_too(submit: Submit) -> None:
    assert submit(blind=True, flags=[{"kind": "criminal", "category": "other"}]).status_code == 201
    assert Review.objects.get().is_blind
    assert len(Case.objects.all()) == 1


def test_a_critical_flag_quarantines_and_orders_the_erasure_due_in_an_hour(submit: Submit, reviewer: User) -> None:
    answer = submit(flags=[CARD])
    erasure = Erasure.objects.get()
    assert answer.json()["clip_state"] == "quarantined"
    assert answer.json()["erasures"] == [str(erasure.pk)]
    assert (erasure.reason, erasure.due_at - erasure.ordered_at) == ("critical_data", timedelta(hours=1))
    flag = Flag.objects.get()
    assert (flag.category, flag.start_ms, flag.end_ms) == ("payment_card", 100, 900)


def test_a_criminal_flag_quarantines_and_opens_a_case(submit: Submit, reviewer: User) -> None:
    answer = submit(flags=[CRIME])
    case = Case.objects.get()
    assert answer.json()["clip_state"] == "quarantined"
    assert answer.json()["cases"] == [str(case.pk)]
    assert answer.json()["erasures"] == []
    assert case.holds.count() == 1
    assert Report.objects.get().reporter == reviewer
    assert b"fight" not in bytes(Flag.objects.get().sealed_note)


def test_both_kinds_do_both_and_the_hold_stands_before_the_erasure(submit: Submit) -> None:
    answer = submit(flags=[CARD, CRIME, {**CRIME, "category": "threat"}])
    assert len(answer.json()["erasures"]) == len(answer.json()["cases"]) == 1
    assert Report.objects.count() == 2


def test_danger_now_reaches_the_case(submit: Submit) -> None:
    submit(flags=[{**CRIME, "danger_now": True}])
    assert Case.objects.get().tier == "T0"


def test_a_false_activation_is_erased_within_a_day(submit: Submit) -> None:
    answer = submit(activation="false")
    erasure = Erasure.objects.get()
    assert answer.json()["erasures"] == [str(erasure.pk)]
    assert (erasure.reason, erasure.due_at - erasure.ordered_at) == ("accidental", timedelta(hours=24))
    assert answer.json()["clip_state"] == "quarantined"


def test_a_false_activation_that_may_be_a_crime_is_kept_for_the_case(submit: Submit) -> None:
    assert submit(activation="false", flags=[CRIME]).json()["erasures"] == []


def test_a_quarantined_clip_is_out_of_everyones_reach(
    submit: Submit, api: APIClient, lease: Lease, other_shift: Shift, other_reviewer: User, now: datetime
) -> None:
    submit(flags=[CARD])
    assert api.get(f"/api/v1/leases/{lease.pk}/audio/").status_code == 409
    assert leases.claim(acting_user=other_reviewer, now=now).lease is None


def test_it_refuses_get(api: APIClient, lease: Lease) -> None:
    assert api.get(f"/api/v1/leases/{lease.pk}/review/").status_code == 405


def test_twice_is_refused_with_the_first_ones_id(submit: Submit) -> None:
    first = submit()
    second = submit(flags=[CARD])
    assert (second.status_code, second.json()["code"]) == (409, "already-reviewed")
    assert second.json()["review"] == first.json()["id"]
    assert Review.objects.count() == 1
    assert not Flag.objects.exists()


def test_after_the_lease_ran_out_it_is_refused(reviewer: User, lease: Lease, now: datetime) -> None:
    with pytest.raises(LeaseOver):
        review_clip(lease.pk, Findings(Activation.RIGHT, 0), acting_user=reviewer, now=now + leases.LEASE_FOR)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"activation": "maybe"},
        {"severity": 4},
        {"severity": None},
        {"labels": ["x"] * 21},
        {"transcript": "x" * 20_001},
        {"mood": "fine"},
        {"flags": [{"kind": "critical", "category": "violence"}]},
        {"flags": [{"kind": "criminal", "category": "phone"}]},
        {"flags": [{**CARD, "end_ms": 100}]},
        {"flags": [{**CARD, "end_ms": 2001}]},
        {"flags": [{**CARD, "end_ms": None}]},
        {"flags": [{**CARD, "start_ms": -1}]},
        {"flags": [{**CARD, "note": "x" * 2001}]},
        {"flags": [{**CARD, "colour": "red"}]},
        {"flags": [{**CARD, "danger_now": True}]},
        {"flags": [CARD] * 21},
        {"flags": "all"},
    ],
)
def test_what_cannot_be_is_400_and_nothing_is_written(submit: Submit, body: dict[str, Any]) -> None:
    answer = submit(**body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), answer.json()
    assert not Review.objects.exists()
    assert Lease.objects.get().state == LeaseState.LIVE
    assert not DataKey.objects.filter(kind="case").exists()


def test_if_a_consequence_fails_nothing_is_half_written(
    submit: Submit, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the case cannot be opened")

    monkeypatch.setattr(flags, "open_case", fails)
    with pytest.raises(RuntimeError):
        submit(flags=[CRIME])
    assert not Review.objects.exists()
    assert not Flag.objects.exists()
    assert Clip.objects.get().state == ClipState.LEASED
    assert Lease.objects.get().state == LeaseState.LIVE


def test_a_clip_may_want_two_reviews_by_two_people(
    reviewer: User,
    other_reviewer: User,
    shift: Shift,
    other_shift: Shift,
    ingest: Ingest,
    now: datetime,
) -> None:
    clip = ingest(reviews_wanted=2)
    findings = Findings(Activation.RIGHT, 0)
    first = leases.claim(acting_user=reviewer, now=now).lease
    assert first is not None
    review_clip(first.pk, findings, acting_user=reviewer, now=now)
    clip.refresh_from_db()
    assert clip.state == ClipState.QUEUED
    assert leases.claim(acting_user=reviewer, now=now).lease is None
    second = leases.claim(acting_user=other_reviewer, now=now).lease
    assert second is not None
    assert review_clip(second.pk, findings, acting_user=other_reviewer, now=now).clip_state == "reviewed"


def test_an_ordinary_review_costs_three_round_trips_and_no_key(submit: Submit, api: APIClient, lease: Lease) -> None:
    """Token; clip, lease, day and limits; all that is written, together. No transaction beside the last one."""
    api.get(f"/api/v1/leases/{lease.pk}/audio/")
    with CaptureQueriesContext(connection) as main, CaptureQueriesContext(connections["keys"]) as keys:
        assert submit().status_code == 201
    assert len(main) == 3, [query["sql"] for query in main]
    assert len(keys) == 0
