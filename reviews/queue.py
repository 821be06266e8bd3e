"""The next clip for a person: one statement on the queue's partial indexes, locking one row that nobody waits for.

A lane is a locale, what its listener must hold (a skill, or the right to decide a disagreement) and whether anything
was predicted of its clips. Each lane is one stretch of an index whose order is the queue's order (reviews/turns.py),
so its first clip costs a descent of the index, however many are queued or done. Four indexes hold the same lanes for
people whose pace allows at most severity 0, 1, 2 or everything: nobody walks past what they can't take. Clips with
predictions have lanes of their own, so that an opt-out looks only at those.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from project import ledger
from project.statements import columns, made, planned
from reviews.models import Clip
from reviews.models.clips import GRAVEST
from reviews.turns import HEAVY

# Within one lane a claim looks at this many clips: those that others are claiming at this moment, those the person
# has had before, and those of a category they opted out of. Only when all of them are such does it look at the rest.
WINDOW: Final = 20
_WHOLE_LANE: Final = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may go to a person now. `locales` or `needs` empty means nothing; `opt_out` are categories; severity 0-3."""

    person_id: UUID
    locales: tuple[str, ...]
    max_severity: int
    opt_out: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ("",)


# {fits}: the literal condition of one partial index. Literals, because a bound parameter can't prove it.
_LANE: Final = """
    SELECT id, turn_at, seen_by, predicted_categories FROM reviews_clip
    WHERE {fits} AND locale = lane.locale AND needs = lane.needs AND is_plain = lane.is_plain
    ORDER BY turn_at, id LIMIT {window}
"""
_FOR_ME: Final = """
    NOT seen.seen_by @> ARRAY[%(person)s]::uuid[] AND NOT seen.predicted_categories && %(opt_out)s::varchar[]
"""
# 1. `heads`: the first fitting clip of each lane, without a lock, only to know which lane is to be served first.
# 2. From that lane on, the first fitting clip that nobody else is taking; the limit stops at one, so one row is locked.
# The lock reads the row again: one that was taken since the scan no longer fits and is passed over.
_NEXT: Final = """
WITH heads AS (
    SELECT lane.locale, lane.needs, lane.is_plain, head.turn_at, head.id
    FROM (
        SELECT locale, needs, is_plain
        FROM unnest(%(locales)s::varchar[]) AS l(locale), unnest(%(needs)s::varchar[]) AS n(needs),
             (VALUES (true), (false)) AS p(is_plain)
    ) AS lane
    CROSS JOIN LATERAL (
        SELECT seen.id, seen.turn_at FROM ({lane}) AS seen WHERE {for_me} LIMIT 1
    ) AS head
    ORDER BY head.turn_at, head.id
)
SELECT {clip} FROM (SELECT * FROM heads OFFSET 0) AS lane
CROSS JOIN LATERAL ({lane}) AS seen
CROSS JOIN LATERAL (
    SELECT * FROM reviews_clip WHERE id = seen.id AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED
) AS clip
WHERE {for_me}
LIMIT 1
"""
_ON_OTHER_DESKS: Final = """
SELECT EXISTS (
    SELECT 1 FROM reviews_lease JOIN reviews_clip ON reviews_clip.id = reviews_lease.clip_id
    WHERE reviews_lease.state = 'live' AND reviews_lease.person_id <> %(person)s
      AND reviews_clip.locale = ANY(%(locales)s::varchar[]) AND reviews_clip.needs = ANY(%(needs)s::varchar[])
      AND NOT reviews_clip.seen_by @> ARRAY[%(person)s]::uuid[]
)
"""


