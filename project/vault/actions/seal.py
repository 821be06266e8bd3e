"""Seal and open: the crypto, the key store and the blob store put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

from project.vault import crypto, keystore
from project.vault.blobs import Blob, current_store
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
        """Plaintext of [start, stop) in pieces of at most 64 KiB. Raises ValueError outside the part, Tampered."""
        return self._opened.read_range(start, stop)

    def read(self) -> bytes:
        """All of it; for parts that are known to be small."""
        return b"".join(self.read_range(0, self.size))

    def close(self) -> None:
        self._blob.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def seal_text(object_id: UUID, field: str, text: str, *, key: Key | None = None) -> bytes:
    """Sealed bytes for a BinaryField. `field` is "<model>.<column>[.<pk>]" and binds them to it. Raises KeyGone."""
    return crypto.seal_bytes(key or keystore.data_key(object_id), object_id, f"field:{field}", text.encode())


def open_text(object_id: UUID, field: str, sealed: bytes | memoryview, *, key: Key | None = None) -> str:
    """The text. Raises KeyGone, Tampered."""
    opened = crypto.open_bytes(key or keystore.data_key(object_id), object_id, f"field:{field}", bytes(sealed))
    return opened.decode()


def put_blob(object_id: UUID, part: str, chunks: Iterable[bytes], *, key: Key | None = None) -> BlobInfo:
    """Seal plaintext chunks as they arrive and store them; nothing unsealed touches a disk. Raises KeyGone."""
    sealed = crypto.seal(key or keystore.data_key(object_id), object_id, f"blob:{part}", chunks)
    size = current_store().put(object_id, part, sealed)
    return BlobInfo(size, crypto.plain_size(size))


def open_blob(object_id: UUID, part: str, *, key: Key | None = None) -> BlobReader:
    """Open a part for ranges; its length is authentic from here on. Raises KeyGone, BlobAbsent, Tampered."""
    key = key or keystore.data_key(object_id)
    blob = current_store().open(object_id, part)
    try:
        return BlobReader(blob, crypto.Opened(key, object_id, f"blob:{part}", blob.read_at, blob.size))
    except BaseException:
        blob.close()
        raise


def delete_blob(object_id: UUID, part: str) -> None:
    current_store().delete(object_id, part)


def is_absent(object_id: UUID, part: str) -> bool:
    """Whether the store, read again, has no such part."""
    return current_store().is_absent(object_id, part)


def parts(object_id: UUID) -> list[str]:
    """Names of the object's stored parts, sorted."""
    return current_store().parts(object_id)
