"""Between the look and the act somebody may be faster: then the look counts for nothing.

In a test's one transaction a savepoint is what tells the versions of a row apart, hence `atomic` around what is faster.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from project.accounts.models import User
from project.ledger.models import Entry
from reviews import looks
from reviews.actions import leases, shifts
from reviews.actions.findings import Findings
from reviews.actions.listening import note_served
from reviews.actions.reviews import review_clip
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease, Review, Shift
from reviews.states import Activation, ClipState, LeaseState, Version
from tests.reviews.conftest import Ingest
from wellbeing.models import Heard, WorkingDay

pytestmark = pytest.mark.django_db
Meanwhile = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Something happens right after the next look of this name."""

    def arrange(name: str, act: Callable[[], object]) -> None:
        look = getattr(looks, name)

        def and_then(*args: Any) -> Any:
            found = look(*args)
            monkeypatch.setattr(looks, name, look)
            act()
            return found

        monkeypatch.setattr(looks, name, and_then)

    return arrange


def test_a_shift_that_is_paused_meanwhile_gets_no_clip(
    reviewer: User, shift: Shift, ingest: Ingest, meanwhile: Meanwhile, now: datetime
) -> None:
    clip = ingest()
    meanwhile("desk", lambda: shifts.pause_shift(acting_user=reviewer, now=now))
    claimed = leases.claim(acting_user=reviewer, now=now)
    assert (claimed.lease, claimed.pace.code) == (None, "on_break")
    clip.refresh_from_db()
    assert clip.state == ClipState.QUEUED
    assert not Entry.objects.filter(event="lease.claimed").exists()


def test_a_claim_that_was_overtaken_takes_the_next_clip_once(
    reviewer: User, shift: Shift, ingest: Ingest, meanwhile: Meanwhile, now: datetime
) -> None:
    first, second = ingest(), ingest()

    def other_tab() -> None:
        with transaction.atomic():
            leases.claim(acting_user=reviewer, now=now)

    meanwhile("desk", other_tab)
    assert leases.claim(acting_user=reviewer, now=now).lease is not None
    assert {lease.clip_id for lease in Lease.objects.all()} == {first.pk, second.pk}
    assert Shift.objects.get().clips_used == Entry.objects.filter(event="lease.claimed").count() == 2


def submit(lease: Lease, reviewer: User, now: datetime) -> Any:
    return review_clip(lease.pk, Findings(Activation.RIGHT, 2), acting_user=reviewer, now=now)


def test_a_clip_that_is_quarantined_meanwhile_gets_no_review(
    reviewer: User, lease: Lease, meanwhile: Meanwhile, now: datetime
) -> None:
    def quarantine() -> None:
        with transaction.atomic():
            Clip.objects.update(state=ClipState.QUARANTINED)

    meanwhile("held", quarantine)
    with pytest.raises(LeaseOver):
        submit(lease, reviewer, now)
    assert not Review.objects.exists()
    assert Lease.objects.get().state == LeaseState.LIVE
    assert not Entry.objects.filter(event="review.submitted").exists()


def test_a_lease_that_ends_meanwhile_gets_no_review(
    reviewer: User, lease: Lease, meanwhile: Meanwhile, now: datetime
) -> None:
    ended = {"state": LeaseState.EXPIRED, "ended_at": now}
    meanwhile("held", lambda: Lease.objects.update(**ended))
    with pytest.raises(LeaseOver):
        submit(lease, reviewer, now)
    assert not Review.objects.exists()
    assert Clip.objects.get().state == ClipState.LEASED


def test_sound_that_is_served_meanwhile_is_counted_and_settled(
    reviewer: User, lease: Lease, meanwhile: Meanwhile, now: datetime
) -> None:
    WorkingDay.objects.get_or_create(person=reviewer)
    meanwhile("held", lambda: note_served(lease, Version.SOFTENED, 1500, actor=reviewer, now=now))
    submit(lease, reviewer, now)
    heard = Heard.objects.get(source_id=lease.pk)
    assert (heard.heard_ms, heard.severity, heard.settled) == (1500, 2, True)
    assert Review.objects.count() == 1
