"""A shift: gentler than the policy or refused, one at a time, over when it is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions.leases import claim
from reviews.actions.shifts import end_overrun_shifts
from reviews.models import Lease, Shift
from reviews.states import ClipState, LeaseState, ShiftState
from tests.reviews.conftest import Ingest
from wellbeing.models import Break

pytestmark = pytest.mark.django_db
CURRENT = "/api/v1/shifts/current/"


def test_without_wishes_it_is_what_the_policy_allows(api: APIClient) -> None:
    answer = api.post("/api/v1/shifts/", {}, format="json")
    assert answer.status_code == 201
    assert answer.json()["max_clips"] == 638
    assert answer.json()["clips_used"] == 0
    shift = Shift.objects.get()
    assert shift.ends_at - shift.started_at == timedelta(hours=9)
    assert api.get(CURRENT).json()["id"] == str(shift.pk)


def test_it_can_be_gentler(api: APIClient) -> None:
    answer = api.post("/api/v1/shifts/", {"max_clips": 20, "minutes": 60}, format="json")
    assert (answer.status_code, answer.json()["max_clips"]) == (201, 20)


@pytest.mark.parametrize(
    "wish",
    [{"max_clips": 639}, {"minutes": 541}, {"max_clips": 0}, {"minutes": 0}, {"max_clips": 1001}, {"max_clips": "x"}],
)
def test_never_harsher(api: APIClient, wish: dict[str, object]) -> None:
    answer = api.post("/api/v1/shifts/", wish, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Shift.objects.exists()


def test_unknown_fields_are_refused(api: APIClient) -> None:
    assert api.post("/api/v1/shifts/", {"max_clip": 3}, format="json").status_code == 400


def test_the_ceiling_shrinks_with_the_length(api: APIClient) -> None:
    assert api.post("/api/v1/shifts/", {"minutes": 270}, format="json").json()["max_clips"] == 318


def test_only_one_at_a_time(api: APIClient, shift: Shift) -> None:
    answer = api.post("/api/v1/shifts/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "shift-running")
    assert Shift.objects.count() == 1


def test_paused_nothing_is_served_and_resumed_it_is(api: APIClient, shift: Shift, ingest: Ingest) -> None:
    ingest()
    assert api.post(CURRENT + "pause/").json()["state"] == "paused"
    assert api.post(CURRENT + "pause/").status_code == 409
    answer = api.post(CURRENT + "claim/")
    assert (answer.status_code, answer.json()["pace"]["decision"]) == (200, "break")
    assert api.post(CURRENT + "resume/").json()["state"] == "active"
    assert api.post(CURRENT + "claim/").status_code == 201


def test_a_pause_is_a_break_of_some_kind_and_in_no_ledger(
    api: APIClient, shift: Shift, reviewer: User, events: Callable[[], list[str]]
) -> None:
    assert api.post(CURRENT + "pause/", {"kind": "nap"}, format="json").status_code == 400
    assert api.post(CURRENT + "pause/", {"kind": "meal"}, format="json").status_code == 200
    assert Break.objects.get(person=reviewer).kind == "meal"
    api.post(CURRENT + "resume/")
    assert Break.objects.get(person=reviewer).ended_at is not None
    assert [event for event in events() if event.startswith("shift.")] == ["shift.started"]


def test_ended_the_desk_goes_back_and_nothing_is_served(api: APIClient, lease: Lease) -> None:
    assert api.post(CURRENT + "end/").json()["state"] == "ended"
    lease.refresh_from_db()
    assert lease.state == LeaseState.RELEASED
    assert lease.clip.__class__.objects.get().state == ClipState.QUEUED
    answer = api.post(CURRENT + "claim/")
    assert (answer.status_code, answer.json()["pace"]["decision"]) == (200, "stop")
    assert api.post(CURRENT + "end/").status_code == 409
    assert api.get(CURRENT).status_code == 404


def test_overrun_it_ends_by_itself(reviewer: User, shift: Shift, now: datetime, ingest: Ingest) -> None:
    ingest()
    late = shift.ends_at + timedelta(seconds=1)
    answer = claim(acting_user=reviewer, now=late)
    assert answer.lease is None
    assert answer.pace.code == "shift_over"
    assert end_overrun_shifts(now=late) == 1
    assert end_overrun_shifts(now=late) == 0
    shift.refresh_from_db()
    assert shift.state == ShiftState.ENDED


def test_strangers_and_other_roles_have_no_shifts(
    supervisor: User, stranger: User, api_of: object, client_of: object
) -> None:
    assert APIClient().post("/api/v1/shifts/", {}, format="json").status_code == 401
    for user in (supervisor, stranger):
        assert api_of(user).post("/api/v1/shifts/", {}, format="json").status_code == 404  # type: ignore[operator]  # a fixture that makes clients


@pytest.mark.parametrize(
    ("column", "value"), [("max_clips", 1001), ("clips_used", 1000), ("clips_used", -1), ("ends_at", None)]
)
def test_the_database_itself_refuses_more(shift: Shift, column: str, value: object) -> None:
    value = shift.started_at if value is None else value
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.filter(pk=shift.pk).update(**{column: value})
