"""Rotating the master key: every live data key is wrapped anew, then the old master key is destroyed.

A wrapped key that lingers in dead rows, recycled WAL or an old backup of the key store dies with the master key that
wrapped it. Reading and sealing go on meanwhile: each row carries the version that wraps it, and both versions are in
the ring until no row needs the old one. Killed anywhere, the next run goes on from the rows as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connections, transaction
from psycopg import Cursor
from psycopg.errors import LockNotAvailable
from psycopg.rows import tuple_row

from project.vault import owners
from project.vault.backup import drop_older_backups, open_every_key, unhurried, write_backup
from project.vault.errors import RingFault
from project.vault.models import DataKey, MasterKey
from project.vault.registration import require_same, ring_faults
from project.vault.ring import KeyRing, check_value, current_ring
from project.vault.router import KEYS
from project.vault.wrapping import Wrapping

PAGES: Final = 128  # of the table at a time: about 7,000 keys in one UPDATE
EVERY: Final = timedelta(days=7)
LATE: Final = timedelta(days=9)
LOCK: Final = 0x524F54415445  # any constant: advisory locks are per database
PATIENCE: Final = 12  # times that retiring waits out the lock timeout of 5 s while keys are being made
Progress = Callable[[int, int], None]
"""(keys done, keys in all)"""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did. `backup`: the copy of the key store in which every key was opened."""

    version: int
    rewrapped: int
    destroyed: list[int]
    backup: Path


class RotationRunning(Exception):
    """Another rotation is at work; it does the same."""


class NoBackups(RingFault):
    """No folder for the copy that must be test-opened before a master key is destroyed."""


def is_due(now: datetime) -> bool:
    """Whether the master key is a week old, or a rotation was cut short. Asked hourly."""
    live = list(MasterKey.objects.filter(destroyed_at=None).order_by("version"))
    return len(live) > 1 or (bool(live) and now - live[-1].created_at >= EVERY)


def is_late(now: datetime) -> str | None:
    """What to tell an operator when certificates wait longer than they promise, or None."""
    live = MasterKey.objects.filter(destroyed_at=None).order_by("created_at").first()
    late = live is not None and now - live.created_at > LATE
    return "The master key is more than nine days old: rotation fails or nobody runs it." if late else None


def to_rewrap() -> dict[str, int]:
    """For the metrics: how many keys an older master key still wraps; counted only while a rotation is under way."""
    live = list(MasterKey.objects.filter(destroyed_at=None).order_by("version").values_list("pk", flat=True))
    left = DataKey.objects.filter(master_version__lt=live[-1]).count() if len(live) > 1 else 0
    return {"to_rewrap": left, "master_keys": len(live)}


