"""A browser that crashes keeps a clip from others for ten minutes at most. The clock is moved, the sweep is real."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from project.accounts.models import User
from reviews import tasks
from reviews.actions import leases, returns
from reviews.models import Clip, Lease, Shift
from reviews.states import ClipState, LeaseState

pytestmark = pytest.mark.django_db
TEN_MINUTES = timedelta(minutes=10)


def sweep_until_back(clip_id: object, now: datetime, every: timedelta) -> datetime:
    """Run the sweep as beat does, at the unluckiest moment first; when the clip was queued again."""
    while Clip.objects.get(pk=clip_id).state != ClipState.QUEUED:
        now += every
        returns.return_expired(now=now)
    return now


def how_often() -> timedelta:
    entries = [entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == tasks.return_expired.name]
    assert len(entries) == 1
    every = entries[0]["schedule"]
    return every if isinstance(every, timedelta) else timedelta(seconds=float(every))


@pytest.mark.parametrize("alive", [timedelta(0), timedelta(minutes=3), timedelta(minutes=45)])
def test_the_clip_is_back_ten_minutes_after_the_last_sign_of_life(
    reviewer: User, lease: Lease, now: datetime, alive: timedelta
) -> None:
    """Crashed at once, after a heartbeat, or after three quarters of an hour of them."""
    crashed = now
    while crashed < now + alive:
        crashed = min(crashed + timedelta(minutes=3), now + alive)
        leases.extend(lease.pk, acting_user=reviewer, now=crashed)
    back = sweep_until_back(lease.clip_id, crashed + timedelta(milliseconds=1), how_often())
    assert back - crashed <= TEN_MINUTES
    lease.refresh_from_db()
    assert lease.state == LeaseState.EXPIRED


def test_in_the_meantime_nobody_takes_it_over(
    reviewer: User, other_reviewer: User, lease: Lease, other_shift: Shift, now: datetime
) -> None:
    from project.problems import Absent

    later = now + leases.LEASE_FOR - timedelta(seconds=1)
    assert leases.claim(acting_user=other_reviewer, now=later).waiting == leases.Waiting.ALL_LEASED
    with pytest.raises(Absent):
        leases.extend(lease.pk, acting_user=other_reviewer, now=later)
    with pytest.raises(Absent):
        returns.release(lease.pk, acting_user=other_reviewer, now=later)


@pytest.mark.parametrize("heard", [False, True])
def test_after_a_crash_the_same_person_gets_it_again_only_unheard(
    reviewer: User, other_reviewer: User, lease: Lease, other_shift: Shift, now: datetime, heard: bool
) -> None:
    if heard:
        Lease.objects.filter(pk=lease.pk).update(sound_served_at=now)
    back = sweep_until_back(lease.clip_id, now, how_often())
    mine = leases.claim(acting_user=reviewer, now=back).lease
    assert (mine is None) == heard
    if heard:
        assert leases.claim(acting_user=other_reviewer, now=back).lease is not None


@pytest.mark.parametrize("how", ["reviewed", "skipped", "dismissed", "redacted"])
def test_nobody_gets_again_what_they_had_whatever_brings_it_back(
    reviewer: User, other_reviewer: User, lease: Lease, other_shift: Shift, now: datetime, how: str
) -> None:
    """Even if a case that was dismissed or a redaction put the clip back into the line, it would pass its reporter."""
    from reviews.actions.findings import Findings, Raised
    from reviews.actions.reviews import review_clip
    from reviews.states import Activation, FlagKind

    if how == "skipped":
        returns.skip(lease.pk, acting_user=reviewer, now=now)
    else:
        kind = {"dismissed": (FlagKind.CRIMINAL, "threat"), "redacted": (FlagKind.CRITICAL, "phone")}.get(how)
        flags = [Raised(*kind)] if kind else []
        review_clip(lease.pk, Findings(Activation.RIGHT, 0, flags=flags), acting_user=reviewer, now=now)
    Clip.objects.filter(pk=lease.clip_id).update(state=ClipState.QUEUED, queued_at=now)
    assert leases.claim(acting_user=reviewer, now=now).lease is None
    assert leases.claim(acting_user=other_reviewer, now=now).lease is not None
