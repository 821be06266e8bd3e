"""Recomputing the whole ledger from its entries, and naming every place where it is not what was signed.

Streams in order of the tree, so memory stays bounded however long the ledger is. What is compared: each entry with its
leaf hash, the leaves' numbering, each complete subtree, each checkpoint's root and signature, and that no committed
entry is outside both the tree and the sealer's queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from project.ledger import tree
from project.ledger.checkpoint import BadNote, TreeHead, verify
from project.ledger.leaves import PARTS, hash_parts
from project.ledger.merkle import Frontier, Position
from project.ledger.models import Checkpoint

CHUNK: Final = 10_000
MOST_FAULTS: Final = 20
Progress = Callable[[int], None]

_LEAVES = f"""
    SELECT l.index, l.leaf_hash, l.entry_id, {PARTS}
    FROM ledger_leaf l LEFT JOIN ledger_entry e ON e.id = l.entry_id ORDER BY l.index
"""  # noqa: S608  # a constant
_NEVER_QUEUED = """
    SELECT e.id FROM ledger_entry e
    WHERE NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = e.id)
      AND NOT EXISTS (SELECT FROM ledger_unsealed u WHERE u.entry_id = e.id)
    ORDER BY e.at LIMIT %s
"""


@dataclass(slots=True)
class Report:
    """What was found. `faults` are sentences for an auditor, in the order of the tree; at most MOST_FAULTS are kept."""

    entries: int = 0
    waiting: int = 0
    checkpoints: int = 0
    head: TreeHead | None = None
    found: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, sentence: str) -> None:
        self.found += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(sentence)

    @property
    def is_good(self) -> bool:
        return not self.found


def verify_ledger(
    keys: Sequence[Ed25519PublicKey], *, earlier: str | None = None, progress: Progress = lambda done: None
) -> Report:
    """Recompute everything. `earlier`: a checkpoint kept from before, which this ledger must extend.

    Sealing goes on meanwhile. The heads are read first and the leaves after them in one snapshot, so every head that
    is compared has all its leaves.
    """
    report = Report()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a long ledger takes longer than a request may
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        heads = _heads(keys, report, earlier)
        _walk(report, heads, progress)
        _look_for_unqueued(report)
    return report


@dataclass(frozen=True, slots=True)
class _Head:
    name: str
    size: int
    root: bytes


def _heads(keys: Sequence[Ed25519PublicKey], report: Report, earlier: str | None) -> list[_Head]:
    """Every signed head by size, its signature checked on the way."""
    heads = []
    for checkpoint in Checkpoint.objects.order_by("id").iterator():
        report.checkpoints += 1
        name = f"checkpoint {checkpoint.pk} (size {checkpoint.tree_size})"
        try:
            head = verify(checkpoint.note, keys)
        except BadNote as error:
            report.fault(f"{name}: bad signature: {error}")
            continue
        if (head.size, head.root) != (checkpoint.tree_size, bytes(checkpoint.root)):
            report.fault(f"{name}: the row is not what its note says")
        heads.append(_Head(name, head.size, head.root))
        report.head = head
    if earlier is not None:
        heads += _earlier(earlier, keys, report)
    return sorted(heads, key=lambda head: head.size)


def _earlier(note: str, keys: Sequence[Ed25519PublicKey], report: Report) -> list[_Head]:
    try:
        head = verify(note, keys)
    except BadNote as error:
        report.fault(f"the earlier checkpoint: {error}")
        return []
    return [_Head(f"the earlier checkpoint (size {head.size})", head.size, head.root)]


def _walk(report: Report, heads: list[_Head], progress: Progress) -> None:
    """Grow the tree again from the entries, and compare at every step."""
    edge, pending, expected = Frontier(), heads[::-1], 0
    good_until = _compare_heads(edge, pending, report, 0)
    for rows in _chunks():
        computed: dict[Position, bytes] = {}
        for row in rows:
            expected = _check_leaf(row, expected, report)
            computed.update(edge.append(row[1]))
            good_until = _compare_heads(edge, pending, report, good_until)
        _check_nodes(computed, report)
        report.entries = edge.size
        progress(edge.size)
    for head in reversed(pending):
        report.fault(f"{head.name}: the tree has only {edge.size} leaves; the last ones are missing")


def _chunks() -> Iterator[list[tuple[Any, ...]]]:
    with connection.connection.cursor(name="verify_ledger") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(_LEAVES)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _check_leaf(row: tuple[Any, ...], expected: int, report: Report) -> int:
    """Compare one entry with its leaf; returns the index that the next leaf should have."""
    index, leaf, entry_id, *texts = row
    if index != expected:
        report.fault(f"leaf {expected} is missing; the next one is {index}")
    if texts[0] is None:
        report.fault(f"leaf {index}: its entry {entry_id} is missing")
    elif hash_parts((texts[0], texts[1], texts[2])) != leaf:
        report.fault(f"leaf {index}: entry {entry_id} was changed")
    return int(index) + 1


def _check_nodes(computed: dict[Position, bytes], report: Report) -> None:
    stored = tree.read(computed)
    for (level, index), found in computed.items():
        if stored.get((level, index)) != found:
            first, after = index << level, (index + 1) << level
            state = "missing" if (level, index) not in stored else "not the hash of its leaves"
            report.fault(f"subtree of leaves {first} to {after - 1}: {state}")


def _compare_heads(edge: Frontier, pending: list[_Head], report: Report, good_until: int) -> int:
    """Compare the heads of this size; returns up to which size the leaves are as signed."""
    while pending and pending[-1].size == edge.size:
        head = pending.pop()
        if head.root == edge.root():
            good_until = edge.size
        else:
            report.fault(f"{head.name}: root mismatch; a leaf between {good_until} and {edge.size - 1} was changed")
    return good_until


def _look_for_unqueued(report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_unsealed")
        report.waiting = cursor.fetchone()[0]
        cursor.execute(_NEVER_QUEUED, [MOST_FAULTS])
        for (entry_id,) in cursor.fetchall():
            report.fault(f"entry {entry_id} is neither in the tree nor waiting to be")
