"""Many clips at once, by one SQL statement, for tests that count what a claim costs."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

_MANY = """
INSERT INTO reviews_clip (
    id, state, locale, duration_ms, sample_rate, channels, audio_format, byte_size, external_ref_hmac, trigger,
    predicted_severity, predicted_categories, priority, ingested_at, queued_at, reviews_wanted, reviews_done,
    seen_by, is_in_feed, skill
)
SELECT gen_random_uuid(), %(state)s, %(locale)s, 5000, 16000, 1, 'wav', 160000,
       sha256((%(tag)s || n)::bytea), 'wake_word', %(severity)s, %(categories)s::varchar[], n %% 3,
       now() - n * interval '1 second', now() - n * interval '1 second', 1, 0, %(seen_by)s::uuid[], false,
       %(skill)s
FROM generate_series(1, %(count)s) AS n
"""


def many_clips(count: int, **said: Any) -> None:
    """`count` rows, all alike but for age and priority (0-2); no keys, no blobs."""
    values = {"state": "queued", "locale": "en-US", "severity": 1, "categories": [], "seen_by": [], "skill": "", **said}
    tag = "/".join(str(value) for value in values.values())
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {**values, "tag": tag, "count": count})


_MILLION = """
INSERT INTO reviews_clip (
    id, state, locale, duration_ms, sample_rate, channels, audio_format, byte_size, external_ref_hmac, trigger,
    predicted_severity, predicted_categories, priority, ingested_at, queued_at, reviews_wanted, reviews_done,
    seen_by, is_in_feed
)
SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n <= 500000 THEN 'reviewed' ELSE 'queued' END, 'en-US', 5000, 16000, 1,
       'wav', 160000, decode(lpad(to_hex(n), 64, '0'), 'hex'), 'wake_word', n %% 2,
       CASE WHEN n %% 10 = 0 THEN ARRAY['violence'] ELSE '{}' END::varchar[], 0, %(at)s,
       %(at)s + n * interval '1 second', 1, 0, CASE WHEN n <= 500000 THEN ARRAY[%(person)s] ELSE '{}' END::uuid[], false
FROM generate_series(1, 1500000) AS n
"""


def a_million(person_id: UUID) -> None:
    """A million clips queued behind half a million that this person reviewed; an index is made faster than kept up."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SET LOCAL session_replication_role = replica")  # no row refers to another one
        cursor.execute("ALTER TABLE reviews_clip DROP CONSTRAINT reviews_clip_external_ref_hmac_key")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'reviews_clip' AND indexname <> %s",
            ["reviews_clip_pkey"],
        )
        indexes = dict(cursor.fetchall())
        cursor.execute(f"DROP INDEX {', '.join(indexes)}")
        cursor.execute(_MILLION, {"person": person_id, "at": datetime(2026, 1, 1, tzinfo=UTC)})
        for name, made in indexes.items():
            if name.startswith("queue_open_to"):
                cursor.execute(made)


def without_statistics() -> None:
    """As stale as statistics get: the planner knows nothing of what is in the table."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'reviews_clip'::regclass")