# The claim in one statement: the choice above, the quota by compare-and-set, the clip's state, the lease. Parts that
# change rows depend on one another, so that all of them happen or none. An UPDATE that waited for somebody else reads
# the row again: then its version is another one, and nothing is taken.
UNCHANGED: Final = "(%(seen)s::xid IS NULL OR reviews_shift.xmin = %(seen)s::xid)"
_TAKE: Final = """
WITH chosen AS ({next}), counted AS (
    UPDATE reviews_shift SET
        clips_used = clips_used + 1, sound_ms = sound_ms + chosen.duration_ms, takes_heavy = %(takes_heavy)s,
        heavy_ms = heavy_ms + CASE WHEN chosen.predicted_severity >= {heavy} THEN chosen.duration_ms ELSE 0 END,
        last_heavy_at = CASE WHEN chosen.predicted_severity >= {heavy} THEN %(now)s ELSE last_heavy_at END
    FROM chosen
    WHERE reviews_shift.id = %(shift)s AND reviews_shift.state = 'active' AND ends_at > %(now)s
      AND clips_used < max_clips AND {unchanged}
    RETURNING reviews_shift.id
), moved AS (
    UPDATE reviews_clip SET state = 'leased' FROM chosen, counted WHERE reviews_clip.id = chosen.id
    RETURNING reviews_clip.id
), leased AS (
    INSERT INTO reviews_lease (id, clip_id, shift_id, person_id, state, claimed_at, expires_at)
    SELECT %(lease)s, moved.id, counted.id, %(person)s, 'live', %(now)s, %(expires_at)s FROM moved, counted
    RETURNING clip_id
), said AS ({said})
SELECT {clip} FROM chosen AS clip JOIN leased ON leased.clip_id = clip.id
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which lease, on which shift, from when to when (UTC) the next clip is to be taken.

    `takes_heavy`: pace allows this person heavy clips now, so they are one of those over whom these are spread.
    `seen`: the shift's row has to be in this version still; None where the caller holds its lock.
    `entry`: what the ledger is to say (project.ledger), but for the clip, which the statement finds.
    """

    lease_id: UUID
    shift_id: UUID
    now: datetime
    expires_at: datetime
    takes_heavy: bool
    seen: str | None
    entry: Mapping[str, Any]


def fits(max_severity: int) -> str:
    """The literal condition of the partial index for people whose pace allows at most this severity."""
    if max_severity >= GRAVEST:
        return "state = 'queued'"
    return f"state = 'queued' AND open_to_{max(0, int(max_severity))}"


def next_statement(wanted: Wanted, window: int | None = WINDOW) -> tuple[str, dict[str, Any]]:
    """SQL and parameters of the claim's choice; apart so that a test can hold its plan to the index."""
    return _choice(fits(wanted.max_severity), window), _parameters(wanted)


@cache
def _choice(fit: str, window: int | None) -> str:
    """One text for each severity. The window is a literal: a plan for any number would not walk an index in order."""
    lane = _LANE.format(fits=fit, window="ALL" if window is None else window)
    return _short(_NEXT.format(lane=lane, for_me=_FOR_ME, clip=columns(Clip, "clip")))


@cache
def _take_statement(fit: str, window: int | None) -> str:
    said = ledger.within("leased", "clip", "leased.clip_id")
    parts = {"next": _choice(fit, window), "heavy": HEAVY, "clip": columns(Clip, "clip"), "unchanged": UNCHANGED}
    return _short(_TAKE.format(**parts, said=said))


def _short(sql: str) -> str:
    """Without indentation: psycopg keeps what it has parsed of statements up to 4 KiB."""
    return " ".join(sql.split())


def take_next(wanted: Wanted, terms: Terms) -> Clip | None:
    """Lease the next clip to this person and say so in the ledger, all in one statement.

    None when none is free, when the shift's quota or time is over, or when its row has changed since it was seen. Waits
    for nobody's clip: one that somebody else is taking at this moment is passed over. The clip comes as it was chosen,
    its state already changed in the database.
    """
    return _take(wanted, terms, WINDOW) or _take(wanted, terms, _WHOLE_LANE)


def is_all_leased(wanted: Wanted) -> bool:
    """With nothing to serve: are clips of these locales on other people's desks, from where they may come back?"""
    with connection.cursor() as cursor:
        cursor.execute(_ON_OTHER_DESKS, _parameters(wanted))
        row = cursor.fetchone()
    return bool(row and row[0])


def _take(wanted: Wanted, terms: Terms, window: int | None) -> Clip | None:
    sql = _take_statement(fits(wanted.max_severity), window)
    rows = planned(sql, {**_parameters(wanted), **_named(terms)})
    return made(Clip, rows[0]) if rows else None


def _named(terms: Terms) -> dict[str, Any]:
    return {
        "lease": terms.lease_id,
        "shift": terms.shift_id,
        "now": terms.now,
        "expires_at": terms.expires_at,
        "takes_heavy": terms.takes_heavy,
        "seen": terms.seen,
        **terms.entry,
    }


def _parameters(wanted: Wanted) -> dict[str, Any]:
    return {
        "locales": list(wanted.locales),
        "person": wanted.person_id,
        "opt_out": sorted(wanted.opt_out),
        "needs": list(wanted.needs),
    }
