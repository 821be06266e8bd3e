"""The key store's own acts: make, fetch, shred, and prove absent. The order against other stores is the caller's.

At seal the key row commits first: bytes sealed under a key that a rollback took away would be lost, while a key that
nothing uses is swept after a day. At erasure the key goes first: from then on whatever else is left cannot be read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from project.statements import columns, made, planned
from project.vault import tombstones
from project.vault.errors import InsideKeysTransaction, KeyExists, KeyGone, RingFault, Tampered
from project.vault.keys import KEY_BYTES, Key
from project.vault.models import DataKey, Kind, MasterKey, ShreddedKey
from project.vault.registration import require_same
from project.vault.ring import current_ring
from project.vault.router import KEYS
from project.vault.wrapping import Wrapping, unwrap, wrap

REWRAPPED_MEANWHILE = 3


@dataclass(frozen=True, slots=True)
class DataKeyHandle:
    """A key that was made: its own id for certificates, and the key itself for sealing within this call chain."""

    object_id: UUID
    key_id: UUID
    kind: Kind
    key: Key


@dataclass(frozen=True, slots=True)
class KeyReceipt:
    """What a certificate says of a shredded key."""

    key_id: UUID
    master_version: int
    shredded_at: datetime


def create_key(object_id: UUID, kind: str) -> DataKeyHandle:
    """Make, wrap and commit a new data key, whatever transaction is open on the main database.

    Raises InsideKeysTransaction, KeyExists, KeyGone for an object that was shredded, and RingFault.
    """
    return create_keys((object_id,), kind)[object_id]


def create_keys(object_ids: Iterable[UUID], kind: str) -> dict[UUID, DataKeyHandle]:
    """Many keys at the price of one commit, by object id; all of them or none. Raises as `create_key` does."""
    handles = [
        DataKeyHandle(object_id, _new_key_id(), Kind(kind), Key(secrets.token_bytes(KEY_BYTES)))
        for object_id in object_ids
    ]
    try:
        # Durable: raises when it would not be the outermost, which is when leaving it would not commit.
        with transaction.atomic(using=KEYS, durable=True):
            _insert(handles)
    except RuntimeError:
        raise InsideKeysTransaction("keys are made outside transactions of the key store") from None
    except IntegrityError:
        raise KeyExists("one of these objects has a key already") from None
    return {handle.object_id: handle for handle in handles}


def _new_key_id() -> UUID:
    return UUID(bytes=secrets.token_bytes(16), version=4)


def _insert(handles: Sequence[DataKeyHandle]) -> None:
    shredded = ShreddedKey.objects.filter(pk__in=[handle.object_id for handle in handles])
    if gone := shredded.values_list("pk", flat=True).first():
        raise KeyGone(f"{gone} was shredded")
    master = _wrapping_master()
    material = current_ring().master(master.version)
    require_same(master, bytes(material))
    DataKey.objects.bulk_create(_wrapped(handle, material, master.version) for handle in handles)


def _wrapped(handle: DataKeyHandle, master: Key, version: int) -> DataKey:
    return DataKey(
        object_id=handle.object_id,
        key_id=handle.key_id,
        kind=handle.kind,
        wrapped=wrap(master, handle.key, object_id=handle.object_id, kind=handle.kind, version=version),
        master_version=version,
        created_at=timezone.now(),
    )


def _wrapping_master() -> MasterKey:
    """The newest master key in service, share-locked: rotation can't retire it before this key is committed."""
    sql = "SELECT * FROM vault_masterkey WHERE retired_at IS NULL ORDER BY version DESC LIMIT 1 FOR SHARE"
    for _ in range(2):
        # A rotation that retires the row we wait for leaves us with none; the second look sees its successor.
        for found in MasterKey.objects.using(KEYS).raw(sql):
            return found
    raise RingFault("the key store knows no master key: run `manage.py prepare`")


def data_key(object_id: UUID) -> Key:
    """The object's data key, unwrapped. Raises KeyGone, RingFault, Tampered."""
    for attempt in range(REWRAPPED_MEANWHILE):
        row = _row(object_id)
        if row is None:
            raise KeyGone(f"no key for {object_id}")
        try:
            return _unwrap(row)
        except (RingFault, Tampered):
            # Rotation may have re-wrapped the row and destroyed its old master key since we read it: read again.
            if attempt == REWRAPPED_MEANWHILE - 1:
                raise
    raise AssertionError("unreachable")


def _row(object_id: UUID) -> DataKey | None:
    """Every claim asks for one: planned once a connection."""
    rows = planned(_one_key(), {"id": object_id}, using=KEYS)
    return made(DataKey, rows[0], using=KEYS) if rows else None


@cache
def _one_key() -> str:
    return f"SELECT {columns(DataKey, 'own')} FROM vault_datakey AS own WHERE object_id = %(id)s"  # noqa: S608  # our own names


