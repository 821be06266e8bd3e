"""The sealer: puts committed entries into the tree and signs the head.

Entries commit in any order and late; each has left a row in the queue (models.Unsealed), so whatever has committed
when a batch is read gets sealed, and what commits later gets sealed later. Nothing but the sealer writes the tree, one
at a time under an advisory lock; a sealer that is killed leaves the batch as it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from project import vault
from project.ledger import origins, tree
from project.ledger.checkpoint import TreeHead, sign
from project.ledger.leaves import hash_texts
from project.ledger.merkle import Frontier
from project.ledger.models import Checkpoint, Unsealed

LOCK: Final = 0x4541525348  # any constant: advisory locks are per database
BATCH: Final = 5_000
MOST_BATCHES: Final = 400


def seal(now: datetime) -> int:
    """Seal all that is waiting, at most 2,000,000 entries a run; returns how many. 0 when another sealer is at work."""
    sealed = 0
    for _ in range(MOST_BATCHES):
        batch = _seal_batch(now)
        sealed += batch
        if batch < BATCH:
            break
    return sealed


def _seal_batch(now: datetime) -> int:
    """One transaction: lock, read the queue, append leaves, sign the new head, take the batch off the queue.

    The very first run signs even the empty tree, so that there is a head to hold on to from the start.
    """
    with transaction.atomic(durable=True):
        if not _alone():
            return 0
        waiting = list(Unsealed.objects.order_by("id").values_list("id", "entry_id")[:BATCH])
        if not waiting and Checkpoint.objects.exists():
            return 0
        texts = tree.texts_of([entry for _, entry in waiting])
        entries = [(entry, hash_texts(texts[entry])) for _, entry in waiting]
        edge = tree.frontier(tree.size())
        tree.append(edge, entries)
        _sign(edge, now)
        Unsealed.objects.filter(pk__in=[queued for queued, _ in waiting]).delete()
    return len(waiting)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _sign(edge: Frontier, now: datetime) -> Checkpoint:
    head = TreeHead(origins.current(now).name, edge.size, edge.root())
    note = sign(head, vault.signing_key())
    return Checkpoint.objects.create(tree_size=head.size, root=head.root, at=now, note=note)
