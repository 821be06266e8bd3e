"""Recomputing one aligned chunk of the tree from the rows in PostgreSQL, and naming what is not as it was sealed.

A chunk is CHUNK leaves (a complete subtree, or the last one in part). First everything is hashed again and compared as
three long byte strings: leaves, subtrees, heads. Only where those differ is each row looked at, to name the place.
This module needs a psycopg connection and nothing of Django, so that it runs in several processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
import psycopg.sql
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from project.ledger.checkpoint import BadNote, verify
from project.ledger.leaves import COLUMNS, SPELLED, hash_columns, hash_spelled
from project.ledger.merkle import cover, fold

LEVELS: Final = 14
CHUNK: Final = 1 << LEVELS
HASH: Final = 32
ABSENT: Final = bytes(HASH)
MOST_FAULTS: Final = 20

_LEAVES: Final = """
    SELECT count(*), coalesce(string_agg(leaf_hash, ''::bytea ORDER BY index), ''::bytea)
    FROM ledger_leaf WHERE index >= %s AND index < %s
"""
_EACH_LEAF: Final = "SELECT index, leaf_hash FROM ledger_leaf WHERE index >= %s AND index < %s ORDER BY index"
_ENTRIES: Final = f"""
    SELECT CASE WHEN (e.commitment <> l.leaf_hash) IS NOT TRUE THEN {SPELLED} END FROM ledger_leaf l
    JOIN ledger_entry e ON e.id = l.entry_id WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""  # noqa: S608  # a constant
_EACH_ENTRY: Final = f"""
    SELECT {COLUMNS}, e.commitment <> l.leaf_hash, l.index, l.entry_id FROM ledger_leaf l
    LEFT JOIN ledger_entry e ON e.id = l.entry_id WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""  # noqa: S608  # a constant
# The bounds of each level come from outside the table, so that its key finds them: within it each chunk would read all.
_NODES_OF_A_CHUNK: Final = """
    unnest(%s::smallint[]) AS wanted (level) CROSS JOIN LATERAL (
        SELECT index, hash FROM ledger_node WHERE ledger_node.level = wanted.level
        AND index >= (%s::bigint >> wanted.level) AND index < (%s::bigint >> wanted.level)
    ) AS node
"""
_NODES: Final = f"""
    SELECT level, string_agg(hash, ''::bytea ORDER BY index) FROM {_NODES_OF_A_CHUNK} GROUP BY level
"""  # noqa: S608  # a constant
_EACH_NODE: Final = f"SELECT level, index, hash FROM {_NODES_OF_A_CHUNK}"  # noqa: S608  # a constant
_HEADS: Final = """
    SELECT id, tree_size, root, note FROM ledger_checkpoint
    WHERE tree_size > %s AND tree_size <= %s ORDER BY tree_size, id
"""
# One lookup an entry by its id: a plan that reads the whole table for a chunk of it would read it for every chunk.
# PostgreSQL's own functions come first, whatever somebody named like them and put before them.
PLAIN_PLANS: Final[LiteralString] = """
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SELECT set_config('search_path', 'pg_catalog, ' || current_setting('search_path'), true)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head to compare: its name in the report, its size, and the root that it says."""

    name: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that is not as it was sealed. Sorted by the leaf where it shows, what is smaller first."""

    leaf: int
    level: int
    sentence: str = field(compare=False)


@dataclass(slots=True)
class Checked:
    """What came of one chunk: leaves, what it adds to the tree, and the part that each head has in it.

    Of `found` faults the first MOST_FAULTS are kept, so that a ledger in ruins takes no more memory than a good one.
    """

    start: int
    leaves: int
    cover: list[bytes]
    heads: list[tuple[Head, bytes]] = field(default_factory=list)
    checkpoints: int = 0
    faults: list[Fault] = field(default_factory=list)
    found: int = 0


