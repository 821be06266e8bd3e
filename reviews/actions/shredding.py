"""Destroying clips: their keys, their bytes, their values. The verifier (reviews/verifier.py) is somebody else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models, transaction

from project import ledger, vault
from project.ledger.events import Event
from project.vault.models import MasterKey
from reviews.actions.activations import count_reviews_of
from reviews.bulk_rows import update_each
from reviews.certificates import KeyFacts
from reviews.erasure_errors import Failures
from reviews.erasure_states import ErasureState, Method
from reviews.fates import FATES
from reviews.models import Clip, Erasure

# A store that refused this many in a row is not asked for each of the others of a batch.
ENOUGH: Final = 3


def shred(ids: Sequence[UUID], failures: Failures, *, clock: Callable[[], datetime]) -> None:
    """Destroy clips that are past recall. Every step may be repeated; a kill between two of them loses nothing.

    1. The keys, in the key store, with their tombstones beside the ring: from here on nothing opens, whatever follows.
    2. The bytes of every part in the blob store. Of those that it did not delete the orders drop out.
    3. In one transaction: every value derived from the clips, and the rows say `verifying`.
    A redaction destroys the version that it replaced, and leaves the values, which the new version's key seals by now.
    """
    orders = list(Erasure.objects.filter(pk__in=ids).order_by("pk"))
    keys = destroy_keys([one.vault_id for one in orders] + _unused(orders), now=clock())
    failures |= delete_bytes_of(orders)
    done = [one for one in orders if one.pk not in failures]
    now = clock()
    with transaction.atomic(durable=True):
        clips = Clip.objects.select_for_update(no_key=True).filter(pk__in=[one.clip_id for one in done])
        list(clips.order_by("pk").values_list("pk"))
        rows = Erasure.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in done])
        shredding = list(rows.filter(state=ErasureState.SHREDDING).order_by("pk"))
        clear_values([one.clip_id for one in shredding if one.method == Method.ERASE])
        _say_shredded(shredding, keys, now=now)


def _say_shredded(erasures: Sequence[Erasure], keys: dict[UUID, KeyFacts], *, now: datetime) -> None:
    rows, entries = {}, []
    for one in erasures:
        key = keys[one.vault_id]
        rows[one.pk] = (key.key_id, key.master_version, key.destroyed_at)
        said = {"clip": one.clip_id, "key": key.key_id, "master_version": key.master_version}
        entries.append((one, said))
    columns = {"key_id": "varchar", "master_version": "integer", "key_destroyed_at": "timestamptz"}
    update_each(Erasure, rows, columns, state=ErasureState.VERIFYING, bytes_deleted_at=now)
    ledger.record_many(Event.ERASURE_SHREDDED, actor=None, now=now, entries=entries)


def _unused(orders: Iterable[Erasure]) -> list[UUID]:
    """Silenced versions of clips that were to be redacted until somebody wanted all of them gone."""
    return [one.resealed_as for one in orders if one.method == Method.ERASE and one.resealed_as]


def destroy_keys(vault_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, KeyFacts]:
    """Shred keys, or learn again what became of them.

    For one that never was the newest master key stands in: whatever may once have wrapped it is no newer.
    """
    receipts = vault.shred_keys(vault_ids, now=now)
    found = {one: KeyFacts(str(r.key_id), r.master_version, r.shredded_at) for one, r in receipts.items()}
    if absent := [one for one in vault_ids if one not in found]:
        vault.tombstones.add_all(absent, now)
        newest = MasterKey.objects.order_by("-version").values_list("version", flat=True).first()
        found |= {one: KeyFacts("absent", newest or 0, now) for one in absent}
    return found


def delete_bytes_of(orders: Sequence[Erasure]) -> Failures:
    """Delete every part of these clips; what could not be deleted, by erasure.

    All at once, and where that fails one by one, so that a single file that can't be removed keeps nobody waiting.
    """
    parts = {one.pk: [one.vault_id, *_unused([one])] for one in orders}
    try:
        delete_bytes([vault_id for mine in parts.values() for vault_id in mine])
    except vault.StoreFault as error:
        if len(parts) == 1:
            return dict.fromkeys(parts, error)
        return _delete_one_by_one(parts)
    return {}


def _delete_one_by_one(parts: dict[UUID, list[UUID]]) -> Failures:
    failed: Failures = {}
    refused = 0
    for erasure_id, vault_ids in parts.items():
        try:
            if refused >= ENOUGH:
                raise vault.StoreFault("the blob store refuses")
            delete_bytes(vault_ids)
            refused = 0
        except vault.StoreFault as error:
            failed[erasure_id] = error
            refused += 1
    return failed


def delete_bytes(vault_ids: Iterable[UUID]) -> None:
    """Delete every part of these from the blob store, whatever parts there are. Raises vault.StoreFault."""
    vault.delete_blobs(vault_ids)


def clear_values(clip_ids: Sequence[UUID]) -> int:
    """Empty every column that the fate registry does not keep. Gives back how many rows were touched.

    What has to be counted of them is counted first: only the fact stays that a device recorded without being asked.
    """
    if not clip_ids:
        return 0
    count_reviews_of(clip_ids)
    return sum(rows.update(**empty) for rows, empty in rows_to_clear(clip_ids))


def rows_to_clear(clip_ids: Sequence[UUID]) -> Iterator[tuple[models.QuerySet[models.Model], dict[str, object]]]:
    """For each model that holds something of these clips: its rows, and the columns to empty with what to put there."""
    for label, fates in FATES.items():
        if not fates.path:
            continue
        model = apps.get_model(label)
        empty = {name: emptied(model._meta.get_field(name)) for name in fates.emptied}
        if empty:
            yield model._default_manager.filter(**{f"{fates.path}__in": clip_ids}), empty


def emptied(field: Any) -> object:
    """What an emptied column holds: NULL where it may, else its default, else zero or the empty string."""
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return 0 if isinstance(field, models.IntegerField) else ""
