"""How often devices recorded without being asked: counted review by review, kept by day, linked to no recording.

Counted in the background, and at the latest in the transaction that empties a clip, so that the fact outlives it. A
device is one household's: who asks for rates gets figures of devices with at least FEWEST judgements, under a label
that leads to no clip, and nothing below that; after DEVICE_DAYS a device's days are folded into those of its locale
and trigger.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Sum

from reviews.actions.policies import erasure_policy, undo_window
from reviews.models import ActivationCount

BATCH: Final = 2_000
DEVICE_DAYS: Final = 90
FEWEST: Final = 20
LABEL_BYTES: Final = 8
_COUNT: Final = """
WITH fresh AS (
    UPDATE reviews_review SET is_counted = true WHERE id IN (
        SELECT id FROM reviews_review WHERE NOT is_counted AND {which}
        ORDER BY reviewed_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ) RETURNING clip_id, reviewed_at, activation
), added AS (
    INSERT INTO reviews_activationcount AS old (day, device, locale, trigger, judged, "false")
    SELECT (fresh.reviewed_at AT TIME ZONE 'UTC')::date, coalesce(device_hmac, ''::bytea), locale, trigger,
           count(*), count(*) FILTER (WHERE activation = 'false')
    FROM fresh JOIN reviews_clip AS clip ON clip.id = clip_id WHERE activation <> 'unclear'
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (day, device, locale, trigger) DO UPDATE
    SET judged = old.judged + excluded.judged, "false" = old."false" + excluded."false"
)
SELECT count(*) FROM fresh
"""
_FOLD: Final = """
WITH gone AS (
    DELETE FROM reviews_activationcount WHERE device <> ''::bytea AND day < %(before)s
    RETURNING day, locale, trigger, judged, "false"
)
INSERT INTO reviews_activationcount AS old (day, device, locale, trigger, judged, "false")
SELECT day, ''::bytea, locale, trigger, sum(judged), sum("false") FROM gone GROUP BY 1, 3, 4 ORDER BY 1, 3, 4
ON CONFLICT (day, device, locale, trigger) DO UPDATE
SET judged = old.judged + excluded.judged, "false" = old."false" + excluded."false"
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`false` of `judged` recordings should not have been made. `name` is a locale, a trigger or a device's label."""

    name: str
    judged: int
    false: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.false / self.judged

    @property
    def percent(self) -> str:
        return f"{100 * self.share:.1f} %"


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of some days. Groups of fewer than FEWEST judgements are only counted: `few` of them, by dimension."""

    since: date
    judged: int
    false: int
    locales: list[Rate]
    triggers: list[Rate]
    devices: list[Rate]
    few: dict[str, int]

    @property
    def overall(self) -> Rate | None:
        return Rate("all", self.judged, self.false) if self.judged else None


def count_reviews_of(clip_ids: Sequence[UUID]) -> int:
    """Count what was not counted yet of these clips, in the caller's transaction, before they are emptied."""
    return _count("clip_id = ANY(%(clips)s)", clips=list(clip_ids), most=10 * len(clip_ids))


def count_reviews(*, now: datetime) -> int:
    """Count every review that nobody may take back any more. Gives back how many."""
    settled = now - undo_window(erasure_policy())
    counted = 0
    while True:
        with transaction.atomic(durable=True):
            found = _count("reviewed_at <= %(settled)s", settled=settled, most=BATCH)
        counted += found
        if found < BATCH:
            return counted


def _count(which: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(which=which), parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def fold_devices(*, now: datetime) -> int:
    """What is older than DEVICE_DAYS keeps locale and trigger only. Gives back how many rows that makes."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_FOLD, {"before": now.date() - timedelta(days=DEVICE_DAYS)})
        return int(cursor.rowcount)


def rates(*, now: datetime, days: int = 30) -> Rates:
    """The rates of the last `days` days, today included, worst first. UTC days."""
    since = now.date() - timedelta(days=days - 1)
    counts = ActivationCount.objects.filter(day__gte=since)
    total = counts.aggregate(judged=Sum("judged", default=0), false=Sum("false", default=0))
    few: dict[str, int] = {}
    found = {}
    for name, column, label in (
        ("locales", "locale", str),
        ("triggers", "trigger", str),
        ("devices", "device", _label),
    ):
        rows = counts.exclude(device=b"") if column == "device" else counts
        groups = rows.values(column).annotate(judged_all=Sum("judged"), false_all=Sum("false"))
        few[name] = groups.filter(judged_all__lt=FEWEST).aggregate(n=Count("*"))["n"]
        shown = groups.filter(judged_all__gte=FEWEST)
        found[name] = _worst_first(shown.values_list(column, "judged_all", "false_all"), label)
    return Rates(since, total["judged"], total["false"], few=few, **found)


def _worst_first(rows: Iterable[tuple[Any, int, int]], label: Callable[[Any], str]) -> list[Rate]:
    found = [Rate(label(key), judged, false) for key, judged, false in rows]
    return sorted(found, key=lambda rate: (-rate.share, -rate.judged, rate.name))[:200]


def _label(device: bytes | memoryview) -> str:
    return bytes(device)[:LABEL_BYTES].hex()
