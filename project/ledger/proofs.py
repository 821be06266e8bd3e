"""Proofs that an outsider can check with the public key alone: this entry is in, and nothing before it was changed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from project.ledger import merkle, tree
from project.ledger.errors import NoSuchTree, NotSealedYet
from project.ledger.leaves import leaf_bytes
from project.ledger.models import Checkpoint, Entry, Leaf
from project.ledger.recording import bytes_of

__all__ = ["Inclusion", "bytes_of", "consistency_between", "inclusion_for", "latest"]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An entry, its place, and the hashes that lead from it to the root which `checkpoint` signs.

    `entry`: the leaf's canonical bytes. `checkpoint`: the signed note of exactly `tree_size`, empty where none was
    signed at that size (never so for the default size).
    """

    entry: bytes
    leaf_index: int
    tree_size: int
    hashes: list[bytes]
    checkpoint: str


def latest() -> Checkpoint | None:
    """The newest signed head, or None before the first seal."""
    return Checkpoint.objects.order_by("-id").first()


def inclusion_for(entry_id: UUID, *, tree_size: int | None = None, head: Checkpoint | None = None) -> Inclusion:
    """Proof that the entry is in the tree of that size or of that head, by default of the newest checkpoint.

    Raises Entry.DoesNotExist, NotSealedYet (try again in a few seconds), NoSuchTree beyond the newest checkpoint.
    """
    columns = tree.columns_of([entry_id])
    if entry_id not in columns:
        raise Entry.DoesNotExist
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None:
        raise NotSealedYet(f"entry {entry_id} waits for the sealer")
    size, note = (head.tree_size, head.note) if head else _head(tree_size)
    if leaf.index >= size:
        raise NotSealedYet(f"entry {entry_id} came after the tree of that size")
    hashes = merkle.hashes_of(merkle.inclusion_ranges(leaf.index, size), tree.read)
    return Inclusion(leaf_bytes(columns[entry_id]), leaf.index, size, hashes, note)


def consistency_between(old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` leaves begins with that of `old`. Raises NoSuchTree."""
    newest = latest()
    if not 0 <= old <= new <= (newest.tree_size if newest else 0):
        raise NoSuchTree("sizes go from 0 to that of the newest checkpoint, the smaller one first")
    return merkle.hashes_of(merkle.consistency_ranges(old, new), tree.read)


def _head(tree_size: int | None) -> tuple[int, str]:
    newest = latest()
    if newest is None or (tree_size or 0) > newest.tree_size:
        raise NoSuchTree("no checkpoint covers a tree of that size")
    if tree_size in (None, newest.tree_size):
        return newest.tree_size, newest.note
    notes = Checkpoint.objects.filter(tree_size=tree_size).order_by("-id").values_list("note", flat=True)
    return tree_size or 0, notes.first() or ""
