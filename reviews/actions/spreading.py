"""Heavy clips go evenly to the people who may get them now. The rule is reviews/turns.py; this looks up what it asks.

What came to a desk is compared inside this one transaction and goes nowhere: no page, log or metric has it.
"""

from dataclasses import replace
from datetime import datetime

from django.db import connection

from reviews.models import Shift
from reviews.queue import Wanted
from reviews.turns import HEAVY, JUST_BEGUN_MS, Load, is_held, may_be_held

# Desks at work now that share a language with this one, read from the index of live shifts. Who has had much sound and
# nothing heavy is not one of those over whom it is spread: turns.Load.counts.
_MEAN_SHARE = """
SELECT COALESCE(avg(CASE WHEN sound_ms > 0 THEN heavy_ms::double precision / sound_ms ELSE 0 END), 0)
FROM reviews_shift
WHERE state <> 'ended' AND state = 'active' AND ends_at > %(now)s AND takes_heavy
  AND locales && %(locales)s::varchar[] AND (heavy_ms > 0 OR sound_ms < %(just_begun)s)
"""


def turn_of(wanted: Wanted, shift: Shift, *, now: datetime) -> Wanted:
    """What to look for first: the same, or only lighter clips while it is somebody else's turn for a heavy one.

    One statement more, and only for somebody who had a heavy clip on this shift within the last 45 minutes.
    """
    load = Load(shift.sound_ms, shift.heavy_ms, shift.last_heavy_at)
    if wanted.max_severity < HEAVY or not may_be_held(load, now):
        return wanted
    if not is_held(load, mean_share(wanted.locales, now), now):
        return wanted
    return replace(wanted, max_severity=HEAVY - 1)


def mean_share(locales: tuple[str, ...], now: datetime) -> float:
    """The mean share of heavy sound over desks that share one of these languages; 0 without any."""
    with connection.cursor() as cursor:
        cursor.execute(_MEAN_SHARE, {"now": now, "locales": list(locales), "just_begun": JUST_BEGUN_MS})
        row = cursor.fetchone()
    return float(row[0]) if row else 0.0