def data_keys(object_ids: Iterable[UUID]) -> dict[UUID, Key]:
    """The keys of many objects at the price of one query; those that have none are missing. Raises as `data_key`."""
    found: dict[UUID, Key] = {}
    masters: dict[int, Wrapping] = {}
    for row in DataKey.objects.filter(pk__in=list(object_ids)):
        try:
            if row.master_version not in masters:
                masters[row.master_version] = Wrapping(current_ring().master(row.master_version), row.master_version)
            found[row.pk] = Key(masters[row.master_version].unwrap(bytes(row.wrapped), row.pk, row.kind))
        except (RingFault, Tampered):
            with suppress(KeyGone):
                found[row.pk] = data_key(row.pk)
    return found


def _unwrap(row: DataKey) -> Key:
    master = current_ring().master(row.master_version)
    return unwrap(master, bytes(row.wrapped), object_id=row.object_id, kind=row.kind, version=row.master_version)


def key_id(object_id: UUID) -> UUID:
    """The id of an object's live key. Raises KeyGone."""
    found = DataKey.objects.filter(pk=object_id).values_list("key_id", flat=True).first()
    if found is None:
        raise KeyGone(f"no key for {object_id}")
    return found


def shred_key(object_id: UUID, *, now: datetime) -> KeyReceipt:
    """Destroy one object's key for good; the same receipt again when it is gone. Raises KeyGone if never made."""
    receipt = shred_keys((object_id,), now=now).get(object_id)
    if receipt is None:
        raise KeyGone(f"{object_id} never had a key")
    return receipt


def shred_keys(object_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, KeyReceipt]:
    """Destroy many keys at the price of one: receipts by object id, missing for an id that never had a key.

    1. The tombstones are written and synced: a crash after this leaves a shred that `replay` finishes.
    2. One transaction on the key store deletes the rows and keeps the fact of each.
    Idempotent. Must not run inside a transaction of the key store, whose rollback would bring the keys back.
    """
    ids = sorted(set(object_ids))
    live = DataKey.objects.filter(pk__in=ids).values_list("object_id", flat=True)
    tombstones.add_all(sorted(live), now)
    try:
        with transaction.atomic(using=KEYS, durable=True):
            _delete(ids, now)
    except RuntimeError:
        raise InsideKeysTransaction("keys are shredded outside transactions of the key store") from None
    return _receipts(ids)


def _delete(ids: Sequence[UUID], now: datetime) -> None:
    """One statement: what it deletes is what it records, at the master version that wrapped it last."""
    sql = """
        WITH gone AS (
            DELETE FROM vault_datakey WHERE object_id = ANY(%s) RETURNING object_id, key_id, kind, master_version
        )
        INSERT INTO vault_shreddedkey (object_id, key_id, kind, master_version, shredded_at)
        SELECT object_id, key_id, kind, master_version, %s FROM gone
    """
    with connections[KEYS].cursor() as cursor:
        cursor.execute(sql, [list(ids), now])


def _receipts(ids: Sequence[UUID]) -> dict[UUID, KeyReceipt]:
    rows = ShreddedKey.objects.filter(pk__in=ids)
    return {row.object_id: KeyReceipt(row.key_id, row.master_version, row.shredded_at) for row in rows}


def key_is_absent(object_id: UUID) -> bool:
    """Whether the key store, asked over a connection made for this question, has no key for the object."""
    return object_id not in keys_present((object_id,))


def keys_present(object_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these objects still have a key, asked over a fresh connection: no pool, no open snapshot, no cache."""
    fresh = connections[KEYS].copy()
    fresh.settings_dict["OPTIONS"] = {**fresh.settings_dict["OPTIONS"], "pool": False}
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT object_id FROM vault_datakey WHERE object_id = ANY(%s)", [list(object_ids)])
            return {row[0] for row in cursor.fetchall()}
    finally:
        fresh.close()


def beyond_recovery(master_version: int) -> datetime | None:
    """When the last master key that may have wrapped keys of this version was destroyed, or None while one is left.

    A key's earlier wrappings lie under earlier versions, in old backups too; so all up to this one must be gone.
    """
    destroyed = MasterKey.objects.filter(version__lte=master_version).values_list("destroyed_at", flat=True)
    times = [at for at in destroyed if at is not None]
    return max(times) if times and len(times) == len(destroyed) else None


def not_entombed(newest: int) -> int:
    """How many of the newest shredded keys the ring has no tombstone of: above 0, the ring is one from a backup."""
    shredded = ShreddedKey.objects.order_by("-shredded_at").values_list("object_id", flat=True)[:newest]
    return sum(not tombstones.contains(object_id) for object_id in shredded)


def replay(*, now: datetime) -> int:
    """After a restore: shred again every key whose object has a tombstone. Returns how many had come back.

    Ring and key store each remember what was shredded, so that either may be the one that was restored: first the
    ring's tombstones learn what only the key store remembers.
    """
    remembered = ShreddedKey.objects.values_list("object_id", "shredded_at")
    tombstones.take_over(remembered.iterator(chunk_size=10_000))
    erased = list(tombstones.all())
    returned = 0
    for start in range(0, len(erased), 1000):
        back = list(DataKey.objects.filter(pk__in=erased[start : start + 1000]).values_list("object_id", flat=True))
        shred_keys(back, now=now)
        returned += len(back)
    return returned
