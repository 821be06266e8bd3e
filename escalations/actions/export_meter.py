"""Counts and hashes an export on its way out, keeps the worker's lease alive, and tells the page how far it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from escalations.models import Export


class LeaseLost(Exception):
    """Somebody else builds this export now, or it ended: this attempt must stop."""


class Meter:
    """`through` stands before the encryption, `out` after it. Progress in percent, 99 at most until it is stored."""

    BEAT = timedelta(seconds=1)

    def __init__(self, export: Export, *, expected: int, lease: timedelta, clock: Callable[[], datetime]) -> None:
        self.inner, self.outer = hashlib.sha256(), hashlib.sha256()
        self.sent = 0
        self._packed = 0
        self._export, self._expected, self._lease, self._clock = export, expected, lease, clock
        self._beaten_at = clock()

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, hashed and counted."""
        for chunk in chunks:
            self.inner.update(chunk)
            self._packed += len(chunk)
            self._beat()
            yield chunk

    def out(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, hashed and counted."""
        for chunk in chunks:
            self.outer.update(chunk)
            self.sent += len(chunk)
            yield chunk

    def _beat(self) -> None:
        """Once a second: progress and lease, by compare-and-set. Raises LeaseLost."""
        now = self._clock()
        if now - self._beaten_at < self.BEAT:
            return
        self._beaten_at = now
        progress = min(99, self._packed * 100 // self._expected)
        ours = Export.objects.filter(
            pk=self._export.pk, lease_token=self._export.lease_token, state=Export.State.BUILDING
        )
        if not ours.update(progress=progress, lease_until=now + self._lease):
            raise LeaseLost
