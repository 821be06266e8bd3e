"""The annotation feed: what the training side may learn from, and what it must drop again.

A place in the feed is drawn after the commit of the review, by one lister at a time, and committed before the lister's
lock is free: whoever has read up to a number has missed no smaller one, whatever order reviews were committed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from reviews.actions.findings import open_findings
from reviews.actions.leases import transcript_of
from reviews.cursors import Cursor, CursorUnknown, cursor_of
from reviews.models import FeedEntry
from reviews.states import ClipState

LARGEST_PAGE: Final = 200
_LISTED_AT_ONCE: Final = 1000
_LISTERS_LOCK: Final = 0x6561_7273  # "ears"; one of the few advisory locks, held for one statement
# A clip is in the feed while it is reviewed and has a review that is offered. What is locked at this moment (flagged,
# erased, taken back) is passed over and looked at by the next lister: nobody is waited for, so nobody deadlocks.
_NEW_ANNOTATIONS: Final = """
WITH fresh AS (
    SELECT review.id, review.clip_id, review.reviewed_at, clip.state, clip.version
    FROM reviews_review AS review JOIN reviews_clip AS clip ON clip.id = review.clip_id
    WHERE review.is_offered AND NOT review.is_listed AND clip.state IN ('reviewed', 'erasing', 'erased')
    ORDER BY review.reviewed_at, review.id LIMIT %(most)s
    FOR NO KEY UPDATE OF clip SKIP LOCKED
), marked AS (
    UPDATE reviews_review SET is_listed = true FROM fresh WHERE reviews_review.id = fresh.id
), named AS (
    UPDATE reviews_clip SET is_in_feed = true FROM fresh
    WHERE reviews_clip.id = fresh.clip_id AND fresh.state = 'reviewed' AND NOT reviews_clip.is_in_feed
), listed AS (
    INSERT INTO reviews_feedentry (kind, clip_id, review_id, version, listed_at)
    SELECT 'annotation', clip_id, id, version, %(now)s FROM fresh WHERE state = 'reviewed' ORDER BY reviewed_at, id
)
SELECT count(*) FROM fresh
"""
# Only clips that the feed has named are withdrawn from it; the partial index `clip_to_withdraw` holds no others. Their
# reviews wait again: a clip that comes back (nothing was found, or redacted) is listed anew.
_NEW_WITHDRAWALS: Final = """
WITH gone AS (
    SELECT id, state, version FROM reviews_clip WHERE is_in_feed AND state <> 'reviewed'
    ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
), unnamed AS (
    UPDATE reviews_clip SET is_in_feed = false FROM gone WHERE reviews_clip.id = gone.id
), waiting AS (
    UPDATE reviews_review SET is_listed = false FROM gone
    WHERE clip_id = gone.id AND is_offered AND is_listed AND gone.state NOT IN ('erasing', 'erased')
), listed AS (
    INSERT INTO reviews_feedentry (kind, clip_id, version, listed_at)
    SELECT 'withdrawal', id, version, %(now)s FROM gone ORDER BY id
)
SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in feed order as plain data; `cursor` is where the next read goes on."""

    entries: list[dict[str, Any]]
    cursor: Cursor
    has_more: bool


def read_feed(after: Cursor, *, limit: int, acting_user: User, now: datetime) -> Page:
    """The next entries after a cursor, transcripts opened for this read alone. Every read is one ledger entry.

    The entry commits before anything is opened. Raises CursorUnknown (410).
    """
    is_more_waiting = list_new(now=now)
    _check(after)
    limit = min(limit, LARGEST_PAGE)
    found = list(
        FeedEntry.objects.filter(sequence__gt=after.sequence)
        .select_related("clip", "review")
        .order_by("sequence")[: limit + 1]
    )
    page = found[:limit]
    cursor = _cursor_of(page[-1]) if page else after
    facts = {"after": after.sequence, "upto": cursor.sequence, "entries": len(page)}
    with transaction.atomic(durable=True):
        ledger.record(Event.FEED_READ, actor=acting_user, subject=None, now=now, **facts)
    return Page(_shown(page), cursor, len(found) > limit or is_more_waiting)


def list_new(*, now: datetime) -> bool:
    """Give what was reviewed or withdrawn since a place in the feed. True when there may be more than one helping."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LISTERS_LOCK])
        counts = []
        for statement in (_NEW_ANNOTATIONS, _NEW_WITHDRAWALS):
            cursor.execute(statement, {"now": now, "most": _LISTED_AT_ONCE})
            counts.append(cursor.fetchone()[0])
    return max(counts) == _LISTED_AT_ONCE


def list_all_new(*, now: datetime) -> None:
    """For the beat: helping after helping until nothing waits."""
    while list_new(now=now):
        pass


def _check(after: Cursor) -> None:
    """The entry that a cursor names is still that entry. Raises CursorUnknown."""
    if after.sequence == 0:
        return
    entry = FeedEntry.objects.only("kind", "clip_id").filter(sequence=after.sequence).first()
    if entry is None or _cursor_of(entry) != after:
        raise CursorUnknown


def _cursor_of(entry: FeedEntry) -> Cursor:
    return cursor_of(entry.sequence, entry.kind, entry.clip_id)


def _shown(page: Sequence[FeedEntry]) -> list[dict[str, Any]]:
    """What each entry says by now: an annotation that no longer holds reads as the withdrawal of its clip.

    That is so when the clip is not reviewed any more, when a redaction has replaced this version of it, and when
    another review holds instead; what replaced it has an entry of its own further on. All keys in one query.
    """
    holding = [entry for entry in page if _holds(entry)]
    keys = vault.data_keys({entry.clip.vault_id for entry in holding if _needs_key(entry)})
    shown = []
    for entry in page:
        readable = entry in holding and (not _needs_key(entry) or entry.clip.vault_id in keys)
        shown.append(_annotation(entry, keys.get(entry.clip.vault_id)) if readable else _withdrawn(entry))
    return shown


def _holds(entry: FeedEntry) -> bool:
    clip, review = entry.clip, entry.review
    return (
        review is not None and review.is_offered and clip.state == ClipState.REVIEWED and entry.version == clip.version
    )


def _needs_key(entry: FeedEntry) -> bool:
    return entry.clip.sealed_transcript is not None or (
        entry.review is not None and entry.review.sealed_findings is not None
    )


def _withdrawn(entry: FeedEntry) -> dict[str, Any]:
    return {"cursor": str(_cursor_of(entry)), "kind": "withdrawal", "clip": str(entry.clip_id)}


def _annotation(entry: FeedEntry, key: vault.Key | None) -> dict[str, Any]:
    review, clip = entry.review, entry.clip
    if review is None:
        raise ValueError("the database holds that an annotation has its review")
    review.clip = clip
    findings = open_findings(review, key)
    machine = transcript_of(clip, key)
    return {
        "cursor": str(_cursor_of(entry)),
        "kind": "annotation",
        "clip": str(clip.pk),
        "version": clip.version,
        "review": str(review.pk),
        "reviewed_at": review.reviewed_at,
        "locale": clip.locale,
        "duration_ms": clip.duration_ms,
        "trigger": clip.trigger,
        "activation": review.activation,
        "severity": review.severity,
        "labels": findings.get("labels", []),
        "transcript": findings.get("transcript", machine),
        "machine_transcript": machine,
    }
