"""The rows that a claim and a review lock first, as statements that travel with others (project.statements).

Lock order everywhere: clip, lease, shift, case or erasure, the person's day.
"""

from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from project.accounts.models import User
from project.problems import Absent
from project.statements import Statement, columns, made, width
from reviews.models import Clip, Lease, Shift

LOCK: Final = " FOR NO KEY UPDATE"


def shift(person: User) -> Statement:
    """The shift this person is on; one past its end still counts, for pace to say so."""
    return _own_shift() + LOCK, [person.pk]


def places(person: User, now: datetime) -> Statement:
    """How many clips are on the person's desk. A statement of its own, after the one that waits for the shift's lock:
    counted in the locking statement it would see the desk as it was before the wait, and a fourth clip would slip in.
    """
    sql = "SELECT count(*) FROM reviews_lease WHERE person_id = %s AND state = 'live' AND expires_at > %s"
    return sql, [person.pk, now]


def lease(person: User, lease_id: UUID) -> Statement:
    """This person's lease, over or not, with its clip; the clip is locked first, and both are read once they are."""
    return f"{_own_lease()}{LOCK} OF clip, lease", [lease_id, person.pk]


def shift_in(rows: list[Any]) -> Shift | None:
    """From the rows of `shift`."""
    return made(Shift, rows[0]) if rows else None


def lease_in(rows: list[Any]) -> Lease:
    """From the rows of `lease`. Somebody else's is as absent as none. Raises Absent."""
    if not rows:
        raise Absent
    found = made(Lease, rows[0][: width(Lease)])
    found.clip = made(Clip, rows[0][width(Lease) :])
    return found


@cache
def _own_shift() -> str:
    return f"SELECT {columns(Shift, 'shift')} FROM reviews_shift AS shift WHERE person_id = %s AND state <> 'ended'"  # noqa: S608  # our own names


@cache
def _own_lease() -> str:
    return (
        f"SELECT {columns(Lease, 'lease')}, {columns(Clip, 'clip')} FROM reviews_lease AS lease "  # noqa: S608  # the same
        "JOIN reviews_clip AS clip ON clip.id = lease.clip_id WHERE lease.id = %s AND lease.person_id = %s"
    )
