"""Fifty clients at once on one shift: not one clip too many, never a fourth on the desk, no clip twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.db.models import F
from django.utils import timezone

from project.accounts.models import User
from reviews import locks, queue
from reviews.actions import leases
from reviews.actions.findings import Findings
from reviews.actions.reviews import review_clip
from reviews.models import Clip, Lease, Review, Shift
from reviews.states import Activation, LeaseState
from tests.races.conftest import Outcome
from tests.reviews.queue_rows import many_clips

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, QUOTA = 50, 20

Together = Callable[..., list[Outcome]]


@pytest.fixture
def shift(reviewer: User) -> Shift:
    now = timezone.now()
    return Shift.objects.create(person=reviewer, started_at=now, ends_at=now + timedelta(hours=8), max_clips=QUOTA)


@pytest.fixture
def most_live() -> Iterator[Callable[[], int]]:
    """Watches the desk from a connection of its own; calling it ends the watch and answers the most it saw."""
    seen, over = [0], Event()

    def watch() -> None:
        while not over.is_set():
            seen[0] = max(seen[0], Lease.objects.filter(state=LeaseState.LIVE).count())
        connections.close_all()

    watcher = Thread(target=watch)
    watcher.start()

    def ended() -> int:
        over.set()
        watcher.join()
        return seen[0]

    yield ended
    ended()


def work(reviewer: User) -> int:
    """Claim and submit until nothing comes any more; a full desk is tried again."""
    done = 0
    while True:
        claimed = as_request(lambda: leases.claim(acting_user=reviewer, now=timezone.now()))
        if claimed.lease is not None:
            as_request(partial(submit, claimed.lease.pk, reviewer))
            done += 1
        elif claimed.waiting is not leases.Waiting.DESK_FULL:
            return done


def submit(lease_id: UUID, reviewer: User) -> None:
    review_clip(lease_id, Findings(Activation.RIGHT, severity=0), acting_user=reviewer, now=timezone.now())


def as_request(act: Callable[[], Any]) -> Any:
    """Give the connection back to the pool afterwards, as the end of a request does: the pool is smaller than 50."""
    try:
        return act()
    finally:
        connections.close_all()


def test_a_quota_of_twenty_makes_twenty_reviews_of_twenty_clips(
    reviewer: User, shift: Shift, together: Together, most_live: Callable[[], int]
) -> None:
    many_clips(QUOTA * 3)
    results = together(*[lambda: work(reviewer)] * CLIENTS)
    assert not [result.error for result in results if result.error]
    assert sum(result.result for result in results) == QUOTA
    assert Review.objects.count() == QUOTA
    assert Review.objects.values("clip").distinct().count() == QUOTA
    assert most_live() <= leases.MOST_LIVE
    shift.refresh_from_db()
    assert shift.clips_used == QUOTA
    assert Clip.objects.filter(state="reviewed").count() == QUOTA


def claim_once(reviewer: User) -> bool:
    return as_request(lambda: leases.claim(acting_user=reviewer, now=timezone.now()).lease is not None)


def test_fifty_claims_at_once_put_three_on_the_desk(reviewer: User, shift: Shift, together: Together) -> None:
    many_clips(CLIENTS * 2)
    results = together(*[lambda: claim_once(reviewer)] * CLIENTS)
    assert sum(bool(result.result) for result in results) == leases.MOST_LIVE
    assert Lease.objects.filter(state=LeaseState.LIVE).count() == leases.MOST_LIVE


@pytest.fixture
def whatever_changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Claims that do not ask whether the shift is as it was when they looked at it."""
    monkeypatch.setattr(queue, "UNCHANGED", "(%(seen)s::xid IS NULL OR true)")
    queue._take_statement.cache_clear()
    yield
    queue._take_statement.cache_clear()


def test_without_asking_whether_the_shift_changed_more_than_three_get_there(
    reviewer: User, shift: Shift, together: Together, whatever_changed: None
) -> None:
    """If this fails, the two tests above prove nothing of claims that take no lock."""
    many_clips(CLIENTS * 10)
    assert any(_overfull(reviewer, shift, together) for _ in range(20))


def test_without_the_shifts_lock_more_than_three_get_there(
    reviewer: User, shift: Shift, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the two tests above prove nothing of claims that met somebody and then waited."""
    monkeypatch.setattr(locks, "LOCK", "")
    monkeypatch.setattr(leases, "_at_once", lambda *_: None)
    many_clips(CLIENTS * 10)
    assert any(_overfull(reviewer, shift, together) for _ in range(20))


def _overfull(reviewer: User, shift: Shift, together: Together) -> bool:
    together(*[lambda: claim_once(reviewer)] * CLIENTS)
    live = Lease.objects.filter(state=LeaseState.LIVE).count()
    now = timezone.now()
    Lease.objects.filter(state=LeaseState.LIVE).update(state=LeaseState.EXPIRED, ended_at=now)
    Shift.objects.filter(pk=shift.pk).update(clips_used=F("clips_used") * 0)
    return live > leases.MOST_LIVE


def test_two_people_never_get_the_same_clip(
    reviewer: User, other_reviewer: User, shift: Shift, together: Together
) -> None:
    """Ten clips, two people who claim at once, over and over: each clip goes to one of them."""
    now = timezone.now()
    Shift.objects.create(person=other_reviewer, started_at=now, ends_at=now + timedelta(hours=8), max_clips=QUOTA)
    many_clips(10)
    results = together(*[lambda: work(reviewer), lambda: work(other_reviewer)] * 5)
    assert not [result.error for result in results if result.error]
    assert Review.objects.count() == Review.objects.values("clip").distinct().count() == 10
