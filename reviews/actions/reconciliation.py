"""Comparing what the database says with what the stores hold, both ways; replaying erasures after a restore.

A tombstone lies beside the key ring, outside every backup of a database. A database that was restored from before an
erasure has forgotten it; the tombstone has not.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from project import ledger, vault
from project.ledger.events import Event
from project.vault.blobs import current_store
from project.vault.models import DataKey, Kind
from reviews.actions.erasures import erase, order_erasure
from reviews.actions.shredding import delete_bytes
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure, Reconciliation
from reviews.models.clips import AUDIO
from reviews.states import ClipState

T = TypeVar("T")
ENDED: Final = (ClipState.ERASING, ClipState.ERASED)
# Sealing commits key, blob and row in that order: younger than this a key without a clip is an ingest on its way.
GRACE: Final = timedelta(days=1)
BATCH: Final = 500
NEWEST: Final = 100


def reconcile(*, now: datetime) -> Reconciliation:
    """Compare and mend what can be mended; what can't is counted, and turns /status red.

    1. Tombstones: a clip that lives again is erased again, whatever holds stand: its key is gone since long.
    2. Keys and bytes without a clip, older than a day: destroyed.
    3. Erased clips of which bytes are there again: deleted, and counted.
    4. Living clips without key or bytes: counted.
    """
    replayed = replay_tombstones(now=now)
    orphans = sweep_orphans(now=now)
    resurrected, keyless, byteless = compare_clips()
    with transaction.atomic(durable=True):
        row = Reconciliation.objects.create(
            at=now, replayed=replayed, orphans=orphans, resurrected=resurrected, keyless=keyless, byteless=byteless
        )
        ledger.record(
            Event.RECONCILED, actor=None, subject=row, now=now,
            replayed=replayed, orphans=orphans, resurrected=resurrected, keyless=keyless, byteless=byteless,
        )  # fmt: skip
    return row


def replay_tombstones(*, now: datetime) -> int:
    """Erase again every clip that has a tombstone and lives: oldest first, so that an interrupted replay shows."""
    return sum(
        _replay(clip_id, now=now) for batch in batched(vault.tombstones.all(), BATCH) for clip_id in _alive(batch)
    )


def forgotten_erasures() -> int:
    """How many of the newest tombstones belong to clips that live: above 0, a restore was not reconciled."""
    return len(_alive(list(vault.tombstones.all())[-NEWEST:]))


def _alive(ids: list[UUID]) -> list[UUID]:
    living = set(Clip.objects.filter(pk__in=ids).exclude(state__in=ENDED).values_list("pk", flat=True))
    return [clip_id for clip_id in ids if clip_id in living]


def _replay(clip_id: UUID, *, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        if clip.state in ENDED:
            return False
        erasure = order_erasure(clip, Reason.RESTORED, actor=None, now=now)
        ledger.record(Event.ERASURE_REPLAYED, actor=None, subject=erasure, now=now, clip=clip_id)
    Erasure.objects.filter(pk=erasure.pk).exclude(state=ErasureState.CERTIFIED).update(next_attempt_at=now)
    erase(erasure.pk, now=now)
    return True


def sweep_orphans(*, now: datetime) -> int:
    """Destroy keys, and bytes, that belong to no clip and are older than a day. Gives back how many objects."""
    swept = 0
    for batch in batched(clip_keys(), BATCH):
        old = [object_id for object_id, created_at in batch if created_at < now - GRACE]
        for orphan in _without_clip(old):
            vault.shred_key(orphan, now=now)
            delete_bytes(orphan)
            swept += 1
    return swept


def _without_clip(ids: list[UUID]) -> list[UUID]:
    known = set(Clip.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [object_id for object_id in ids if object_id not in known]


def compare_clips() -> tuple[int, int, int]:
    """(erased clips whose bytes were back and are deleted now, living clips without a key, without their audio)."""
    resurrected = keyless = byteless = 0
    keys = {object_id for object_id, _ in clip_keys()}
    stored = set(current_store().object_ids())
    for clip_id, state in Clip.objects.exclude(state=ClipState.ERASING).values_list("pk", "state").iterator(BATCH):
        if state != ClipState.ERASED:
            keyless += clip_id not in keys
            byteless += clip_id not in stored or vault.is_absent(clip_id, AUDIO)
        elif clip_id in stored:
            delete_bytes(clip_id)
            resurrected += 1
    return resurrected, keyless, byteless


def clip_keys() -> Iterator[tuple[UUID, datetime]]:
    """Every living key of a clip, with when it was made."""
    keys = DataKey.objects.filter(kind=Kind.CLIP).order_by("created_at")
    return keys.values_list("object_id", "created_at").iterator(BATCH)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
