"""Keys that nothing uses: made for an object whose row then never committed. They are shredded after a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from project.vault import owners
from project.vault.actions.seal import delete_blobs
from project.vault.keystore import shred_keys
from project.vault.models import DataKey, Kind

GRACE: Final = timedelta(days=1)
BATCH: Final = 1_000


def sweep_orphan_keys(*, now: datetime) -> int:
    """Shred keys older than a day that have no owner, with whatever blobs they sealed; returns how many.

    Kinds whose owner no app declared are left alone. Call it outside transactions: an owner that is being written
    under a key this old would be a transaction a day long.
    """
    return sum(_sweep(kind, now) for kind in Kind)


def _sweep(kind: Kind, now: datetime) -> int:
    which_exist = owners.of(kind)
    if which_exist is None:
        return 0
    swept, after = 0, None
    while ids := _old_keys(kind, now, after):
        after = ids[-1]
        owned = which_exist(ids)
        orphans = [object_id for object_id in ids if object_id not in owned]
        shred_keys(orphans, now=now)
        delete_blobs(orphans)
        swept += len(orphans)
    return swept


def _old_keys(kind: Kind, now: datetime, after: object) -> list:
    old = DataKey.objects.filter(kind=kind, created_at__lt=now - GRACE).order_by("pk")
    if after is not None:
        old = old.filter(pk__gt=after)
    return list(old.values_list("pk", flat=True)[:BATCH])
