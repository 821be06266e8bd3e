"""A copy of the key store: wrapped keys, worth nothing without the ring's master key. One line each, by tabs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from project.vault.errors import VaultError
from project.vault.files import sync_folder
from project.vault.keys import Key
from project.vault.models import DataKey
from project.vault.wrapping import unwrap


class WrappedKey(NamedTuple):
    object_id: UUID
    key_id: UUID
    kind: str
    master_version: int
    created_at: datetime
    wrapped: bytes


class BadBackup(VaultError):
    """A backup that does not hold what it should; the old master key stays until one does."""


def write_backup(folder: Path, version: int, now: datetime) -> Path:
    """Write all live keys to a new file, mode 0600, synced. The last line says how many there are."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"keystore-{version:04d}-{now.astimezone(UTC):%Y%m%dT%H%M%S}.tsv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        count = 0
        for row in DataKey.objects.order_by("pk").iterator(chunk_size=5000):
            fields = (row.object_id, row.key_id, row.kind, row.master_version, row.created_at.isoformat())
            file.write("\t".join(map(str, fields)) + "\t" + bytes(row.wrapped).hex() + "\n")
            count += 1
        file.write(f"end\t{count}\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return path


def read_backup(path: Path) -> Iterator[WrappedKey]:
    """The keys in a backup. Raises BadBackup where it is cut short."""
    count, ended = 0, False
    with path.open(encoding="ascii") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "end":
                ended = fields[1] == str(count)
                break
            count += 1
            yield _parsed(fields)
    if not ended:
        raise BadBackup(f"{path.name} is cut short")


def _parsed(fields: list[str]) -> WrappedKey:
    object_id, key_id, kind, version, created_at, wrapped = fields
    made = datetime.fromisoformat(created_at)
    return WrappedKey(UUID(object_id), UUID(key_id), kind, int(version), made, bytes.fromhex(wrapped))


def drop_older_backups(folder: Path, version: int) -> None:
    """Remove the copies made under older master keys: those are destroyed, so nothing can open them."""
    for path in folder.glob("keystore-*.tsv"):
        if int(path.name.split("-")[1]) < version:
            path.unlink()
    sync_folder(folder)


def open_every_key(path: Path, master: Key) -> int:
    """Unwrap every key of a backup under the master key; how many. Raises BadBackup, Tampered."""
    count = 0
    for row in read_backup(path):
        unwrap(master, row.wrapped, object_id=row.object_id, kind=row.kind, version=row.master_version)
        count += 1
    return count
