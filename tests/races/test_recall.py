"""Recall against submit, and two adjudicators at one clip: one winner each, with the control that shows why."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from project.accounts.access import Role
from project.accounts.models import Team, User
from project.problems import Refusal
from reviews import queue
from reviews.actions import leases, queues, returns
from reviews.actions.findings import Findings
from reviews.actions.reviews import review_clip
from reviews.models import Clip, Lease, Review, Shift
from reviews.states import Activation, ClipState, LeaseState
from tests.cast import make_user
from tests.races.conftest import Outcome
from tests.reviews.queue_rows import many_clips

pytestmark = pytest.mark.django_db(transaction=True)
Together = Callable[..., list[Outcome]]
ROUNDS = 12


def on_shift(person: User) -> User:
    now = timezone.now()
    Shift.objects.create(
        person=person, started_at=now, ends_at=now + timedelta(hours=8), max_clips=500, max_listening_minutes=300,
        max_heavy_minutes=100, locales=person.locales, takes_heavy=True,
    )  # fmt: skip
    return person


def closing(act: Callable[[], Any]) -> Any:
    try:
        return act()
    finally:
        connections.close_all()


def claimed(person: User) -> Lease:
    many_clips(1, tag=uuid4().hex)
    lease = leases.claim(acting_user=person, now=timezone.now()).lease
    assert lease is not None
    return lease


def recall(lease: Lease, boss: User) -> LeaseState:
    return closing(lambda: LeaseState(queues.recall_lease(lease.pk, acting_user=boss, now=timezone.now()).state))


def submit(lease: Lease, person: User) -> UUID:
    findings = Findings(Activation.RIGHT, severity=0)
    return closing(lambda: review_clip(lease.pk, findings, acting_user=person, now=timezone.now()).review_id)


def test_of_a_recall_and_a_submit_one_wins(reviewer: User, supervisor: User, together: Together) -> None:
    on_shift(reviewer)
    winners = set()
    for _ in range(ROUNDS):
        lease = claimed(reviewer)
        used = Shift.objects.get().clips_used
        recalled, submitted = together(
            lambda one=lease: recall(one, supervisor), lambda one=lease: submit(one, reviewer)
        )
        assert recalled.succeeded != submitted.succeeded
        loser = submitted.error if recalled.succeeded else recalled.error
        assert isinstance(loser, Refusal)
        lease.refresh_from_db()
        clip = Clip.objects.get(pk=lease.clip_id)
        if recalled.succeeded:
            assert (lease.state, clip.state) == (LeaseState.RECALLED, ClipState.QUEUED)
            assert not Review.objects.filter(lease=lease).exists()
            assert Shift.objects.get().clips_used == used - 1
            Clip.objects.filter(pk=clip.pk).update(state=ClipState.QUARANTINED)
        else:
            assert (lease.state, clip.state) == (LeaseState.REVIEWED, ClipState.REVIEWED)
            assert Shift.objects.get().clips_used == used
        winners.add(recalled.succeeded)
    assert winners  # which of the two is chance


def test_without_the_locks_both_win(
    reviewer: User, supervisor: User, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the test above proves nothing: a recall that neither locks nor looks again undoes a review."""
    looked, submitted = Event(), Event()

    def no_look(lease: Lease, state: LeaseState, **_: Any) -> bool:
        looked.set()
        assert submitted.wait(timeout=60)
        Lease.objects.filter(pk=lease.pk).update(state=state, ended_at=timezone.now())
        return True

    monkeypatch.setattr(returns, "_end_lease", no_look)
    monkeypatch.setattr(returns, "_lock_clip", lambda lease: Clip.objects.get(pk=lease.clip_id))
    on_shift(reviewer)
    lease = claimed(reviewer)

    def submit_in_between() -> UUID:
        assert looked.wait(timeout=60)
        try:
            return submit(lease, reviewer)
        finally:
            submitted.set()

    recalled, reviewed = together(lambda: recall(lease, supervisor), submit_in_between)
    assert recalled.succeeded
    assert reviewed.succeeded
    assert Lease.objects.get(pk=lease.pk).state == LeaseState.RECALLED, "and the review is undone"


@pytest.fixture
def adjudicators(team: Team) -> list[User]:
    return [
        on_shift(make_user(f"judge{number}", Role.REVIEWER, team=team, skills=["adjudicator"])) for number in range(2)
    ]


def disputed_clip() -> None:
    many_clips(1, tag=uuid4().hex)
    Clip.objects.filter(state=ClipState.QUEUED).update(reviews_wanted=2, reviews_done=2, is_disputed=True)


def take(person: User) -> UUID | None:
    found = closing(lambda: leases.claim(acting_user=person, now=timezone.now()).lease)
    return found.clip_id if found else None


def test_of_two_adjudicators_one_gets_the_clip_and_neither_waits(adjudicators: list[User], together: Together) -> None:
    for _ in range(ROUNDS):
        disputed_clip()
        outcomes = together(*(lambda one=person: take(one) for person in adjudicators))
        assert not [outcome.error for outcome in outcomes if outcome.error]
        assert sum(outcome.result is not None for outcome in outcomes) == 1
        Lease.objects.filter(state=LeaseState.LIVE).update(state=LeaseState.EXPIRED, ended_at=timezone.now())
        Clip.objects.update(state=ClipState.QUARANTINED)


def test_without_the_rows_lock_both_choose_it_and_only_the_constraint_is_left(
    adjudicators: list[User], together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, the test above proves nothing."""
    locked = queue._take_statement

    def unlocked(fit: str, window: int | None) -> str:
        sql = locked(fit, window)
        assert "FOR NO KEY UPDATE SKIP LOCKED" in sql
        return sql.replace("FOR NO KEY UPDATE SKIP LOCKED", "AND pg_sleep(1)::text = ''")

    monkeypatch.setattr(queue, "_take_statement", unlocked)
    for _ in range(ROUNDS):
        disputed_clip()
        outcomes = together(*(lambda one=person: take(one) for person in adjudicators))
        if any(isinstance(outcome.error, IntegrityError) for outcome in outcomes):
            return
        Lease.objects.filter(state=LeaseState.LIVE).update(state=LeaseState.EXPIRED, ended_at=timezone.now())
        Clip.objects.update(state=ClipState.QUARANTINED)
    pytest.fail("both never chose the same clip")
