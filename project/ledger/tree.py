"""The stored tree: reading complete subtrees, and appending leaves with the subtrees that they complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection

from project.ledger.leaves import COLUMNS, Columns
from project.ledger.merkle import Frontier, Position, cover

_SUBTREES = """
    SELECT level, index, hash FROM ledger_node
    JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) USING (level, index)
    UNION ALL SELECT 0, index, leaf_hash FROM ledger_leaf WHERE index = ANY(%s)
"""
_ADD_LEAVES = """
    INSERT INTO ledger_leaf (index, entry_id, leaf_hash)
    SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[])
"""
_ADD_NODES = """
    INSERT INTO ledger_node (level, index, hash)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""


def read(positions: Iterable[Position]) -> dict[Position, bytes]:
    """Hashes of complete subtrees by position, in one query; missing ones are missing."""
    wanted = list(positions)
    above = [(level, index) for level, index in wanted if level]
    leaves = [index for level, index in wanted if not level]
    with connection.cursor() as cursor:
        cursor.execute(_SUBTREES, [[level for level, _ in above], [index for _, index in above], leaves])
        return {(level, index): bytes(found) for level, index, found in cursor.fetchall()}


def columns_of(entries: Sequence[UUID]) -> dict[UUID, Columns]:
    """What the entries' leaves are made of (project.ledger.leaves.COLUMNS)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT e.id, {COLUMNS} FROM ledger_entry e WHERE e.id = ANY(%s)", [list(entries)])  # noqa: S608  # a constant
        return {entry: tuple(columns) for entry, *columns in cursor.fetchall()}


def size() -> int:
    """Leaves in the tree, whether a checkpoint covers them yet or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM ledger_leaf")
        return int(cursor.fetchone()[0])


def frontier(leaves: int) -> Frontier:
    """The right edge of the stored tree of that size."""
    positions = cover((0, leaves))
    known = read(positions)
    return Frontier(leaves, [known[position] for position in positions])


def append(edge: Frontier, entries: Sequence[tuple[UUID, bytes]]) -> None:
    """Store entries' leaf hashes after `edge` and every subtree that they complete; `edge` moves along."""
    first = edge.size
    nodes = [node for _, leaf in entries for node in edge.append(leaf)]
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD_LEAVES,
            [list(range(first, edge.size)), [entry for entry, _ in entries], [leaf for _, leaf in entries]],
        )
        cursor.execute(
            _ADD_NODES,
            [[level for (level, _), _ in nodes], [index for (_, index), _ in nodes], [found for _, found in nodes]],
        )
