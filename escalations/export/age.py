"""Encryption to the recipients on the way to the store: age (X25519), so that plaintext is never at rest.

The library pulls its input and pushes its output, and so does the store, so a thread stands between the two. It only
ever encrypts: what makes the chunks (database, vault) runs in the caller's thread. Memory stays at a few chunks.
"""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence

import pyrage

CHUNKS_AHEAD = 4


class BadRecipient(Exception):
    """This is no age recipient (age1...)."""


class _Abandoned(Exception):
    """The caller went away before the end: the file is never finished."""


def recipient(text: str) -> pyrage.x25519.Recipient:
    """A recipient from its public key. Raises BadRecipient."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, ValueError) as error:
        raise BadRecipient("not an age recipient") from error


def encrypted(chunks: Iterable[bytes], recipients: Sequence[str]) -> Iterator[bytes]:
    """The age file of `chunks`, as it is made. What `chunks` raises is raised here, and the file then has no end.

    Closing the iterator early ends the thread behind it.
    """
    worker = _Worker([recipient(one) for one in recipients])
    worker.start()
    try:
        for chunk in filter(None, chunks):  # an empty one would be the end
            worker.feed(chunk)
            yield from worker.ready()
        worker.feed(b"")
        worker.join()
        yield from worker.ready()
    finally:
        worker.abandon()


class _Worker(threading.Thread):
    """The thread that encrypts. `feed` waits while it is behind; an empty chunk is the end."""

    def __init__(self, keys: Sequence[pyrage.x25519.Recipient]) -> None:
        super().__init__(name="age", daemon=True)
        self._keys = list(keys)
        self._in: queue.Queue[bytes | None] = queue.Queue(CHUNKS_AHEAD)
        self._out: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._failure: Exception | None = None

    def run(self) -> None:
        try:
            pyrage.encrypt_io(_Reader(self._in), _Writer(self._out), self._keys)
        except Exception as error:  # carried over: `ready` raises it in the caller's thread
            self._failure = error
            self._drain()

    def feed(self, chunk: bytes) -> None:
        self._in.put(chunk)

    def ready(self) -> Iterator[bytes]:
        """What has been encrypted so far. Raises what stopped the encryption."""
        while not self._out.empty():
            yield self._out.get()
        if self._failure:
            raise self._failure

    def abandon(self) -> None:
        """End the thread wherever it is; nothing happens to one that has ended."""
        while self.is_alive():
            try:
                self._in.put(None, timeout=0.05)
            except queue.Full:
                continue
            self.join(0.05)

    def _drain(self) -> None:
        """Keep a caller who is still feeding from waiting for ever."""
        while self._in.get():
            continue


class _Reader(io.RawIOBase):
    """The queue of chunks as a file to read from."""

    def __init__(self, chunks: queue.Queue[bytes | None]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest and not self._ended:
            chunk = self._chunks.get()
            if chunk is None:
                raise _Abandoned
            self._rest, self._ended = memoryview(chunk), not chunk
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


class _Writer(io.RawIOBase):
    """What the library writes to."""

    def __init__(self, chunks: queue.SimpleQueue[bytes]) -> None:
        self._chunks = chunks

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the library hands over nothing but bytes
        self._chunks.put(bytes(data))
        return len(data)