@dataclass(slots=True)
class Checker:
    """Checks chunks over one connection, which is inside a transaction whose snapshot has the whole tree."""

    connection: psycopg.Connection[Any]
    keys: Sequence[Ed25519PublicKey]

    def check(self, start: int, stop: int, extra: Sequence[Head] = ()) -> Checked:
        """Leaves [start, stop) and what is above them, within one chunk. `extra`: heads from outside."""
        faults: list[Fault] = []
        leaves = self._leaves(start, stop, faults)
        levels = list(levels_above(leaves))
        self._compare_nodes(levels, start, stop, faults)
        checked = Checked(start, stop - start, _cover(levels, stop - start), faults=faults)
        heads = [*self._heads(start, stop, checked), *extra]
        checked.heads = [(head, _part(levels, head.size - start)) for head in heads]
        checked.found, checked.faults = len(faults), sorted(faults)[:MOST_FAULTS]
        return checked

    def _rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with psycopg.Cursor(self.connection) as cursor:
            return cursor.execute(statement, values, binary=True).fetchall()  # type: ignore[arg-type]  # constants

    def _leaves(self, start: int, stop: int, faults: list[Fault]) -> bytes:
        """The stored leaf hashes, compared with the entries; a missing one is ABSENT."""
        ((count, stored),) = self._rows(_LEAVES, [start, stop])
        if count == stop - start and _hashed(self._rows(_ENTRIES, [start, stop])) == stored:
            return bytes(stored)
        stored = dict(self._rows(_EACH_LEAF, [start, stop]))
        faults += [Fault(index, 0, f"leaf {index} is missing") for index in range(start, stop) if index not in stored]
        for *columns, other, index, entry_id in self._rows(_EACH_ENTRY, [start, stop]):
            if wrong := wrong_with(tuple(columns), stored[index], bool(other), entry_id):
                faults.append(Fault(index, 0, f"leaf {index}: {wrong}"))
        return b"".join(stored.get(index, ABSENT) for index in range(start, stop))

    def _compare_nodes(self, levels: list[bytes], start: int, stop: int, faults: list[Fault]) -> None:
        wanted = list(range(1, LEVELS + 1))
        stored = dict(self._rows(_NODES, [wanted, start, stop]))
        if all(stored.get(level, b"") == levels[level] for level in wanted):
            return
        each = {(level, index): found for level, index, found in self._rows(_EACH_NODE, [wanted, start, stop])}
        for level in wanted:
            first = start >> level
            for place, computed in enumerate(split(levels[level])):
                found = each.get((level, first + place))
                if found != computed:
                    faults.append(wrong_node(level, first + place, is_missing=found is None))

    def _heads(self, start: int, stop: int, checked: Checked) -> Iterator[Head]:
        for id, size, root, note in self._rows(_HEADS, [start, stop]):
            checked.checkpoints += 1
            head, wrong = read_head(id, size, root, note, self.keys)
            if wrong:
                checked.faults.append(Fault(size - 1, LEVELS + 50, wrong))
            if head and head.size == size:
                yield head


def read_head(id: int, size: int, root: bytes, note: str, keys: Iterable[Ed25519PublicKey]) -> tuple[Head | None, str]:
    """A stored checkpoint's head (None unless signed), and what is wrong with it in a sentence, or nothing."""
    name = f"checkpoint {id} (size {size})"
    try:
        signed = verify(note, keys)
    except BadNote as error:
        return None, f"{name}: bad signature: {error}"
    wrong = "" if (signed.size, signed.root) == (size, root) else f"{name}: the row is not what its note says"
    return Head(name, signed.size, signed.root), wrong


def wrong_with(columns: tuple[Any, ...], leaf: bytes, other_commitment: bool, entry_id: UUID) -> str:
    """What is wrong with one entry under its leaf, or nothing."""
    if columns[0] is None:
        return f"its entry {entry_id} is missing"
    if hash_or_nothing(columns) != leaf:
        return f"entry {entry_id} was changed"
    return f"the commitment of entry {entry_id} was changed" if other_commitment else ""


def hash_or_nothing(columns: tuple[Any, ...]) -> bytes:
    """The leaf hash of an entry's columns; nothing where they hold what was never recorded."""
    try:
        return hash_columns(columns)
    except (OverflowError, ValueError, TypeError, AttributeError):
        return b""


def wrong_node(level: int, index: int, *, is_missing: bool) -> Fault:
    """A subtree that is not what its leaves give."""
    first, last = index << level, ((index + 1) << level) - 1
    state = "missing" if is_missing else "not the hash of its leaves"
    return Fault(last, level, f"subtree of leaves {first} to {last}: {state}")


def _hashed(rows: list[tuple[bytes | None]]) -> bytes:
    """Leaf hashes of entries as PostgreSQL spells them; nothing where it could not spell one of them."""
    try:
        return b"".join([hash_spelled(spelled) for (spelled,) in rows if spelled is not None])
    except ValueError:
        return b""


def levels_above(leaves: bytes) -> Iterator[bytes]:
    """The hashes of each level's complete subtrees, from the leaves up to a chunk's own, in order."""
    hashes = leaves
    yield hashes
    for _ in range(LEVELS):
        pairs = len(hashes) // (2 * HASH) * (2 * HASH)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, pairs, 64)])
        yield hashes


def split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]


def _cover(levels: Sequence[bytes], size: int) -> list[bytes]:
    return [levels[level][HASH * index :][:HASH] for level, index in cover((0, size))]


def _part(levels: Sequence[bytes], size: int) -> bytes:
    return fold(_cover(levels, size))


_checkers: list[Checker] = []


def begin(address: dict[str, Any], snapshot: str, keys: Sequence[bytes]) -> None:
    """In a process of its own: a connection that reads the same snapshot."""
    own = psycopg.connect(**address)
    own.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    own.execute(psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
    own.execute(PLAIN_PLANS)
    _checkers.append(Checker(own, [Ed25519PublicKey.from_public_bytes(key) for key in keys]))


def check(task: tuple[int, int, Sequence[Head]]) -> Checked:
    """One chunk, over the connection that `begin` made."""
    return _checkers[0].check(*task)
