"""How a lease ends without a review: released, skipped, expired, recalled. The clip goes back to the queue.

Locks are taken in the order clip -> lease -> shift.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from project import ledger, notices
from project.accounts.models import User
from project.ledger.events import Event
from reviews.access import lease_of
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease, Shift
from reviews.notices import CLIP_RECALLED
from reviews.states import ClipState, LeaseState
from reviews.turns import HEAVY
from wellbeing.actions.exposure import note_sound

_SWEEP_AT_ONCE: Final = 200


def release(lease_id: UUID, *, acting_user: User, now: datetime, heard_ms: int | None = None) -> Lease:
    """Hand a clip back. Before any sound was served the quota comes back too. Raises Absent, LeaseOver (409)."""
    return _handed_back(lease_id, LeaseState.RELEASED, heard_ms, acting_user=acting_user, now=now)


def skip(lease_id: UUID, *, acting_user: User, now: datetime, heard_ms: int | None = None) -> Lease:
    """Not this one: it counts nowhere against the person, and they never get it again. Raises Absent, LeaseOver."""
    return _handed_back(lease_id, LeaseState.SKIPPED, heard_ms, acting_user=acting_user, now=now)


def _handed_back(lease_id: UUID, state: LeaseState, heard_ms: int | None, *, acting_user: User, now: datetime) -> Lease:
    """With the player's last report, which counts only where sound was served."""
    lease = lease_of(acting_user, lease_id)
    with transaction.atomic(durable=True):
        _give_back(lease, state, actor=acting_user, now=now)
        if heard_ms is not None and lease.sound_served_at is not None:
            note_sound(acting_user.pk, lease.pk, heard_ms=heard_ms, now=now)
    return lease


def recall(lease_id: UUID, *, acting_user: User, now: datetime) -> Lease:
    """A supervisor takes a clip back into the queue; the caller has checked whose it is. Raises LeaseOver.

    It keeps its place in the line and goes to somebody else; who had it is told, kindly. What they had not heard does
    not count in their quota; what they had heard does, because the quota protects them.
    """
    lease = Lease.objects.select_related("clip", "person").get(pk=lease_id)
    with transaction.atomic(durable=True):
        _give_back(lease, LeaseState.RECALLED, actor=acting_user, now=now)
        notices.tell(lease.person, CLIP_RECALLED, now=now)
    return lease


def give_back_all(person: User, *, actor: User | None, now: datetime) -> int:
    """Everything that is on a person's desk, each in its own transaction; `actor` None: the service's own act.

    Returns how many.
    """
    leases = list(Lease.objects.filter(person=person, state=LeaseState.LIVE).select_related("clip"))
    for lease in leases:
        with transaction.atomic(durable=True):
            _give_back_if_live(lease, actor=actor, now=now)
    return len(leases)


def return_expired(*, now: datetime) -> int:
    """The sweep: leases past their time, or of closed accounts, are over and their clips queue again. Returns how many.

    Each in its own transaction, so that a clip that somebody is deciding on at this moment delays no other.
    """
    gone = Q(expires_at__lte=now) | Q(person__is_active=False)
    overdue = Lease.objects.filter(gone, state=LeaseState.LIVE).select_related("clip")
    leases = list(overdue.order_by("expires_at")[:_SWEEP_AT_ONCE])
    for lease in leases:
        with transaction.atomic(durable=True):
            _expire(lease, now=now)
    return len(leases)


def return_unheard(shift_ids: Collection[UUID], *, now: datetime) -> None:
    """Clips on the desks of shifts that are over and that nobody has begun to hear queue again at once."""
    live = Lease.objects.filter(shift__in=shift_ids, state=LeaseState.LIVE, sound_served_at=None)
    for lease in live.select_related("clip"):
        with transaction.atomic(durable=True):
            _expire(lease, now=now)


def _give_back_if_live(lease: Lease, *, actor: User | None, now: datetime) -> None:
    try:
        _give_back(lease, LeaseState.RELEASED, actor=actor, now=now)
    except LeaseOver:
        _expire(lease, now=now)


def _give_back(lease: Lease, state: LeaseState, *, actor: User | None, now: datetime) -> Lease:
    clip = _lock_clip(lease)
    if not _end_lease(lease, state, now=now, still_live_at=now):
        lease.refresh_from_db(fields=["state"])
        raise LeaseOver.of(lease.state)
    if state == LeaseState.RECALLED:
        _requeue_in_place(clip, lease)
    else:
        _requeue(clip, lease, has_had_it=state == LeaseState.SKIPPED or lease.sound_served_at is not None, now=now)
    _uncount_if_unheard(lease, clip)
    event = Event.LEASE_RECALLED if state == LeaseState.RECALLED else Event.LEASE_RELEASED
    ledger.record(event, actor=actor, subject=lease, now=now, clip=clip.pk, state=state)
    return lease


def _expire(lease: Lease, *, now: datetime) -> None:
    clip = _lock_clip(lease)
    if not _end_lease(lease, LeaseState.EXPIRED, now=now, still_live_at=None):
        return
    _requeue(clip, lease, has_had_it=lease.sound_served_at is not None, now=now)
    _uncount_if_unheard(lease, clip)
    ledger.record(Event.LEASE_EXPIRED, actor=None, subject=lease, now=now, clip=clip.pk)


def _lock_clip(lease: Lease) -> Clip:
    return Clip.objects.select_for_update(no_key=True).get(pk=lease.clip_id)


def _end_lease(lease: Lease, state: LeaseState, *, now: datetime, still_live_at: datetime | None) -> bool:
    """Lock, re-read and end the lease in one compare-and-set; `still_live_at` also asks that it has not run out."""
    locked = Lease.objects.select_for_update(no_key=True).filter(pk=lease.pk, state=LeaseState.LIVE).first()
    if locked is None or (still_live_at is not None and locked.expires_at <= still_live_at):
        return False
    lease.sound_served_at = locked.sound_served_at
    lease.state, lease.ended_at = state, now
    lease.save(update_fields=["state", "ended_at"])
    return True


def _uncount_if_unheard(lease: Lease, clip: Clip) -> None:
    """What was not heard counts neither in the quota nor in what came to this desk."""
    if lease.sound_served_at is not None:
        return
    heavy_ms = clip.duration_ms if (clip.predicted_severity or 0) >= HEAVY else 0
    Shift.objects.filter(pk=lease.shift_id, clips_used__gt=0).update(
        clips_used=F("clips_used") - 1,
        sound_ms=Greatest(0, F("sound_ms") - clip.duration_ms),
        heavy_ms=Greatest(0, F("heavy_ms") - heavy_ms),
    )


def _requeue_in_place(clip: Clip, lease: Lease) -> None:
    """A recalled clip is wanted elsewhere: at its old place, and for anybody but the one it was taken from."""
    clip.seen_by = [*clip.seen_by, lease.person_id]
    if clip.state == ClipState.LEASED:
        clip.become(ClipState.QUEUED)
    clip.save(update_fields=["state", "seen_by"])


def _requeue(clip: Clip, lease: Lease, *, has_had_it: bool, now: datetime) -> None:
    """Back into the line: at its old place if nobody heard it, at the end otherwise.

    At the end, because at the head it would be in the way of whoever just handed it back, for as long as they work.
    A clip that was put out of reach meanwhile stays there.
    """
    if has_had_it and lease.person_id not in clip.seen_by:
        clip.seen_by = [*clip.seen_by, lease.person_id]
        clip.queued_at = now
    if clip.state == ClipState.LEASED:
        clip.become(ClipState.QUEUED)
    clip.save(update_fields=["state", "seen_by", "queued_at"])
