"""Letting a counsellor of one's choice read one's check-ins, for a time, and taking it back.

No ledger entry names the person, and giving and taking name nobody: the ledger must be no list of who seeks help.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from project import ledger
from project.accounts.access import Can
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Absent, Invalid
from wellbeing.actions.checkins import KEPT, Answered, answers_of
from wellbeing.actions.revoking import revoke
from wellbeing.models import Reading, Share
from wellbeing.notices import CHECK_INS_SHARED
from wellbeing.private_access import counsellors, shared_with
from wellbeing.rooms_access import fit

LONGEST_DAYS: Final = 90
MOST_READ: Final = 400


@dataclass(frozen=True, slots=True)
class Shared:
    """A leave as its giver sees it: to whom, until when, when it was used (newest first), and whether it stands."""

    id: UUID
    counsellor: str
    given_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    stands: bool
    read_at: tuple[datetime, ...]

    def as_json(self) -> dict[str, Any]:
        names = ("id", "counsellor", "given_at", "ends_at", "revoked_at", "read_at")
        return {name: getattr(self, name) for name in names}


def share_check_ins(counsellor_id: UUID, *, days: int, acting_user: User, now: datetime) -> Share:
    """Let one counsellor read, for 1 to 90 days. Given again to the same one, it ends that much later from now on.

    Raises Invalid.
    """
    counsellor = counsellors().exclude(pk=acting_user.pk).filter(pk=counsellor_id).first()
    if counsellor is None or not 1 <= days <= LONGEST_DAYS:
        raise Invalid("Choose a counsellor, and 1 to 90 days.")
    ends_at = now + timedelta(days=days)
    mine = Share.objects.filter(person=acting_user, counsellor=counsellor, revoked_at=None)
    try:
        with transaction.atomic(durable=True):
            return _prolonged(mine.select_for_update().first(), ends_at, now) or _given(
                Share(person=acting_user, counsellor=counsellor, given_at=now, ends_at=ends_at), now
            )
    except IntegrityError:  # the same click arrived twice
        return mine.get()


def _prolonged(share: Share | None, ends_at: datetime, now: datetime) -> Share | None:
    """The locked one with its new end, if it stands; one that ran out is closed, and is no leave any more."""
    if share is None:
        return None
    if not share.is_open(now):
        revoke(share, now)
        return None
    share.ends_at = ends_at
    share.save(update_fields=["ends_at"])
    return share


def _given(share: Share, now: datetime) -> Share:
    share.save(force_insert=True)
    tell(share.counsellor, CHECK_INS_SHARED, now=now)
    ledger.record(Event.SHARE_GIVEN, actor=None, subject=share, now=now)
    return share


def revoke_share(share_id: UUID, *, acting_user: User, now: datetime) -> None:
    """Take a leave back: a reading that has not begun finds nothing. Twice is once."""
    with transaction.atomic(durable=True):
        share = Share.objects.select_for_update().filter(pk=share_id, person=acting_user, revoked_at=None).first()
        if share is not None:
            revoke(share, now)


def read_shared(share_id: UUID, *, acting_user: User, now: datetime) -> tuple[Share, list[Answered]]:
    """The counsellor's reading: noted for the person, and in the ledger without them. Raises Absent.

    The share is locked, so that of reading and taking back one is first.
    """
    with transaction.atomic(durable=True):
        locked = shared_with(acting_user, now).select_for_update(of=("self",))
        share = locked.filter(pk=share_id).first()
        if share is None:
            raise Absent
        answers = answers_of(share.person_id, now, MOST_READ)
        Reading.objects.create(share=share, at=now)
        ledger.record(Event.SHARE_READ, actor=acting_user, subject=share, now=now)
    return share, answers


def shares_of(person: User, now: datetime | None = None) -> list[Shared]:
    """What one person has given, newest first; with `now` only what stands, or would if its counsellor still were one.

    Its readings come along, the newest first.
    """
    rows = Share.objects.filter(person=person).order_by("-given_at").select_related("counsellor")
    if now is not None:
        rows = rows.filter(revoked_at=None, ends_at__gt=now)
    may_read = set(counsellors().values_list("pk", flat=True))
    return [
        Shared(
            row.pk,
            row.counsellor.display_name,
            row.given_at,
            row.ends_at,
            row.revoked_at,
            row.revoked_at is None and row.counsellor_id in may_read,
            tuple(reading.at for reading in row.readings.all()),
        )
        for row in rows.prefetch_related("readings")
    ]


def end_shares(*, now: datetime) -> int:
    """Close what ran out and what was given to somebody who is no counsellor any more; forget what ended 90 days ago.

    Without this a role that comes back would bring its leave back. Returns how many were closed.
    """
    with transaction.atomic(durable=True):
        over = Q(ends_at__lte=now) | ~fit(Can.MODERATE, "counsellor__")
        rows = Share.objects.filter(over, revoked_at=None).select_for_update(of=("self",), skip_locked=True)
        closed = list(rows.order_by("pk")[:500])
        for share in closed:
            revoke(share, now)
        Share.objects.filter(revoked_at__lte=now - KEPT).delete()
    return len(closed)
