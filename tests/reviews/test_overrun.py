"""A shift that is over ends by itself; what lies unheard goes back at once, what was begun may be finished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.findings import Findings
from reviews.actions.reviews import review_clip
from reviews.actions.shifts import end_overrun_shifts, end_shift, start_shift
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease, Shift
from reviews.states import Activation, ClipState, LeaseState, ShiftState
from tests.reviews.conftest import Ingest
from wellbeing.actions.pace import day_of

pytestmark = pytest.mark.django_db


def last_minutes(shift: Shift) -> datetime:
    return shift.ends_at - timedelta(minutes=1)


@pytest.fixture
def late_lease(shift: Shift, reviewer: User, ingest: Ingest) -> Lease:
    """Taken a minute before the end of the shift."""
    ingest(transcript="turn on the light")
    claimed = leases.claim(acting_user=reviewer, now=last_minutes(shift)).lease
    assert claimed is not None
    return claimed


def test_what_lies_unheard_queues_again_and_costs_nothing(late_lease: Lease, shift: Shift) -> None:
    over = shift.ends_at + timedelta(seconds=30)
    assert end_overrun_shifts(now=over) == 1
    late_lease.refresh_from_db()
    shift.refresh_from_db()
    assert (late_lease.state, shift.state, shift.clips_used) == (LeaseState.EXPIRED, ShiftState.ENDED, 0)
    assert Clip.objects.get().state == ClipState.QUEUED


def test_what_was_begun_may_be_finished_for_ten_minutes(late_lease: Lease, shift: Shift, reviewer: User) -> None:
    Lease.objects.filter(pk=late_lease.pk).update(sound_served_at=last_minutes(shift))
    end_overrun_shifts(now=shift.ends_at)
    late_lease.refresh_from_db()
    assert late_lease.state == LeaseState.LIVE
    findings = Findings(Activation.RIGHT, severity=0)
    review_clip(late_lease.pk, findings, acting_user=reviewer, now=shift.ends_at + timedelta(minutes=5))
    assert Clip.objects.get().state == ClipState.REVIEWED


def test_a_heartbeat_keeps_nothing_longer_than_that(late_lease: Lease, shift: Shift, reviewer: User) -> None:
    Lease.objects.filter(pk=late_lease.pk).update(sound_served_at=last_minutes(shift))
    end_overrun_shifts(now=shift.ends_at)
    at = shift.ends_at + timedelta(minutes=5)
    assert leases.extend(late_lease.pk, acting_user=reviewer, now=at).expires_at == shift.ends_at + leases.LEASE_FOR
    with pytest.raises(LeaseOver):
        leases.extend(late_lease.pk, acting_user=reviewer, now=shift.ends_at + leases.LEASE_FOR)


def test_nothing_new_is_served_after_the_end(late_lease: Lease, shift: Shift, reviewer: User, ingest: Ingest) -> None:
    ingest()
    for swept in (False, True):
        assert leases.claim(acting_user=reviewer, now=shift.ends_at).lease is None, swept
        end_overrun_shifts(now=shift.ends_at)


def test_the_end_is_nobodys_act_and_twice_is_once(shift: Shift) -> None:
    assert [end_overrun_shifts(now=shift.ends_at) for _ in range(2)] == [1, 0]
    [entry] = Entry.objects.filter(event="shift.ended")
    assert entry.actor_id is None


def test_the_day_forgets_the_shift_and_keeps_what_was_heard(shift: Shift, reviewer: User, now: datetime) -> None:
    assert day_of(reviewer.pk).shift_began_at == shift.started_at
    end_shift(acting_user=reviewer, now=now + timedelta(minutes=1))
    assert day_of(reviewer.pk).shift_began_at is None


def test_the_page_says_that_it_ended_by_itself(
    shift: Shift, reviewer: User, client_of: Callable[[User], Client]
) -> None:
    begins = timezone.now() - timedelta(hours=9, minutes=1)
    Shift.objects.filter(pk=shift.pk).update(started_at=begins, ends_at=begins + timedelta(hours=9))
    browser = client_of(reviewer)
    assert b"by itself" in browser.get("/shifts/").content
    end_overrun_shifts(now=timezone.now())
    assert b"went back to the queue" in browser.get("/shifts/").content
    assert browser.post("/shifts/start/").status_code == 302
    assert b"went back to the queue" not in browser.get("/shifts/").content


def test_an_end_of_ones_own_is_not_called_that(
    shift: Shift, reviewer: User, client_of: Callable[[User], Client]
) -> None:
    end_shift(acting_user=reviewer, now=timezone.now())
    assert b"by itself" not in client_of(reviewer).get("/shifts/").content


@pytest.mark.parametrize(
    "more",
    [
        {"max_clips": 639},
        {"max_listening_minutes": 346},
        {"max_heavy_minutes": 241},
        {"max_listening_minutes": 200},  # 638 clips need 345
        {"max_listening_minutes": 200, "max_clips": 370, "max_heavy_minutes": 140},
        {"hours": 10},
        {"hours": 5},  # 345 minutes need nine hours
    ],
)
def test_the_database_itself_holds_the_ceilings(shift: Shift, more: dict[str, int]) -> None:
    values: dict[str, object] = dict(more)
    if "hours" in more:
        values = {"ends_at": shift.started_at + timedelta(hours=more["hours"])}
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.filter(pk=shift.pk).update(**values)


def test_ceilings_shrink_with_the_length(reviewer: User, now: datetime) -> None:
    shift = start_shift(acting_user=reviewer, now=now, minutes=270)
    assert (shift.max_clips, shift.max_listening_minutes, shift.max_heavy_minutes) == (318, 172, 119)
