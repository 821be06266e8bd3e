"""The sealer: puts committed entries into the tree and signs the head.

Entries commit in any order and late; each has left a row in the queue (models.Unsealed), so whatever has committed
when a batch is read gets sealed, and what commits later gets sealed later. Nothing but the sealer writes the tree, one
at a time under an advisory lock; a sealer that is killed leaves the batch as it was.

What is sealed is the commitment that was made when the entry was recorded: an entry that was changed while it waited
gets the leaf of what it was, and `verify_ledger` names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from project.ledger import origins, signing_keys, tree
from project.ledger.checkpoint import TreeHead, sign
from project.ledger.leaves import hash_columns
from project.ledger.merkle import Frontier
from project.ledger.models import Checkpoint, Handover

LOCK: Final = 0x4541525348  # any constant: advisory locks are per database
BATCH: Final = 5_000
MOST_BATCHES: Final = 400

# A row of the queue whose entry is gone stays where it is, for verify_ledger to name; what came after it is sealed.
_WAITING: Final = """
    SELECT u.id, e.id, e.commitment, EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = e.id)
    FROM ledger_unsealed u JOIN ledger_entry e ON e.id = u.entry_id ORDER BY u.id LIMIT %s
"""
_DONE: Final = "DELETE FROM ledger_unsealed WHERE id = ANY(%s)"


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
        if not alone():
            return 0
        queued, entries = _waiting()
        if entries or not Checkpoint.objects.exists():
            edge = tree.frontier(tree.size())
            tree.append(edge, entries)
            sign_head(edge, now)
        if queued:
            with connection.cursor() as cursor:
                cursor.execute(_DONE, [queued])
    return len(entries)


def alone() -> bool:
    """Take the sealer's lock until the transaction ends; False when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _waiting() -> tuple[list[int], list[tuple[UUID, bytes]]]:
    """The next batch: ids in the queue, and entries with their leaf hashes in the same order.

    An entry that waits twice, or is sealed already, gets no second leaf: its row in the queue just goes.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [BATCH])
        rows = cursor.fetchall()
    new: dict[UUID, bytes | None] = {entry: commitment for _, entry, commitment, is_sealed in rows if not is_sealed}
    uncommitted = tree.columns_of([entry for entry, commitment in new.items() if commitment is None])
    return [queued for queued, *_ in rows], [
        (entry, hash_columns(uncommitted[entry]) if commitment is None else bytes(commitment))
        for entry, commitment in new.items()
    ]


def sign_head(edge: Frontier, now: datetime, keys: Sequence[Ed25519PrivateKey] | None = None) -> Checkpoint:
    """Sign the tree as it stands and keep the note; under the sealer's lock. The witness gets it later."""
    head = TreeHead(origins.current(now).name, edge.size, edge.root())
    last = Checkpoint.objects.order_by("-id").values_list("id", flat=True).first()
    checkpoint = Checkpoint.objects.create(
        tree_size=head.size,
        root=head.root,
        at=now,
        note=sign(head, *(keys or signing_keys.signers(now))),
        previous=last or 0,
    )
    if settings.LEDGER_WITNESS:
        Handover.objects.create(checkpoint=checkpoint, next_attempt_at=now)
    return checkpoint
