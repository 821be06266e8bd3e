"""Comparing what the database says with what the stores hold, both ways; replaying erasures after a restore.

A tombstone lies beside the key ring, outside every backup of a database. A database that was restored from before an
erasure has forgotten it; the tombstone has not. Everything here goes by a clip's name in the vault (`vault_id`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from project import ledger, vault
from project.ledger import origins
from project.ledger.events import Event
from project.vault import kept_elsewhere, keystore
from project.vault.actions.orphans import sweep_orphan_keys
from project.vault.blobs import current_store
from project.vault.models import DataKey, Kind, ShreddedKey
from reviews.actions.erasures import erase, order_erasure
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure, Reconciliation
from reviews.models.clips import AUDIO
from reviews.vault_ids import ENDED, claimed, clips_named, named_within

T = TypeVar("T")
BATCH: Final = 500
# A shred that was cut short between its tombstone and the key is finished by the next attempt, which is sooner.
SHRED_IN_PROGRESS: Final = timedelta(hours=1)
SLICES: Final = tuple(f"{number:02x}" for number in range(256))


Look = Callable[[dict[UUID, datetime]], tuple[int, bool]]
"""Tombstones in; out come how many a store has forgotten, and whether it remembers any."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Erased clips whose bytes were back and are deleted now; living clips without a key; without their audio."""

    resurrected: int = 0
    keyless: int = 0
    byteless: int = 0

    def __add__(self, other: "Compared") -> "Compared":
        return Compared(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def reconcile(*, now: datetime, last_checkpoint: str | None = None, copies: Iterable[Path] = ()) -> Reconciliation:
    """Compare and mend what can be mended; what can't is counted, and turns /status red.

    0. Tombstones that only one of these `copies`, the copy kept elsewhere or the key store remembers are written beside
       the ring again.
    1. After a restore: keys with a tombstone go again, the ledger goes on under a new origin that names the old head
       (`last_checkpoint`, the newest that anybody saw, else the newest restored), and clips that live again are erased
       again, whatever holds stand: what they held is gone since long.
    2. Keys without an owner, older than a day, and bytes that no key opens and no clip claims: destroyed.
    3. Erased clips of which bytes are there again: deleted, and counted.
    4. Living clips without key or bytes: counted.
    """
    kept = kept_elsewhere.copy()
    for copy in [*copies, *([kept] if kept and kept.exists() else [])]:
        vault.tombstones.take_over(vault.tombstones.in_file(copy))
    replayed = replay(now=now, last_checkpoint=last_checkpoint)
    orphans = sweep_orphan_keys(now=now) + sweep_keyless_bytes()
    found = compare_clips()
    counts = {
        "replayed": replayed, "orphans": orphans, "resurrected": found.resurrected, "keyless": found.keyless,
        "byteless": found.byteless,
    }  # fmt: skip
    with transaction.atomic(durable=True):
        row = Reconciliation.objects.create(at=now, **counts)
        ledger.record(Event.RECONCILED, actor=None, subject=row, now=now, **counts)
    return row


def replay(*, now: datetime, last_checkpoint: str | None = None) -> int:
    """Erase again what a restore brought back. Gives back how many keys and clips had come back.

    Oldest first, so that a replay that is interrupted still shows in `forgotten_erasures`.
    """
    keys = keystore.replay(now=now)
    living = [clip_id for batch in batched(vault.tombstones.all(), BATCH) for clip_id in _alive(batch)]
    if keys or living:
        with transaction.atomic(durable=True):
            origins.start_new(now=now, old_head=last_checkpoint)
    return max(keys, sum(_replay(clip_id, now=now) for clip_id in living))


def forgotten_erasures(*, now: datetime) -> int:
    """How many erasures a restored database or key store has forgotten: above 0, it was not reconciled.

    Looks back through the tombstones until it meets one that the store remembers. A backup holds everything that was
    written before it was taken and nothing after, so the tombstones older than that one are remembered too: one look
    at the newest few is enough in ordinary times, and a restore is found however much came and went after its backup.
    """
    return (
        _look_back(_forgotten_clips)
        or _look_back(lambda batch: _forgotten_keys(batch, now))
        or keystore.not_entombed(BATCH)
        or kept_elsewhere.known_only_there()
    )


def _look_back(forgotten: Look) -> int:
    for batch in vault.tombstones.newest_first(BATCH):
        found, remembers = forgotten(batch)
        if found or remembers:
            return found
    return 0


def _forgotten_clips(batch: dict[UUID, datetime]) -> tuple[int, bool]:
    """(how many of these clips live, whether the database remembers the end of any)."""
    ids = list(batch)
    return len(_alive(ids)), Clip.objects.filter(pk__in=ids, state__in=ENDED).exists()


def _forgotten_keys(batch: dict[UUID, datetime], now: datetime) -> tuple[int, bool]:
    there = DataKey.objects.filter(pk__in=list(batch)).values_list("pk", flat=True)
    found = sum(batch[object_id] < now - SHRED_IN_PROGRESS for object_id in there)
    return found, ShreddedKey.objects.filter(pk__in=list(batch)).exists()


def _alive(ids: list[UUID]) -> list[UUID]:
    """The clips, in the order of their tombstones, that live although their key was shredded."""
    living = {
        clip.vault_id: clip.pk
        for clip in clips_named(ids).exclude(state__in=ENDED).only("pk", "resealed_as")
    }  # fmt: skip
    busy = set(
        Erasure.objects.filter(vault_id__in=living, no_return_at__isnull=False)
        .exclude(state=ErasureState.CERTIFIED)
        .values_list("vault_id", flat=True)
    )
    return [living[vault_id] for vault_id in ids if vault_id in living and vault_id not in busy]


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
    """Delete bytes that no key opens and no clip claims. Gives back of how many objects."""
    store, swept = current_store(), 0
    for within in SLICES:
        for batch in batched({object_id for object_id, _ in store.everything(within)}, BATCH):
            keys = set(DataKey.objects.filter(pk__in=batch).values_list("pk", flat=True))
            nobodys = set(batch) - keys - claimed(batch)
            vault.delete_blobs(nobodys)
            swept += len(nobodys)
    return swept


def compare_clips() -> Compared:
    """In 256 slices by the first digits of the id, so that memory stays small at any number of clips."""
    return sum((_compare(within) for within in SLICES), Compared())


def _compare(within: str) -> Compared:
    """Ids in the listings may be half a minute old: what looks wrong is asked for again before it is counted."""
    audio, stored = set(), set()
    for object_id, part in current_store().everything(within):
        stored.add(object_id)
        if part == AUDIO:
            audio.add(object_id)
    lowest, highest = UUID(within + "0" * 30), UUID(within + "f" * 30)
    of_clips = DataKey.objects.filter(kind=Kind.CLIP, pk__range=(lowest, highest))
    keys = set(of_clips.values_list("pk", flat=True).iterator(BATCH))
    living, dead = named_within(lowest, highest)
    resurrected = dead & (stored - keys)  # a redaction under way still has the key of what it will destroy
    vault.delete_blobs(resurrected)
    keyless, byteless = _still_living(living - keys), _still_living(living - audio)
    return Compared(
        len(resurrected),
        len(keyless) - DataKey.objects.filter(pk__in=keyless).count(),
        sum(vault.is_absent(object_id, AUDIO) for object_id in byteless),
    )


def _still_living(ids: set[UUID]) -> set[UUID]:
    found = clips_named(list(ids)).exclude(state__in=ENDED) if ids else ()
    return {clip.vault_id for clip in found}


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
