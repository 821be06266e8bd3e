"""Where sealed bytes lie: four calls, put, open, delete, is_absent; the same for many at once; and what is there.

Files are here, S3 in project/vault/s3.py; both name a part ab/cd/<object id>.<part>, the two folders being the first
bytes of the id. Names say nothing of the content, and the bytes arrive sealed. A file is written under a temporary
name, synced, renamed and its folder synced, so that it is there whole or not at all; deleting syncs the folder, so that
a power cut can't bring it back.
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
NAME: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z0-9][a-z0-9_-]{0,63}")
INCOMING: Final = "incoming"
LITTLE: Final = 0.02


def fan_out(object_id: UUID) -> str:
    return f"{object_id.hex[:2]}/{object_id.hex[2:4]}"


def name_of(object_id: UUID, part: str) -> str:
    """The name of a part in every kind of store. Raises ValueError for an odd part name."""
    if not PART.fullmatch(part):
        raise ValueError("a part's name is lower-case letters, digits, - and _, at most 64")
    return f"{fan_out(object_id)}/{object_id}.{part}"


def split_name(name: str) -> tuple[UUID, str]:
    """The object and the part in a file's name, or in the last piece of a longer one."""
    object_id, _, part = name.rpartition("/")[2].partition(".")
    return UUID(object_id), part


class Blob(Protocol):
    """An open blob. `size` is the number of (sealed) bytes."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes: ...

    def close(self) -> None: ...


class BlobStore(Protocol):
    """What every kind of store does; tests/vault/test_blobs.py runs the same tests on each.

    `put` replaces a part that exists; `delete` of an absent one is fine. A store that refuses, is away or full raises
    OSError or StoreFault. `is_absent`, `left` and `everything` ask the store again: every version, every leftover.
    """

    def put(self, object_id: UUID, part: str, chunks: Iterable[bytes]) -> int: ...

    def put_all(self, parts: Iterable[tuple[UUID, str, Iterable[bytes]]]) -> None:
        """Store many parts at the price of few. One that fails ends it; the parts before it may be there."""

    def open(self, object_id: UUID, part: str) -> Blob: ...

    def delete(self, object_id: UUID, part: str) -> None: ...

    def is_absent(self, object_id: UUID, part: str) -> bool: ...

    def parts(self, object_id: UUID) -> list[str]: ...

    def delete_all(self, object_ids: Iterable[UUID]) -> None:
        """Delete every part of many objects at the price of few."""

    def left(self, object_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
        """Which of these objects still have parts, and which ones."""

    def everything(self, within: str = "") -> Iterator[tuple[UUID, str]]:
        """Every (object, part) that lies here, each once, in no order; walks the store, for reconciliation.

        `within`: only objects whose id begins with these two hexadecimal digits.
        """

    def sweep_incoming(self, older_than: datetime) -> int: ...

    def fault(self) -> str | None:
        """What keeps the store from working, in a sentence for an operator, or None."""


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
        folder, size = self._put(object_id, part, chunks)
        sync_folder(folder)
        return size

    def put_all(self, parts: Iterable[tuple[UUID, str, Iterable[bytes]]]) -> None:
        """Every file is synced as it is written, every folder once at the end."""
        folders = {self._put(object_id, part, chunks)[0] for object_id, part, chunks in parts}
        for folder in folders:
            sync_folder(folder)

    def _put(self, object_id: UUID, part: str, chunks: Iterable[bytes]) -> tuple[Path, int]:
        """The folder that has to be synced before the part is safe, and the part's size."""
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
        return path.parent, size

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

    def delete_all(self, object_ids: Iterable[UUID]) -> None:
        """Unlink everything, then sync each folder once: on a journalling file system the first sync carries all."""
        touched = set()
        for folder, names in self._found(object_ids):
            for name in names:
                (folder / name).unlink(missing_ok=True)
                touched.add(folder)
        for folder in touched:
            sync_folder(folder)

    def left(self, object_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
        left: dict[UUID, list[str]] = {}
        for _, names in self._found(object_ids):
            for name in sorted(names):
                object_id, part = split_name(name)
                left.setdefault(object_id, []).append(part)
        return left

    def _found(self, object_ids: Iterable[UUID]) -> Iterator[tuple[Path, list[str]]]:
        """Each folder of these objects with the names of their parts, each folder read once."""
        wanted: dict[Path, set[str]] = {}
        for object_id in object_ids:
            wanted.setdefault(self._folder(object_id), set()).add(str(object_id))
        for folder, ids in wanted.items():
            try:
                names = os.listdir(folder)
            except FileNotFoundError:
                continue
            yield folder, [name for name in names if name.partition(".")[0] in ids]

    def everything(self, within: str = "") -> Iterator[tuple[UUID, str]]:
        """Files that are not ours (lost+found) are passed over."""
        for folder in self.root.glob(f"{within or '[0-9a-f][0-9a-f]'}/[0-9a-f][0-9a-f]"):
            for name in os.listdir(folder):
                if NAME.fullmatch(name):
                    yield split_name(name)

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

    def fault(self) -> str | None:
        """The folder is missing or closed, or its file system is nearly full: refused uploads come next."""
        if not self.root.is_dir():
            return None if os.access(self.root.parent, os.W_OK) else "The blob store's folder cannot be made."
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            return "The blob store's folder cannot be written to."
        size = os.statvfs(self.root)
        free = size.f_bavail / max(1, size.f_blocks)
        return f"The blob store's file system is nearly full: {free:.1%} left." if free < LITTLE else None

    def _folder(self, object_id: UUID) -> Path:
        return self.root / fan_out(object_id)

    def _path(self, object_id: UUID, part: str) -> Path:
        return self.root / name_of(object_id, part)


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        size = sum(file.write(chunk) for chunk in chunks)
        file.flush()
        os.fsync(file.fileno())
    return size


def current_store() -> BlobStore:
    """The store that the settings name (environment VAULT_URL): a folder path, file:// or s3://bucket[/prefix]."""
    from django.conf import settings

    url = str(settings.VAULT_URL)
    if url.startswith("s3://"):
        from project.vault.s3 import store_at

        return store_at(url)
    if "://" in url and not url.startswith("file://"):
        raise ValueError("VAULT_URL must be a folder or s3://bucket[/prefix]")
    return FileStore(Path(url.removeprefix("file://")))
