"""Comparing what the database says with what the stores hold, both ways; replaying erasures after a restore.

A tombstone lies beside the key ring, outside every backup of a database. A database that was restored from before an
erasure has forgotten it; the tombstone has not.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from project import ledger, vault
from project.ledger import origins
from project.ledger.events import Event
from project.vault import keystore
from project.vault.actions.orphans import sweep_orphan_keys
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
BATCH: Final = 500
NEWEST: Final = 100


def reconcile(*, now: datetime) -> Reconciliation:
    """Compare and mend what can be mended; what can't is counted, and turns /status red.

    1. After a restore: keys with a tombstone go again, the ledger goes on under a new origin that names the old head,
       and clips that live again are erased again, whatever holds stand: what they held is gone since long.
    2. Keys without an owner, older than a day, and bytes that no key opens and no clip claims: destroyed.
    3. Erased clips of which bytes are there again: deleted, and counted.
    4. Living clips without key or bytes: counted.
    """
    replayed = replay(now=now)
    orphans = sweep_orphan_keys(now=now) + sweep_keyless_bytes()
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


def replay(*, now: datetime) -> int:
    """Erase again what a restore brought back. Gives back how many keys and clips had come back.

    Oldest first, so that a replay that is interrupted still shows in `forgotten_erasures`.
    """
    keys = keystore.replay(now=now)
    living = [clip_id for batch in batched(vault.tombstones.all(), BATCH) for clip_id in _alive(batch)]
    if keys or living:
        with transaction.atomic(durable=True):
            origins.start_new(now=now)
    return max(keys, sum(_replay(clip_id, now=now) for clip_id in living))


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


def sweep_keyless_bytes() -> int:
    """Delete bytes that no key opens and no living clip claims. Gives back of how many objects."""
    store = current_store()
    swept = 0
    for batch in batched(store.object_ids(), BATCH):
        claimed = set(DataKey.objects.filter(pk__in=batch).values_list("pk", flat=True))
        claimed |= set(Clip.objects.filter(pk__in=batch).values_list("pk", flat=True))
        for object_id in batch:
            if object_id not in claimed:
                delete_bytes(object_id)
                swept += 1
    return swept


def compare_clips() -> tuple[int, int, int]:
    """(erased clips whose bytes were back and are deleted now, living clips without a key, without their audio)."""
    resurrected = keyless = byteless = 0
    keys = set(DataKey.objects.filter(kind=Kind.CLIP).values_list("object_id", flat=True).iterator(BATCH))
    stored = set(current_store().object_ids())
    for clip_id, state in Clip.objects.exclude(state=ClipState.ERASING).values_list("pk", "state").iterator(BATCH):
        if state != ClipState.ERASED:
            keyless += clip_id not in keys
            byteless += clip_id not in stored or vault.is_absent(clip_id, AUDIO)
        elif clip_id in stored:
            delete_bytes(clip_id)
            resurrected += 1
    return resurrected, keyless, byteless


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
