"""Fetch and permission in one. Absent and forbidden are the same: Absent, 404."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from project.accounts.models import User
from project.problems import Absent
from reviews.errors import LeaseOver, NoShift
from reviews.models import Clip, Lease, Shift
from reviews.states import LeaseState, ShiftState


def clip_handed_in(clip_id: UUID) -> Clip:
    """A clip as the ingest side sees it; the caller has checked the scope. Raises Absent."""
    clip = Clip.objects.filter(pk=clip_id).first()
    if clip is None:
        raise Absent
    return clip


def lease_of(person: User, lease_id: UUID) -> Lease:
    """This person's lease, over or not, with its clip. Somebody else's is as absent as none. Raises Absent."""
    lease = Lease.objects.select_related("clip").filter(pk=lease_id, person=person).first()
    if lease is None:
        raise Absent
    return lease


def live_lease_of(person: User, lease_id: UUID, now: datetime) -> Lease:
    """The same while it gives any right. Raises Absent, LeaseOver (409)."""
    lease = lease_of(person, lease_id)
    if not lease.gives_right(now):
        raise LeaseOver.of(lease.state)
    return lease


def live_leases_of(person: User, now: datetime) -> list[Lease]:
    """What is on this person's desk now, oldest first: at most three."""
    rows = Lease.objects.select_related("clip").filter(person=person, state=LeaseState.LIVE, expires_at__gt=now)
    return [lease for lease in rows.order_by("claimed_at") if lease.gives_right(now)]


def live_shift_of(person: User, now: datetime) -> Shift:
    """The shift this person is on, paused or not. Raises NoShift (409)."""
    shift = Shift.objects.filter(~Q(state=ShiftState.ENDED), person=person, ends_at__gt=now).first()
    if shift is None:
        raise NoShift
    return shift
