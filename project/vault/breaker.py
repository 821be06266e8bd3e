"""Keeps callers from queueing up behind a store that does not answer (pure)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from project.vault.faults import StoreFault

PAUSE_SECONDS: Final = 2.0


class Breaker:
    """After a failure everybody is refused at once for two seconds; then one at a time may try until one succeeds.

    So a store that hangs holds one thread of the web, not all of them.
    """

    def __init__(self) -> None:
        self._away_until = 0.0
        self._is_away = False
        self._trying = threading.Lock()

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Raises StoreFault while the store is given a rest."""
        if not self._is_away:
            yield
            return
        if monotonic() < self._away_until or not self._trying.acquire(blocking=False):
            raise StoreFault("the blob store is away")
        try:
            yield
        finally:
            self._is_away = monotonic() < self._away_until  # it answered, unless `trip` says otherwise once more
            self._trying.release()

    def trip(self) -> None:
        self._is_away, self._away_until = True, monotonic() + PAUSE_SECONDS
