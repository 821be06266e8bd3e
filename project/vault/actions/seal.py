"""Seal and open: the crypto, the key store and the blob store put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from project.vault import crypto, keystore
from project.vault.blobs import Blob, current_store
from project.vault.faults import StoreFault
from project.vault.keys import Key


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """Sizes in bytes of a part that was put."""

    sealed_bytes: int
    plain_bytes: int


class BlobReader:
    """A part being read. `size` in plaintext bytes; close it, or use it as a context manager."""

    def __init__(self, blob: Blob, opened: crypto.Opened) -> None:
        self._blob, self._opened, self.size = blob, opened, opened.size

    def read_range(self, start: int, stop: int) -> Iterator[bytes]:
        """Plaintext of [start, stop) in pieces of at most 64 KiB. Raises ValueError outside, Tampered, StoreFault."""
        pieces = self._opened.read_range(start, stop)
        return self._read(pieces)

    def _read(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        with the_stores_errors():
            yield from pieces

    def read(self) -> bytes:
        """All of it; for parts that are known to be small."""
        return b"".join(self.read_range(0, self.size))

    def close(self) -> None:
        self._blob.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@contextmanager
def the_stores_errors() -> Iterator[None]:
    """A full disk, a mount that is gone, a refusal: one error, StoreFault, whatever kind of store it is."""
    try:
        yield
    except OSError as error:
        raise StoreFault(f"the blob store failed: {error.strerror or type(error).__name__}") from error


def seal_text(object_id: UUID, field: str, text: str, *, key: Key | None = None) -> bytes:
    """Sealed bytes for a BinaryField. `field` is "<model>.<column>[.<pk>]" and binds them to it. Raises KeyGone."""
    return crypto.seal_bytes(key or keystore.data_key(object_id), object_id, f"field:{field}", text.encode())


def open_text(object_id: UUID, field: str, sealed: bytes | memoryview, *, key: Key | None = None) -> str:
    """The text. Raises KeyGone, Tampered."""
    opened = crypto.open_bytes(key or keystore.data_key(object_id), object_id, f"field:{field}", bytes(sealed))
    return opened.decode()


def put_blob(object_id: UUID, part: str, chunks: Iterable[bytes], *, key: Key | None = None) -> BlobInfo:
    """Seal plaintext chunks as they arrive and store them; nothing unsealed touches a disk.

    Raises KeyGone, StoreFault.
    """
    sealed = crypto.seal(key or keystore.data_key(object_id), object_id, f"blob:{part}", chunks)
    with the_stores_errors():
        size = current_store().put(object_id, part, sealed)
    return BlobInfo(size, crypto.plain_size(size))


def put_blobs(parts: Iterable[tuple[UUID, str, Iterable[bytes], Key]]) -> None:
    """Seal and store many parts, each (object, part, plaintext chunks, key), at the price of few. Raises StoreFault."""
    sealed = (
        (object_id, part, crypto.seal(key, object_id, f"blob:{part}", chunks)) for object_id, part, chunks, key in parts
    )
    with the_stores_errors():
        current_store().put_all(sealed)


def open_blob(object_id: UUID, part: str, *, key: Key | None = None) -> BlobReader:
    """Open a part for ranges; its length is authentic from here on.

    Raises KeyGone, BlobAbsent, Tampered, StoreFault.
    """
    key = key or keystore.data_key(object_id)
    with the_stores_errors():
        blob = current_store().open(object_id, part)
        try:
            return BlobReader(blob, crypto.Opened(key, object_id, f"blob:{part}", blob.read_at, blob.size))
        except BaseException:
            blob.close()
            raise


def delete_blob(object_id: UUID, part: str) -> None:
    with the_stores_errors():
        current_store().delete(object_id, part)


def delete_blobs(object_ids: Iterable[UUID]) -> None:
    """Delete every part of many objects, every version of each, at the price of few. Raises StoreFault."""
    with the_stores_errors():
        current_store().delete_all(object_ids)


def is_absent(object_id: UUID, part: str) -> bool:
    """Whether the store, read again, has no such part, no hidden version of it and no unfinished upload."""
    with the_stores_errors():
        return current_store().is_absent(object_id, part)


def parts(object_id: UUID) -> list[str]:
    """Names of the object's stored parts, sorted."""
    with the_stores_errors():
        return current_store().parts(object_id)


def parts_left(object_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Which of these objects still have anything in the store, read again: the parts by object. Raises StoreFault."""
    with the_stores_errors():
        return current_store().left(object_ids)
