"""Many clips at once, by one SQL statement, for tests that count what a claim costs."""

from typing import Any

from django.db import connection

_MANY = """
INSERT INTO reviews_clip (
    id, state, locale, duration_ms, sample_rate, channels, audio_format, byte_size, external_ref_hmac, trigger,
    predicted_severity, predicted_categories, priority, ingested_at, queued_at, reviews_wanted, reviews_done,
    seen_by, is_in_feed
)
SELECT gen_random_uuid(), %(state)s, %(locale)s, 5000, 16000, 1, 'wav', 160000,
       sha256((%(tag)s || n)::bytea), 'wake_word', %(severity)s, %(categories)s::varchar[], n %% 3,
       now() - n * interval '1 second', now() - n * interval '1 second', 1, 0, %(seen_by)s::uuid[], false
FROM generate_series(1, %(count)s) AS n
"""


def many_clips(count: int, **said: Any) -> None:
    """`count` rows, all alike but for age and priority (0-2); no keys, no blobs."""
    values = {"state": "queued", "locale": "en-US", "severity": 1, "categories": [], "seen_by": [], **said}
    tag = "/".join(str(value) for value in values.values())
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {**values, "tag": tag, "count": count})


def without_statistics() -> None:
    """As stale as statistics get: the planner knows nothing of what is in the table."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'reviews_clip'::regclass")
