"""What was shredded, kept beside the key ring and outside every database and its backups.

A restored database forgets an erasure; this file does not. One JSON line each: {"at", "object"}, appended and synced
before the key goes. `reconcile` replays it before a restored service serves anything.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from project.vault.files import sync_folder

NAME: Final = "tombstones.jsonl"


@dataclass(slots=True)
class _Index:
    """What this process has read of one file: only what was appended since is read again."""

    file: tuple[int, int] = (0, 0)
    read_to: int = 0
    first: dict[UUID, datetime] = field(default_factory=dict)


_indexes: dict[Path, _Index] = {}
_guard = threading.Lock()


def _path() -> Path:
    from project.vault.ring import current_ring

    return current_ring().folder / NAME


def add(object_id: UUID, at: datetime) -> None:
    add_all((object_id,), at)


def add_all(object_ids: Iterable[UUID], at: datetime) -> None:
    """Append tombstones, one write and one sync for all of them. `at` is aware; it is written in UTC."""
    _write(_path(), ((object_id, at) for object_id in object_ids))


def _write(path: Path, said: Iterable[tuple[UUID, datetime]]) -> None:
    lines = "".join(
        json.dumps({"at": at.astimezone(UTC).isoformat(), "object": str(object_id)}) + "\n" for object_id, at in said
    )
    if lines:
        _append(path, lines.encode())


def take_over(said: Iterable[tuple[UUID, datetime]]) -> int:
    """Add those that this file has forgotten, each with its own time; returns how many those were.

    A ring that was put back from a backup has forgotten what was shredded since; a copy kept elsewhere has not, and
    neither has a key store that was not restored with it.
    """
    known = all()
    missing = {object_id: at for object_id, at in said if object_id not in known}
    _write(_path(), missing.items())
    return len(missing)


def give_to(copy: Path) -> int:
    """Append to a copy of this file what it lacks, each with its own time; returns how many those were.

    Raises OSError where its folder is not there: it is never made here.
    """
    with _guard:
        theirs = _known(copy)
        missing = {object_id: at for object_id, at in _known(_path()).items() if object_id not in theirs}
    _write(copy, missing.items())
    return len(missing)


def in_file(path: Path) -> Iterator[tuple[UUID, datetime]]:
    """The tombstones of a copy of such a file. Raises OSError."""
    with path.open("rb") as file:
        for line in file:
            yield from _parsed(line)


def _append(path: Path, lines: bytes) -> None:
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # A crash may have cut the last line short: close it, or the next one would be lost with it.
        if (end := file.seek(0, os.SEEK_END)) and os.pread(file.fileno(), 1, end - 1) != b"\n":
            lines = b"\n" + lines
        # On a disk that is nearly full one write takes what fits and says so only in what it gives back.
        left = memoryview(lines)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def all() -> dict[UUID, datetime]:
    """When each object was first shredded."""
    with _guard:
        return dict(_known(_path()))


def newest_first(size: int, path: Path | None = None) -> Iterator[dict[UUID, datetime]]:
    """All tombstones, or a copy's, in batches of `size`, newest batch first; within one the oldest comes first."""
    start, path = 0, path or _path()
    while True:
        with _guard:
            batch = list(islice(reversed(_known(path).items()), start, start + size))
        if not batch:
            return
        yield dict(reversed(batch))
        start += size


def contains(object_id: UUID) -> bool:
    with _guard:
        return object_id in _known(_path())


def _known(path: Path) -> dict[UUID, datetime]:
    if not path.exists():
        return {}
    index = _indexes.setdefault(path, _Index())
    _read_on(path, index)
    return index.first


def _read_on(path: Path, index: _Index) -> None:
    with path.open("rb") as file:
        now = os.fstat(file.fileno())
        if index.file != (now.st_dev, now.st_ino) or now.st_size < index.read_to:
            # Another file than before: the ring was put back from a backup, or this is a test's.
            index.file, index.read_to = (now.st_dev, now.st_ino), 0
            index.first.clear()
        file.seek(index.read_to)
        for line in file:
            if not line.endswith(b"\n"):
                break  # being written at this moment, or cut short by a crash: read when it is whole
            index.read_to += len(line)
            for object_id, at in _parsed(line):
                index.first.setdefault(object_id, at)


def _parsed(line: bytes) -> Iterator[tuple[UUID, datetime]]:
    """The tombstone in a line; none in a line that a crash cut short, whose key was not shredded yet."""
    try:
        said = json.loads(line)
        yield UUID(said["object"]), datetime.fromisoformat(said["at"])
    except (ValueError, KeyError, TypeError):
        return
