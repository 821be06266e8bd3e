"""A copy of the key store: wrapped keys, worth nothing without the ring's master key. One line each, by tabs.

    object id, key id, kind, master version, created at (ISO 8601, UTC), wrapped key (hexadecimal)
    ...
    end, number of keys

PostgreSQL writes the lines itself (COPY), so that a million keys are copied in seconds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connections
from psycopg.pq import TransactionStatus

from project.vault.errors import VaultError
from project.vault.files import sync_folder
from project.vault.keys import Key
from project.vault.models import DataKey
from project.vault.router import KEYS
from project.vault.wrapping import Wrapping

_LINES: Final = """
    COPY (
        SELECT object_id, key_id, kind, master_version,
               to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), encode(wrapped, 'hex')
        FROM vault_datakey
    ) TO STDOUT
"""


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
    """Write all live keys to a new file, mode 0600, synced. The last line says how many there are.

    A file that is not whole has another name, so that nobody takes it for a backup.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"keystore-{version:04d}-{now.astimezone(UTC):%Y%m%dT%H%M%S}.tsv"
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        count = 0
        for block in _copied():
            count += block.count(b"\n")
            file.write(block)
        file.write(f"end\t{count}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(folder)
    return path


@contextmanager
def unhurried() -> Iterator[None]:
    """What is done to every key takes as long as it takes; the limit of a statement is for what people wait for."""
    with connections[KEYS].cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), set_config('statement_timeout', '0', false)")
        before = cursor.fetchone()[0]
        try:
            yield
        finally:
            if cursor.connection.info.transaction_status != TransactionStatus.INERROR:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])


def _copied() -> Iterator[bytes]:
    with unhurried(), connections[KEYS].cursor() as cursor:
        raw: Any = cursor.cursor
        with raw.copy(_LINES) as copy:
            yield from map(bytes, copy)


def read_backup(path: Path) -> Iterator[WrappedKey]:
    """The keys in a backup. Raises BadBackup where it is cut short or not one."""
    for object_id, key_id, kind, version, created_at, wrapped in _lines(path):
        with _as_bad(path):
            made = datetime.fromisoformat(created_at)
            row = WrappedKey(UUID(object_id), UUID(key_id), kind, int(version), made, bytes.fromhex(wrapped))
        yield row


def _lines(path: Path) -> Iterator[list[str]]:
    count, ended = 0, False
    with path.open(encoding="ascii") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if fields[0] == "end":
                ended = fields[1:] == [str(count)]
                break
            if len(fields) != len(WrappedKey._fields):
                raise BadBackup(f"{path.name} is not a copy of a key store, or is damaged")
            count += 1
            yield fields
    if not ended:
        raise BadBackup(f"{path.name} is cut short")


@contextmanager
def _as_bad(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError:
        raise BadBackup(f"{path.name} is not a copy of a key store, or is damaged") from None


def drop_older_backups(folder: Path, version: int) -> None:
    """Remove the copies made under older master keys, since those are destroyed, and what was never finished."""
    for path in [*folder.glob("keystore-*.tsv"), *folder.glob("keystore-*.unfinished")]:
        if int(path.name.split("-")[1]) < version or path.suffix == ".unfinished":
            path.unlink()
    sync_folder(folder)


def open_every_key(path: Path, master: Key, version: int) -> int:
    """Unwrap every key of a backup under the master key; how many. Raises BadBackup, Tampered."""
    wrapping, here, count = Wrapping(master, version), str(version), 0
    with _as_bad(path):
        for object_id, _, kind, by, _, wrapped in _lines(path):
            if by != here:
                raise BadBackup(f"{path.name} holds a key that another master key wraps")
            wrapping.unwrap(bytes.fromhex(wrapped), UUID(object_id), kind)
            count += 1
    return count


def bring_back(rows: list[WrappedKey]) -> int:
    """Insert what is not there; returns how many keys were. The caller has left out what may not come back."""
    before = DataKey.objects.filter(pk__in=[row.object_id for row in rows]).count()
    DataKey.objects.bulk_create((DataKey(**row._asdict()) for row in rows), ignore_conflicts=True)
    return len(rows) - before
