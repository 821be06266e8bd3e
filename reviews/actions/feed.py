"""The annotation feed: what the training side may learn from, and what it must drop again.

A place in the feed is drawn after the commit of the review, by one lister at a time, and committed before the lister's
lock is free: whoever has read up to a number has missed no smaller one, whatever order reviews were committed in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from reviews.actions.findings import open_findings
from reviews.actions.leases import transcript_of
from reviews.models import FeedEntry
from reviews.states import OUT_OF_REACH

LARGEST_PAGE: Final = 200
_LISTED_AT_ONCE: Final = 1000
_LISTERS_LOCK: Final = 0x6561_7273  # "ears"; one of the few advisory locks, held for one statement
_NEW_ANNOTATIONS: Final = """
WITH fresh AS (
    SELECT id, clip_id, reviewed_at FROM reviews_review
    WHERE is_offered AND NOT is_listed ORDER BY reviewed_at, id LIMIT %(most)s
), marked AS (
    UPDATE reviews_review SET is_listed = true FROM fresh WHERE reviews_review.id = fresh.id
), named AS (
    UPDATE reviews_clip SET is_in_feed = true FROM fresh WHERE reviews_clip.id = fresh.clip_id
)
INSERT INTO reviews_feedentry (kind, clip_id, review_id, version, listed_at)
SELECT 'annotation', clip_id, fresh.id, clip.version, %(now)s
FROM fresh JOIN reviews_clip AS clip ON clip.id = clip_id ORDER BY fresh.reviewed_at, fresh.id
"""
# Only clips that the feed has named are withdrawn from it; the partial index `clip_to_withdraw` holds no others.
_NEW_WITHDRAWALS: Final = """
WITH gone AS (
    UPDATE reviews_clip SET is_in_feed = false WHERE id IN (
        SELECT id FROM reviews_clip
        WHERE is_in_feed AND state IN ('quarantined', 'erasing', 'erased') ORDER BY id LIMIT %(most)s
    ) RETURNING id, version
)
INSERT INTO reviews_feedentry (kind, clip_id, version, listed_at)
SELECT 'withdrawal', id, version, %(now)s FROM gone ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in feed order as plain data; `cursor` is where the next read goes on."""

    entries: list[dict[str, Any]]
    cursor: int
    has_more: bool


def read_feed(after: int, *, limit: int, acting_user: User, now: datetime) -> Page:
    """The next entries after a cursor, transcripts opened for this read alone. Every read is one ledger entry."""
    list_new(now=now)
    limit = min(limit, LARGEST_PAGE)
    found = list(
        FeedEntry.objects.filter(sequence__gt=after).select_related("clip", "review").order_by("sequence")[: limit + 1]
    )
    page = found[:limit]
    cursor = page[-1].sequence if page else after
    with transaction.atomic(durable=True):
        ledger.record(
            Event.FEED_READ, actor=acting_user, subject=None, now=now, after=after, upto=cursor, entries=len(page)
        )
    return Page([_shown(entry) for entry in page], cursor, len(found) > limit)


def list_new(*, now: datetime) -> None:
    """Give what was reviewed or withdrawn since a place in the feed."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LISTERS_LOCK])
        cursor.execute(_NEW_ANNOTATIONS, {"now": now, "most": _LISTED_AT_ONCE})
        cursor.execute(_NEW_WITHDRAWALS, {"now": now, "most": _LISTED_AT_ONCE})


def _shown(entry: FeedEntry) -> dict[str, Any]:
    """An annotation whose clip is out of reach by now reads as its withdrawal: nothing of it is given out again.

    So does one of a version that a redaction has replaced; the new version has an entry of its own further on.
    """
    is_over = entry.clip.state in OUT_OF_REACH or entry.version != entry.clip.version
    if entry.kind == FeedEntry.Kind.WITHDRAWAL or is_over:
        return _withdrawn(entry.sequence, entry.clip_id)
    try:
        return _annotation(entry)
    except vault.KeyGone:
        return _withdrawn(entry.sequence, entry.clip_id)


def _withdrawn(sequence: int, clip_id: UUID) -> dict[str, Any]:
    return {"cursor": sequence, "kind": "withdrawal", "clip": str(clip_id)}


def _annotation(entry: FeedEntry) -> dict[str, Any]:
    review, clip = entry.review, entry.clip
    if review is None:
        raise ValueError("the database holds that an annotation has its review")
    needs_key = review.sealed_findings is not None or clip.sealed_transcript is not None
    key = vault.data_key(clip.vault_id) if needs_key else None
    findings = open_findings(review, key)
    machine = transcript_of(clip, key)
    return {
        "cursor": entry.sequence,
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