def rotate(*, now: datetime, backups: Path | None = None, progress: Progress = lambda done, total: None) -> Rotated:
    """Bring in a new master key and destroy the older ones. `backups`: a folder, by default KEYSTORE_BACKUPS.

    1. Refuse when ring and key store don't fit: RingFault. A rotation that was cut short is gone on with instead.
    2. Make the new key's file, then its row; from then on new keys are wrapped by it.
    3. Retire the older versions, which waits for keys being made under them.
    4. Wrap every live key anew, in batches, while everything else goes on.
    5. Write a copy of the wrapped keys and open every key in it.
    6. Destroy the older master keys' files, then say so in their rows; copies that only those could open go too.
    7. Tell whoever waits for that: second certificates are issued now.
    """
    folder = backups or (Path(settings.KEYSTORE_BACKUPS) if settings.KEYSTORE_BACKUPS else None)
    if folder is None:
        raise NoBackups("no folder for the backup of the key store: set KEYSTORE_BACKUPS; nothing was done")
    with _alone(), unhurried():
        ring = current_ring()
        if faults := ring_faults(ring):
            raise RingFault("; ".join(faults))
        version = _bring_in(ring, now)
        rewrapped = _rewrap_all(ring, version, progress)
        backup = _back_up(ring, version, folder, now)
        destroyed = _destroy_older(ring, version, now)
        drop_older_backups(folder, version)
    owners.master_key_destroyed()
    return Rotated(version, rewrapped, destroyed, backup)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold an advisory lock of the session for the whole run, on a connection of its own: batches commit meanwhile."""
    own = connections[KEYS].copy()
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "pool": False}
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise RotationRunning("a rotation is running already")
        yield
    finally:
        own.close()


def _bring_in(ring: KeyRing, now: datetime) -> int:
    """The version to rotate to: that of a rotation cut short, or a new one."""
    live = list(MasterKey.objects.filter(destroyed_at=None).order_by("version"))
    version = live[-1].version if len(live) > 1 else live[-1].version + 1
    ring.create_master(version)
    material = bytes(ring.master(version))
    with transaction.atomic(using=KEYS, durable=True):
        made, _ = MasterKey.objects.get_or_create(
            version=version, defaults={"check_value": check_value(material), "created_at": now}
        )
        require_same(made, material)
    _retire_older(version, now)
    return version


def _retire_older(version: int, now: datetime) -> None:
    """Waits for keys being made under the older ones; a stream of them may well outlast one lock timeout."""
    for attempt in range(PATIENCE):
        try:
            with transaction.atomic(using=KEYS):
                MasterKey.objects.filter(version__lt=version, retired_at=None).update(retired_at=now)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or attempt == PATIENCE - 1:
                raise
        else:
            return


def _rewrap_all(ring: KeyRing, version: int, progress: Progress) -> int:
    """Through the table as it lies on disk: each page is read once, and most new row versions fit into the same page.

    Rows that were made since lie under the new version already; rows moved by an update are done. So one way through
    the pages that there were at the start finds every row, and a run that was killed finds what is left.
    """
    masters = {old: Wrapping(ring.master(old), old) for old in ring.versions()}
    connection = connections[KEYS]
    connection.ensure_connection()
    raw: Any = connection.connection
    cursor: Any
    with Cursor(raw, row_factory=tuple_row) as cursor:
        total = cursor.execute(_LEFT, [version]).fetchone()[0]
        pages, done = cursor.execute(_SIZE).fetchone()[0], 0
        for first in range(0, pages, PAGES):
            rows = cursor.execute(_READ, [f"({first},0)", f"({first + PAGES},0)", version], binary=True).fetchall()
            if rows:
                done += _rewrap(cursor, masters, rows, version)
                progress(done, max(total, done))
    return done


def _rewrap(cursor: Cursor[Any], masters: dict[int, Wrapping], rows: list[Any], version: int) -> int:
    """One batch, one statement. A key shredded meanwhile stays gone: only rows still at an old version change."""
    newest = masters[version]
    wrapped = [
        newest.wrap(masters[old].unwrap(sealed, object_id, kind), object_id, kind)
        for object_id, kind, old, sealed in rows
    ]
    cursor.execute(_WRITE, [version, [row[0] for row in rows], wrapped, version])
    return int(cursor.rowcount)


_LEFT: Final = "SELECT count(*) FROM vault_datakey WHERE master_version < %s"
_SIZE: Final = "SELECT pg_relation_size('vault_datakey') / current_setting('block_size')::int"
_READ: Final = """
    SELECT object_id, kind, master_version, wrapped FROM vault_datakey
    WHERE ctid >= %s::tid AND ctid < %s::tid AND master_version < %s
"""
_WRITE: Final = """
    UPDATE vault_datakey k SET wrapped = new.wrapped, master_version = %s
    FROM unnest(%b::uuid[], %b::bytea[]) AS new (object_id, wrapped)
    WHERE k.object_id = new.object_id AND k.master_version < %s
"""


def _back_up(ring: KeyRing, version: int, folder: Path, now: datetime) -> Path:
    path = write_backup(folder, version, now)
    open_every_key(path, ring.master(version), version)
    return path


def _destroy_older(ring: KeyRing, version: int, now: datetime) -> list[int]:
    """Destroy what no row needs any more. The file goes before the row says so: the row is never wrong about it."""
    if DataKey.objects.filter(master_version__lt=version).exists():
        raise RingFault("a data key still needs an older master key; nothing was destroyed")
    older = list(MasterKey.objects.filter(version__lt=version, destroyed_at=None).order_by("version"))
    for master in older:
        ring.destroy_master(master.version)
        MasterKey.objects.filter(pk=master.pk).update(destroyed_at=now)
    return [master.version for master in older]
