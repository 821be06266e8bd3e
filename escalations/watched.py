"""A reader that stops when whoever listens may no longer: long recordings are served over minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from project import vault

# Our own default: how long a sound that is being served goes on after its listener lost the right to it.
ASKED_EVERY_SECONDS: Final = 1.0


class Watched:
    """A vault reader whose bytes end once `may_go_on` says no. The client sees a transfer that broke off."""

    def __init__(
        self, reader: vault.BlobReader, may_go_on: Callable[[], bool], *, every: float = ASKED_EVERY_SECONDS
    ) -> None:
        self._reader, self.may_go_on, self._every = reader, may_go_on, every

    @property
    def size(self) -> int:
        return self._reader.size

    def read_range(self, start: int, stop: int) -> Iterator[bytes]:
        """The same bytes; asked before the first piece that follows `every` seconds after the last asking."""
        asked_at = time.monotonic()
        for piece in self._reader.read_range(start, stop):
            if time.monotonic() - asked_at >= self._every:
                if not self.may_go_on():
                    return
                asked_at = time.monotonic()
            yield piece

    def close(self) -> None:
        self._reader.close()
