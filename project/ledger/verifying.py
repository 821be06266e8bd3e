"""Recomputing the whole ledger from its entries, and naming every place where it is not what was signed.

Streams in order of the tree, a chunk at a time and in several processes, so memory stays bounded however long the
ledger is. What is compared: each entry, column by column, with its leaf hash and its commitment, the leaves'
numbering, each complete subtree, each checkpoint's root, signature and place in the row of them, each entry that
waits, and that no committed entry is outside both the tree and the sealer's queue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from project.ledger import chunks, outside, tree
from project.ledger.checkpoint import TreeHead
from project.ledger.chunks import MOST_FAULTS, PLAIN_PLANS, Checked, Checker, Fault, Head, wrong_node
from project.ledger.merkle import Frontier, fold

WORTH_PROCESSES: Final = 4 * chunks.CHUNK
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What was found. `faults` are sentences for an auditor, in the order of the tree; at most MOST_FAULTS are kept."""

    entries: int = 0
    waiting: int = 0
    checkpoints: int = 0
    witnessed: int = 0
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
    keys: Sequence[Ed25519PublicKey],
    *,
    kept: Iterable[Head] = (),
    progress: Progress = lambda done, total: None,
    processes: int | None = None,
) -> Report:
    """Recompute everything. `kept`: heads from outside (an earlier checkpoint, a witness), which this must extend.

    One snapshot is read, so sealing goes on meanwhile. Inside a transaction of the caller's, that one is read.
    """
    report, outsiders = Report(), sorted(kept, key=lambda head: head.size)
    with transaction.atomic(durable=True), _snapshot() as snapshot:
        size = tree.size()
        report.head = outside.newest_head(keys)
        outside.look_before_the_tree(keys, report)
        _Walk(report, size).over(_chunks(keys, snapshot, size, outsiders, processes), progress)
        outside.look_beyond_the_tree(size, outsiders, keys, report)
        outside.look_at_the_queue(report)
    return report


@contextmanager
def _snapshot() -> Iterator[str]:
    """Read as of now until the end; the name by which other connections read the same, or nothing inside a test's."""
    own = len(connection.savepoint_ids) == 0
    with connection.cursor() as cursor:
        if own:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(PLAIN_PLANS)
        if own:
            cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0] if own else ""


class _Walk:
    """Puts chunks together in order: what is above them, and whether each head is what they give."""

    def __init__(self, report: Report, size: int) -> None:
        self.report, self.size, self.good_until = report, size, 0
        self.edge = Frontier()

    def over(self, parts: Iterable[Checked], progress: Progress) -> None:
        for checked in parts:
            self._take(checked)
            progress(self.report.entries, self.size)

    def _take(self, checked: Checked) -> None:
        before = list(self.edge.hashes)
        nodes: dict[tuple[int, int], bytes] = {}
        if checked.leaves == chunks.CHUNK:
            nodes = {
                (level + chunks.LEVELS, index): found for (level, index), found in self.edge.append(checked.cover[0])
            }
        stored = tree.read(nodes) if nodes else {}
        wrong = [(place, place not in stored) for place, found in nodes.items() if stored.get(place) != found]
        self.report.checkpoints += checked.checkpoints
        self.report.entries += checked.leaves
        faults = [*checked.faults, *(wrong_node(*place, is_missing=missing) for place, missing in wrong)]
        faults += self._compare([(head, fold([*before, part])) for head, part in checked.heads])
        for fault in sorted(faults):
            self.report.fault(fault.sentence)
        self.report.found += checked.found - len(checked.faults)

    def _compare(self, heads: Iterable[tuple[Head, bytes]]) -> list[Fault]:
        """Heads by size with the roots that were computed."""
        faults = []
        for head, root in sorted(heads, key=lambda pair: pair[0].size):
            if head.root == root:
                self.good_until = max(self.good_until, head.size)
            else:
                place = f"a leaf between {self.good_until} and {head.size - 1} was changed"
                faults.append(Fault(head.size - 1, 99, f"{head.name}: root mismatch; {place}"))
        return faults


def _chunks(
    keys: Sequence[Ed25519PublicKey], snapshot: str, size: int, outsiders: Sequence[Head], processes: int | None
) -> Iterator[Checked]:
    """Every chunk checked, in order."""
    starts = range(0, size, chunks.CHUNK)
    spans = [(start, min(start + chunks.CHUNK, size)) for start in starts]
    tasks = [(*span, [head for head in outsiders if span[0] < head.size <= span[1]]) for span in spans]
    count = processes or os.cpu_count() or 1
    if not snapshot or count == 1 or (size < WORTH_PROCESSES and processes is None):
        checker = Checker(connection.connection, keys)
        yield from (checker.check(*task) for task in tasks)
        return
    raw = [key.public_bytes_raw() for key in keys]
    begin = partial(chunks.begin, _address(), snapshot, raw)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=begin) as pool:
        yield from pool.map(chunks.check, tasks)


def _address() -> dict[str, Any]:
    """What psycopg needs to connect as this process does."""
    wanted = ("host", "port", "dbname", "user", "password", "options")
    found = connection.get_connection_params()
    return {name: found[name] for name in wanted if found.get(name)}
