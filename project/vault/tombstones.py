"""What was shredded, kept beside the key ring and outside every database and its backups.

A restored database forgets an erasure; this file does not. One JSON line each: {"at", "object"}, appended and synced
before the key goes. `reconcile` replays it before a restored service serves anything.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

NAME: Final = "tombstones.jsonl"


def _path() -> Path:
    from project.vault.ring import current_ring

    return current_ring().folder / NAME


def add(object_id: UUID, at: datetime) -> None:
    add_all((object_id,), at)


def add_all(object_ids: Iterable[UUID], at: datetime) -> None:
    """Append tombstones, one write and one sync for all of them. `at` is aware; it is written in UTC."""
    stamp = at.astimezone(UTC).isoformat()
    lines = "".join(json.dumps({"at": stamp, "object": str(object_id)}) + "\n" for object_id in object_ids)
    if lines:
        _append(_path(), lines.encode())


def _append(path: Path, lines: bytes) -> None:
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # A crash may have cut the last line short: close it, or the next one would be lost with it.
        if (end := file.seek(0, os.SEEK_END)) and os.pread(file.fileno(), 1, end - 1) != b"\n":
            lines = b"\n" + lines
        file.write(lines)
        os.fsync(file.fileno())
    if new:
        from project.vault.files import sync_folder

        sync_folder(path.parent)


def entries() -> Iterator[tuple[UUID, datetime]]:
    """Every tombstone, oldest first. A line that a crash cut short is passed over: its key was not shredded yet."""
    path = _path()
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                said = json.loads(line)
                yield UUID(said["object"]), datetime.fromisoformat(said["at"])
            except (ValueError, KeyError, TypeError):
                continue


def all() -> dict[UUID, datetime]:
    """When each object was first shredded."""
    found: dict[UUID, datetime] = {}
    for object_id, at in entries():
        found.setdefault(object_id, at)
    return found


def contains(object_id: UUID) -> bool:
    """Whether an object has a tombstone. Reads the file: for many objects take `all()` once."""
    return any(found == object_id for found, _ in entries())
