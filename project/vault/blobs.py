"""Where sealed bytes lie: four calls, put, open, delete, is_absent, and the listing of an object's parts.

Files: <root>/ab/cd/<object id>.<part>, the two fan-out folders being the first bytes of the id. Names say nothing of
the content. A part is written under a temporary name, synced, renamed and its folder synced, so that it is there whole
or not at all; deleting syncs the folder, so that a power cut can't bring it back. The bytes arrive sealed.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from project.vault.errors import BlobAbsent
from project.vault.files import make_folders, sync_folder

PART: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
INCOMING: Final = "incoming"


class Blob(Protocol):
    """An open blob. `size` is the number of (sealed) bytes."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes: ...

    def close(self) -> None: ...


class BlobStore(Protocol):
    """What every kind of store does. `put` replaces a part that exists; `delete` of an absent one is fine."""

    def put(self, object_id: UUID, part: str, chunks: Iterable[bytes]) -> int: ...

    def open(self, object_id: UUID, part: str) -> Blob: ...

    def delete(self, object_id: UUID, part: str) -> None: ...

    def is_absent(self, object_id: UUID, part: str) -> bool: ...

    def parts(self, object_id: UUID) -> list[str]: ...

    def object_ids(self) -> Iterator[UUID]: ...

    def sweep_incoming(self, older_than: datetime) -> int: ...


class FileBlob:
    """One open file, read by position."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb", buffering=0)
        except FileNotFoundError:
            raise BlobAbsent(path.name) from None
        self.size = os.fstat(self._file.fileno()).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, offset)

    def close(self) -> None:
        self._file.close()


class FileStore:
    """Blobs as files below one folder, which is made with mode 0700 on the first put."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, object_id: UUID, part: str, chunks: Iterable[bytes]) -> int:
        """Store a part whole; returns its size. An iterable that fails leaves nothing behind."""
        path = self._path(object_id, part)
        incoming = self.root / INCOMING
        make_folders(path.parent, under=self.root)
        make_folders(incoming, under=self.root)
        temporary = incoming / secrets.token_hex(16)
        try:
            size = _write(temporary, chunks)
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        return size

    def open(self, object_id: UUID, part: str) -> FileBlob:
        """Raises BlobAbsent."""
        return FileBlob(self._path(object_id, part))

    def delete(self, object_id: UUID, part: str) -> None:
        path = self._path(object_id, part)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def is_absent(self, object_id: UUID, part: str) -> bool:
        """Read again from the folder itself, not from what `delete` said."""
        path = self._path(object_id, part)
        return not path.parent.is_dir() or path.name not in os.listdir(path.parent)

    def parts(self, object_id: UUID) -> list[str]:
        folder, prefix = self._folder(object_id), f"{object_id}."
        if not folder.is_dir():
            return []
        return sorted(name.removeprefix(prefix) for name in os.listdir(folder) if name.startswith(prefix))

    def object_ids(self) -> Iterator[UUID]:
        """Every object that has a part here, in no order, once each; walks the store, for reconciliation."""
        for folder in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]"):
            yield from {UUID(name.partition(".")[0]) for name in os.listdir(folder)}

    def sweep_incoming(self, older_than: datetime) -> int:
        """Remove what a killed `put` left (sealed bytes under a random name); returns how many files."""
        folder = self.root / INCOMING
        stale = [
            path
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path.stat().st_mtime < older_than.timestamp()
        ]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _folder(self, object_id: UUID) -> Path:
        return self.root / object_id.hex[:2] / object_id.hex[2:4]

    def _path(self, object_id: UUID, part: str) -> Path:
        if not PART.fullmatch(part):
            raise ValueError("a part's name is lower-case letters, digits, - and _, at most 64")
        return self._folder(object_id) / f"{object_id}.{part}"


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        size = sum(file.write(chunk) for chunk in chunks)
        file.flush()
        os.fsync(file.fileno())
    return size


def current_store() -> BlobStore:
    """The store that the settings name (environment VAULT_URL): a folder path or file:// address."""
    from django.conf import settings

    url = str(settings.VAULT_URL)
    if "://" in url and not url.startswith("file://"):
        raise ValueError("VAULT_URL must be a folder")
    return FileStore(Path(url.removeprefix("file://")))
