"""How many requests one person or one token may send: a bucket that fills by the second. Pure but for the memory it is.

Each web process counts for itself, so the whole service lets through so many times as many as it has processes: it is
a bound against a client gone wild, and quotas, leases and pace, which are exact, live in the database.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

MOST_KEPT: Final = 20_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Allowances:
    """One bucket a key, the least used forgotten first: a forgotten one is full again."""

    def __init__(self, a_second: float, at_once: float, most_kept: int = MOST_KEPT) -> None:
        self.a_second, self.at_once, self.most_kept = a_second, at_once, most_kept
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, now: float) -> float:
        """0.0 when this request may go on, else after how many seconds the next one may. `now`: monotonic seconds."""
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(self.at_once, now)
                if len(self._buckets) > self.most_kept:
                    self._buckets.popitem(last=False)
            else:
                self._buckets.move_to_end(key)
            bucket.left = min(self.at_once, bucket.left + max(0.0, now - bucket.at) * self.a_second)
            bucket.at = now
            if bucket.left < 1:
                return (1 - bucket.left) / self.a_second
            bucket.left -= 1
            return 0.0
