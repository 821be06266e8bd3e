"""What a read of the feed costs, counted in buffers: flat in how long its history is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from project.accounts.models import User
from reviews.actions.feed import read_feed
from reviews.cursors import cursor_of
from reviews.models import FeedEntry
from tests.reviews.queue_rows import many_clips

pytestmark = pytest.mark.django_db
HISTORY = 30_000
TABLES = ("reviews_clip", "reviews_review", "reviews_feedentry")
_REVIEWS = """
INSERT INTO reviews_review (id, clip_id, lease_id, person_id, reviewed_at, activation, severity, is_blind, is_offered,
                            is_listed, is_counted, is_decision)
SELECT gen_random_uuid(), id, gen_random_uuid(), %s, reviewed_at, 'right', 0, false, true, true, true, false
FROM (SELECT id, ingested_at AS reviewed_at FROM reviews_clip) AS clip
"""
_ENTRIES = """
INSERT INTO reviews_feedentry (kind, clip_id, review_id, version, listed_at)
SELECT 'annotation', clip_id, id, 1, reviewed_at FROM reviews_review ORDER BY reviewed_at
"""


@pytest.fixture
def history(reviewer: User) -> None:
    """Everything reviewed, listed and read long ago. No row here refers to a lease: nothing that is counted does."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        many_clips(HISTORY, state="reviewed")
        cursor.execute("UPDATE reviews_clip SET is_in_feed = true, reviewed_at = ingested_at")
        cursor.execute(_REVIEWS, [reviewer.pk])
        cursor.execute(_ENTRIES)
        cursor.execute("SET LOCAL session_replication_role = origin")


def analyze() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")


class Explained:
    """Asks, before each statement on the feed's tables, what it will touch."""

    def __init__(self) -> None:
        self.plans: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if any(table in sql for table in TABLES) and "EXPLAIN" not in sql:
            cursor: CursorWrapper = context["cursor"]
            cursor.cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            self.plans.append((sql, cursor.cursor.fetchone()[0][0]["Plan"]))
        return execute(sql, params, many, context)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_a_read_at_the_end_of_a_long_history_touches_a_handful_of_pages(history: None, feed_service: User) -> None:
    analyze()
    last = FeedEntry.objects.order_by("-sequence")[3]
    after = cursor_of(last.sequence, last.kind, last.clip_id)
    read_feed(after, limit=3, acting_user=feed_service, now=timezone.now())  # hint bits of fresh pages
    explained = Explained()
    with connection.execute_wrapper(explained):
        page = read_feed(after, limit=3, acting_user=feed_service, now=timezone.now())
    assert len(page.entries) == 3
    assert len(explained.plans) >= 4  # both lists, the cursor's own entry, the page
    for sql, plan in explained.plans:
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 60, (sql, plan)
        assert not {node["Node Type"] for node in nodes(plan)} & {"Seq Scan"}, (sql, plan)
