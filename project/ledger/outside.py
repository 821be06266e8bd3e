"""What verify_ledger looks at besides the tree: the row of checkpoints, what lies outside the tree, and the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from project.ledger.checkpoint import BadNote, TreeHead, verify
from project.ledger.chunks import Head, hash_or_nothing, read_head
from project.ledger.leaves import COLUMNS
from project.ledger.merkle import EMPTY_ROOT
from project.ledger.models import Checkpoint

if TYPE_CHECKING:
    from project.ledger.verifying import Report

MOST: Final = 20

_OUT_OF_ROW: Final = """
    SELECT id, previous, before, tree_size, size_before FROM (
        SELECT id, previous, tree_size, coalesce(lag(id) OVER row, 0) AS before,
               coalesce(lag(tree_size) OVER row, 0) AS size_before
        FROM ledger_checkpoint WINDOW row AS (ORDER BY id)
    ) AS checkpoints WHERE previous <> before OR tree_size < size_before ORDER BY id LIMIT %s
"""
_SIZES_OUTSIDE: Final = (
    "SELECT id, tree_size, root, note FROM ledger_checkpoint WHERE tree_size {} %s ORDER BY tree_size, id"
)
_NODES_OUTSIDE: Final = """
    SELECT level, index FROM generate_series(1, 62) AS each (level), LATERAL (
        (SELECT index FROM ledger_node n WHERE n.level = each.level AND index >= (%s::bigint >> each.level) LIMIT 1)
        UNION ALL (SELECT index FROM ledger_node n WHERE n.level = each.level AND index < 0 LIMIT 1)
    ) AS found
"""
_LEAVES_OUTSIDE: Final = "SELECT index FROM ledger_leaf WHERE index < 0 ORDER BY index LIMIT %s"
_WAITING: Final = f"""
    SELECT u.entry_id, {COLUMNS}, e.commitment, EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = u.entry_id)
    FROM ledger_unsealed u LEFT JOIN ledger_entry e ON e.id = u.entry_id ORDER BY u.id
"""  # noqa: S608  # a constant
_COUNTS: Final = """
    SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM ledger_leaf), count(DISTINCT u.entry_id)
    FROM ledger_unsealed u JOIN ledger_entry e ON e.id = u.entry_id
    WHERE NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = u.entry_id)
"""
_NEVER_QUEUED: Final = """
    SELECT e.id FROM ledger_entry e
    WHERE NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.entry_id = e.id)
      AND NOT EXISTS (SELECT FROM ledger_unsealed u WHERE u.entry_id = e.id)
    ORDER BY e.at, e.id LIMIT %s
"""


def _rows(statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def newest_head(keys: Sequence[Ed25519PublicKey]) -> TreeHead | None:
    """What the last checkpoint that is signed says."""
    for note in Checkpoint.objects.order_by("-id").values_list("note", flat=True)[:MOST]:
        try:
            return verify(note, keys)
        except BadNote:
            continue
    return None


def look_before_the_tree(keys: Sequence[Ed25519PublicKey], report: Report) -> None:
    """Heads of the empty tree, and whether any checkpoint was taken out or moved."""
    for id, size, root, note in _rows(_SIZES_OUTSIDE.format("<="), [0]):
        report.checkpoints += 1
        head, wrong = read_head(id, size, root, note, keys)
        if wrong:
            report.fault(wrong)
        if head and (head.size, head.root) != (0, EMPTY_ROOT):
            report.fault(f"{head.name}: root mismatch; this is not the empty tree")
    for id, previous, before, size, size_before in _rows(_OUT_OF_ROW, [MOST]):
        if previous is not None and previous != before:
            report.fault(f"checkpoint {previous} is missing: checkpoint {id} came right after it")
        if size < size_before:
            report.fault(f"checkpoint {id} (size {size}) comes after one of size {size_before}")


def look_beyond_the_tree(
    size: int, outsiders: Sequence[Head], keys: Sequence[Ed25519PublicKey], report: Report
) -> None:
    """Heads that are larger than the tree, leaves that no head covers, and what lies where the tree is not."""
    beyond = []
    for id, claimed, root, note in _rows(_SIZES_OUTSIDE.format(">"), [size]):
        report.checkpoints += 1
        head, wrong = read_head(id, claimed, root, note, keys)
        beyond += [head] if head else []
        if wrong:
            report.fault(wrong)
    for head in [*beyond, *outsiders]:
        if head.size > size:
            report.fault(f"{head.name}: the tree has only {size} leaves; the last ones are missing")
    covered = report.head.size if report.head else 0
    if covered < size:
        report.fault(
            f"leaves {covered} to {size - 1} are under no signed head: a checkpoint is missing, or they were added"
        )
    for (index,) in _rows(_LEAVES_OUTSIDE, [MOST]):
        report.fault(f"leaf {index} is no place in the tree")
    for level, index in _rows(_NODES_OUTSIDE, [size]):
        report.fault(f"subtree of leaves {index << level} to {((index + 1) << level) - 1}: not in a tree of {size}")


def look_at_the_queue(report: Report) -> None:
    """Entries that wait: are they what was recorded? And is any entry neither sealed nor waiting?"""
    for entry_id, *columns, commitment, is_sealed in _rows(_WAITING):
        report.waiting += not is_sealed
        if columns[0] is None:
            report.fault(f"entry {entry_id} waits to be sealed, and is missing")
        elif not is_sealed and commitment is not None and hash_or_nothing(tuple(columns)) != commitment:
            report.fault(f"entry {entry_id}, which waits to be sealed, was changed")
    ((entries, leaves, waiting),) = _rows(_COUNTS)
    if entries != leaves + waiting:
        for (entry_id,) in _rows(_NEVER_QUEUED, [MOST]):
            report.fault(f"entry {entry_id} is neither in the tree nor waiting to be")
