"""What a claim and a review look at before they act: one row, one statement, no lock.

Each row says in which version it was seen (PostgreSQL's xmin). Who acts on it makes the change under the condition that
the versions are still those, in one statement; where they are not, somebody was faster, and the act is done again under
locks (reviews/locks.py). So a look is never the last word, and an act that meets nobody costs two statements.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from project.accounts.models import User
from project.statements import columns, made, planned, width
from reviews.models import Clip, Lease, Shift
from wellbeing import loading
from wellbeing.models import Heard


@dataclass(frozen=True, slots=True)
class Desk:
    """A person's shift, in which version, how many clips are on their desk, and what pace asks of them."""

    shift: Shift | None
    version: str | None
    places_taken: int
    person: loading.Person


@dataclass(frozen=True, slots=True)
class Held:
    """A person's lease with its clip, in which versions clip and day were seen, and what was heard of it."""

    lease: Lease
    clip_version: str
    day_version: str | None
    hearing: loading.Hearing


def desk(person: User, now: datetime) -> Desk:
    [row] = planned(_desk(), {"person": person.pk, "now": now})
    version, places, *rest = row
    shift = made(Shift, rest[: width(Shift)]) if version is not None else None
    return Desk(shift, version, places, loading.Seen.of(rest[width(Shift) :]).person)


def held(person: User, lease_id: UUID) -> Held | None:
    """None for a lease that is not this person's, or is not there."""
    rows = planned(_held(), {"person": person.pk, "lease": lease_id})
    if not rows:
        return None
    version, *rest = rows[0]
    lease = made(Lease, rest[:_LEASE_ENDS])
    lease.clip = made(Clip, rest[_LEASE_ENDS:_CLIP_ENDS])
    heard = rest[_CLIP_ENDS:_HEARD_ENDS]
    seen = loading.Seen.of(rest[_HEARD_ENDS:])
    known = made(Heard, heard) if heard[0] is not None else None
    return Held(lease, version, seen.day_version, loading.Hearing(seen.person, person.pk, lease_id, known))


_LEASE_ENDS: Final = width(Lease)
_CLIP_ENDS: Final = _LEASE_ENDS + width(Clip)
_HEARD_ENDS: Final = _CLIP_ENDS + width(Heard)


@cache
def _desk() -> str:
    return _short(f"""
        SELECT shift.xmin, (
            SELECT count(*) FROM reviews_lease
            WHERE person_id = me.id AND state = 'live' AND expires_at > %(now)s
        ), {columns(Shift, "shift")}, {loading.seen_with()}
        FROM (SELECT %(person)s::uuid AS id) AS me {loading.DAY}
        LEFT JOIN reviews_shift AS shift ON shift.person_id = me.id AND shift.state <> 'ended'
    """)  # noqa: S608  # our own names


@cache
def _held() -> str:
    return _short(f"""
        SELECT clip.xmin, {columns(Lease, "lease")}, {columns(Clip, "clip")}, {columns(Heard, "heard")},
            {loading.seen_with()}
        FROM (SELECT %(person)s::uuid AS id) AS me
        JOIN reviews_lease AS lease ON lease.id = %(lease)s AND lease.person_id = me.id
        JOIN reviews_clip AS clip ON clip.id = lease.clip_id {loading.DAY}
        LEFT JOIN wellbeing_heard AS heard ON heard.person_id = me.id AND heard.source_id = lease.id
    """)  # noqa: S608  # the same


# One row for what is to be written to, locked in the order that everybody locks in, if all of it is as it was seen.
HELD: Final = """
    SELECT FROM reviews_lease AS lease
    JOIN reviews_clip AS clip ON clip.id = lease.clip_id
    JOIN wellbeing_workingday AS day ON day.person_id = lease.person_id
    WHERE lease.id = %s AND lease.state = 'live' AND lease.expires_at > %s AND clip.xmin = %s::xid
      AND day.xmin = %s::xid
    FOR NO KEY UPDATE OF clip, lease, day
"""


def as_seen(seen: Held, now: datetime) -> tuple[str, list[Any]]:
    return HELD, [seen.lease.pk, now, seen.clip_version, seen.day_version]


def _short(sql: str) -> str:
    return " ".join(sql.split())
