"""Claim a clip, keep it, listen to it. Quota, shift end, pace and the desk's three places are checked on what the claim
finds unchanged, or under the shift's lock, so that no number of clients at once can take one clip too many.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.statements import together
from reviews import locks, looks
from reviews.access import live_lease_of
from reviews.actions.agreement import Opened, opinions_for
from reviews.actions.pacing import Standing, standing_with
from reviews.actions.spreading import turn_of
from reviews.errors import LeaseOver
from reviews.models import Clip, Lease, Shift
from reviews.queue import Terms, is_all_leased, take_next
from reviews.states import ClipState, LeaseState
from reviews.turns import HEAVY
from wellbeing import loading
from wellbeing.actions.exposure import note_sound
from wellbeing.pace import Pace

MOST_LIVE: Final = 3
# With the sweep every 20 seconds a clip whose listener's browser crashed is back in the queue within ten minutes.
LEASE_FOR: Final = timedelta(minutes=9, seconds=30)
LONGEST_LEASE: Final = timedelta(hours=2)


class Waiting(StrEnum):
    """Why nothing was served although pace allows it."""

    EMPTY = "empty"
    ALL_LEASED = "all-leased"
    DESK_FULL = "desk-full"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lease with its clip's opened transcript, or None and why: pace, or `waiting`. `opinions`: an adjudicator's."""

    pace: Pace
    lease: Lease | None = None
    transcript: str = ""
    waiting: Waiting | None = None
    opinions: list[Opened] | None = None


def claim(*, acting_user: User, now: datetime) -> Claimed:
    """The next clip that this person's pace allows.

    1. Look at shift, limits, day and desk; ask pace, and whether the desk has a place.
    2. Lease the next clip of the queue, passing over what others are taking, counted against the quota, and said in
       the ledger, all in one statement, which does nothing unless the shift's row is still the one that was looked at:
       every claim writes to it, so claims of one person come one after the other.
    3. When that took nothing, do the same under the shift's lock, and say why where there is nothing.
    4. After the commit, open the machine's transcript: the first rung of the listening ladder.
    """
    found = _at_once(acting_user, now) or _in_turn(acting_user, now)
    if found.lease is None:
        return found
    return replace(found, transcript=transcript_of(found.lease.clip), opinions=opinions_for(found.lease))


def _at_once(person: User, now: datetime) -> Claimed | None:
    """None when no clip could be taken without waiting for anybody."""
    seen = looks.desk(person, now)
    standing = standing_with(seen.person, person, seen.shift, now=now)
    if refused := _refused(seen.shift, standing, seen.places_taken):
        return refused
    lease = seen.shift and _take(standing, seen.shift, person, now, seen.version)
    return Claimed(standing.pace, lease) if lease else None


def _in_turn(person: User, now: datetime) -> Claimed:
    with transaction.atomic(durable=True):
        shift, standing, places_taken = _at_the_desk(person, now)
        if refused := _refused(shift, standing, places_taken):
            return refused
        lease = shift and _take(standing, shift, person, now)
        return Claimed(standing.pace, lease) if lease else _nothing(standing)


def _refused(shift: Shift | None, standing: Standing, places_taken: int) -> Claimed | None:
    if shift is None or not standing.pace.may_go:
        return Claimed(standing.pace)
    return Claimed(standing.pace, waiting=Waiting.DESK_FULL) if places_taken >= MOST_LIVE else None


def extend(lease_id: UUID, *, acting_user: User, now: datetime, heard_ms: int | None = None) -> Lease:
    """The heartbeat of an open page; with the player's running total of what was heard. Raises Absent, LeaseOver."""
    lease = live_lease_of(acting_user, lease_id, now)
    shift_ends_at = Shift.objects.values_list("ends_at", flat=True).get(pk=lease.shift_id)
    until = min(now + LEASE_FOR, lease.claimed_at + LONGEST_LEASE, shift_ends_at + LEASE_FOR)
    with transaction.atomic(durable=True):
        live = Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE, expires_at__gt=now)
        if until <= now or live.update(expires_at=until) != 1:
            raise LeaseOver
        if heard_ms is not None:
            severity = lease.clip.predicted_severity
            note_sound(acting_user.pk, lease.pk, heard_ms=heard_ms, severity=severity, now=now)
    lease.expires_at = until
    return lease


def transcript_of(clip: Clip, key: vault.Key | None = None) -> str:
    """The machine's transcript, opened; empty when none came along."""
    if clip.sealed_transcript is None:
        return ""
    return vault.open_text(clip.vault_id, "clip.sealed_transcript", clip.sealed_transcript, key=key)


def _at_the_desk(person: User, now: datetime) -> tuple[Shift | None, Standing, int]:
    """The person's shift, locked; how they stand, and how many clips are on their desk, as it is once the lock is had.

    One round trip: each statement sees what was committed when its own turn came.
    """
    shifts, *own, places = together(locks.shift(person), *loading.person(person.pk), locks.places(person, now))
    shift = locks.shift_in(shifts)
    return shift, standing_with(loading.Person.of(*own), person, shift, now=now), places[0][0]


def _take(standing: Standing, shift: Shift, person: User, now: datetime, seen: str | None = None) -> Lease | None:
    """While it is somebody else's turn for a heavy clip, a lighter one; without any lighter one, what there is.

    `seen`: the version of the shift's row that was looked at, for who holds no lock.
    """
    wanted = turn_of(standing.wanted, shift, now=now)
    takes_heavy, lease_id = standing.wanted.max_severity >= HEAVY, uuid4()
    entry = ledger.unfinished(
        Event.LEASE_CLAIMED, actor=person, subject=Lease, subject_id=lease_id, fact="clip", now=now
    )
    terms = Terms(lease_id, shift.pk, now, now + LEASE_FOR, takes_heavy, seen, entry)
    clip = take_next(wanted, terms)
    if clip is None and wanted is not standing.wanted:
        clip = take_next(standing.wanted, terms)
    if clip is None:
        return None
    clip.state = ClipState.LEASED
    return Lease(id=lease_id, clip=clip, shift=shift, person=person, claimed_at=now, expires_at=terms.expires_at)


def _nothing(standing: Standing) -> Claimed:
    waiting = Waiting.ALL_LEASED if is_all_leased(standing.wanted) else Waiting.EMPTY
    return Claimed(standing.pace, waiting=waiting)
