"""Destroying a clip: its key, its bytes, its values. The verifier (reviews/verifier.py) is somebody else."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction

from project import ledger, vault
from project.ledger.events import Event
from project.vault.models import MasterKey
from reviews.certificates import KeyFacts
from reviews.erasure_states import ErasureState
from reviews.fates import FATES
from reviews.models import Clip, Erasure


def shred(erasure_id: UUID, *, clock: Callable[[], datetime]) -> ErasureState:
    """Destroy a clip that is past recall. Every step may be repeated; a kill between two of them loses nothing.

    1. The key, in the key store, with its tombstone beside the ring: from here on nothing opens, whatever follows.
    2. The bytes of every part in the blob store.
    3. In one transaction: every value derived from the clip, and the row says `verifying`.
    """
    clip_id = Erasure.objects.values_list("clip_id", flat=True).get(pk=erasure_id)
    key = destroy_key(clip_id, now=clock())
    delete_bytes(clip_id)
    now = clock()
    with transaction.atomic(durable=True):
        Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state != ErasureState.SHREDDING:
            return ErasureState(erasure.state)
        cleared = clear_values(clip_id)
        erasure.state, erasure.bytes_deleted_at = ErasureState.VERIFYING, now
        erasure.key_id, erasure.master_version = key.key_id, key.master_version
        erasure.key_destroyed_at = key.destroyed_at
        erasure.save()
        ledger.record(
            Event.ERASURE_SHREDDED, actor=None, subject=erasure, now=now,
            clip=clip_id, key=erasure.key_id, master_version=erasure.master_version, rows=cleared,
        )  # fmt: skip
    return ErasureState.VERIFYING


def destroy_key(clip_id: UUID, *, now: datetime) -> KeyFacts:
    """Shred the clip's key, or learn again what became of it.

    For a clip that never had one the newest master key stands in: whatever may once have wrapped it is no newer.
    """
    try:
        receipt = vault.shred_key(clip_id, now=now)
    except vault.KeyGone:
        vault.tombstones.add(clip_id, now)
        newest = MasterKey.objects.order_by("-version").values_list("version", flat=True).first()
        return KeyFacts("absent", newest or 0, now)
    return KeyFacts(str(receipt.key_id), receipt.master_version, receipt.shredded_at)


def delete_bytes(clip_id: UUID) -> None:
    """Delete every part of a clip from the blob store, whatever parts there are."""
    for part in vault.parts(clip_id):
        vault.delete_blob(clip_id, part)


def clear_values(clip_id: UUID) -> int:
    """Empty every column that the fate registry does not keep. Gives back how many rows were touched."""
    return sum(rows.update(**empty) for rows, empty in rows_to_clear(clip_id))


def rows_to_clear(clip_id: UUID) -> Iterator[tuple[models.QuerySet[models.Model], dict[str, object]]]:
    """For each model that holds something of this clip: its rows, and the columns to empty with what to put there."""
    for label, fates in FATES.items():
        if not fates.path:
            continue
        model = apps.get_model(label)
        empty = {name: emptied(model._meta.get_field(name)) for name in fates.emptied}
        if empty:
            yield model._default_manager.filter(**{fates.path: clip_id}), empty


def emptied(field: Any) -> object:
    """What an emptied column holds: NULL where it may, else its default, else zero or the empty string."""
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return 0 if isinstance(field, models.IntegerField) else ""
