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
from uuid import UUID

from django.db import connections, transaction

from project.vault.backup import drop_older_backups, open_every_key, write_backup
from project.vault.errors import RingFault
from project.vault.keys import Key
from project.vault.models import DataKey, MasterKey
from project.vault.registration import require_same, ring_faults
from project.vault.ring import KeyRing, check_value, current_ring
from project.vault.router import KEYS
from project.vault.wrapping import unwrap, wrap

BATCH: Final = 5_000
EVERY: Final = timedelta(days=7)
LOCK: Final = 0x524F54415445  # any constant: advisory locks are per database
NOBODY: Final = UUID(int=0)
Progress = Callable[[int, int], None]
"""(keys done, keys in all)"""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did. `backup`: the copy of the key store that was test-opened, if one was asked for."""

    version: int
    rewrapped: int
    destroyed: list[int]
    backup: Path | None


class RotationRunning(Exception):
    """Another rotation is at work; it does the same."""


def is_due(now: datetime) -> bool:
    """Whether the master key is a week old, or a rotation was cut short. Asked hourly."""
    live = list(MasterKey.objects.filter(destroyed_at=None).order_by("version"))
    return len(live) > 1 or (bool(live) and now - live[-1].created_at >= EVERY)


def rotate(*, now: datetime, backups: Path | None = None, progress: Progress = lambda done, total: None) -> Rotated:
    """Bring in a new master key and destroy the older ones.

    1. Refuse when ring and key store don't fit: RingFault. A rotation that was cut short is gone on with instead.
    2. Make the new key's file, then its row; from then on new keys are wrapped by it.
    3. Retire the older versions, which waits for keys being made under them.
    4. Wrap every live key anew, in batches, while everything else goes on.
    5. With `backups`, write a copy of the wrapped keys there and open every key in it.
    6. Destroy the older master keys' files, then say so in their rows; copies that only those could open go too.
    """
    with _alone():
        ring = current_ring()
        if faults := ring_faults(ring):
            raise RingFault("; ".join(faults))
        version = _bring_in(ring, now)
        rewrapped = _rewrap_all(ring, version, progress)
        backup = _back_up(ring, version, backups, now) if backups else None
        destroyed = _destroy_older(ring, version, now)
        if backups:
            drop_older_backups(backups, version)
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
    with transaction.atomic(using=KEYS, durable=True):
        MasterKey.objects.filter(version__lt=version, retired_at=None).update(retired_at=now)
    return version


def _rewrap_all(ring: KeyRing, version: int, progress: Progress) -> int:
    masters = {old: ring.master(old) for old in ring.versions()}
    total, seen, rewrapped, after = DataKey.objects.count(), 0, 0, NOBODY
    while rows := list(DataKey.objects.filter(pk__gt=after).order_by("pk")[:BATCH]):
        after, seen = rows[-1].pk, seen + len(rows)
        rewrapped += _rewrap(masters, [row for row in rows if row.master_version < version], version)
        progress(seen, max(total, seen))
    return rewrapped


def _rewrap(masters: dict[int, Key], rows: list[DataKey], version: int) -> int:
    """One batch, one statement. A key shredded meanwhile stays gone: only rows still at an old version change."""
    with transaction.atomic(using=KEYS, durable=True), connections[KEYS].cursor() as cursor:
        cursor.execute(
            """
            UPDATE vault_datakey k SET wrapped = new.wrapped, master_version = %s
            FROM unnest(%s::uuid[], %s::bytea[]) AS new (object_id, wrapped)
            WHERE k.object_id = new.object_id AND k.master_version < %s
            """,
            [version, [row.pk for row in rows], [_anew(masters, row, version) for row in rows], version],
        )
        return int(cursor.rowcount)


def _anew(masters: dict[int, Key], row: DataKey, version: int) -> bytes:
    bound: dict[str, Any] = {"object_id": row.object_id, "kind": row.kind}
    key = unwrap(masters[row.master_version], bytes(row.wrapped), version=row.master_version, **bound)
    return wrap(masters[version], key, version=version, **bound)


def _back_up(ring: KeyRing, version: int, folder: Path, now: datetime) -> Path:
    path = write_backup(folder, version, now)
    open_every_key(path, ring.master(version))
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
