"""A long ledger for measurements: entries, leaves, subtrees and signed heads as the sealer would have left them.

Written with COPY past the triggers, which only a superuser of a throw-away database may; every hash and signature is
real, so `verify_ledger` finds nothing wrong with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from project.ledger import signing_keys
from project.ledger.checkpoint import TreeHead, sign
from project.ledger.leaves import entry_bytes
from project.ledger.merkle import Frontier, leaf_hash

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST: Final = int(START.timestamp() * 1000)
STEP: Final = 500
CHUNK: Final = 50_000
PER_HEAD: Final = 5_000
PEOPLE: Final = 50
TABLES: Final = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_unsealed")
ORIGIN: Final = "earshot/00000000000000be"


@dataclass
class History:
    """Grows the stored ledger; `edge` is its right edge."""

    edge: Frontier = field(default_factory=Frontier)
    people: list[str] = field(default_factory=lambda: [str(UUID(bytes=os.urandom(16))) for _ in range(PEOPLE)])
    heads: int = 0

    def build(self, entries: int, progress: Any = lambda done: None) -> None:
        """That many entries, from the first. Secondary indexes are made at the end, as a restore would."""
        with connection.cursor() as cursor:
            dropped = _off(cursor)
            for start in range(0, entries, CHUNK):
                self._copy(cursor, range(start, min(start + CHUNK, entries)))
                progress(self.edge.size)
            _on(cursor, dropped)

    def _copy(self, cursor: Any, numbers: range) -> None:
        entries, leaves, nodes, heads = [], [], [], []
        keys = signing_keys.signers(START)
        for number in numbers:
            row, entry, hashed = self._entry(number)
            entries.append(row)
            leaves.append(f"{number}\t{entry}\t\\\\x{hashed.hex()}\n")
            nodes += [f"{level}\t{index}\t\\\\x{found.hex()}\n" for (level, index), found in self.edge.append(hashed)]
            if (number + 1) % PER_HEAD == 0 or number + 1 == numbers.stop:
                heads.append(self._head(number, keys))
        for table, rows in (("entry", entries), ("leaf", leaves), ("node", nodes), ("checkpoint", heads)):
            with cursor.copy(f"COPY ledger_{table} ({COLUMNS[table]}) FROM STDIN") as copy:
                copy.write("".join(rows))

    def _entry(self, number: int) -> tuple[str, str, bytes]:
        event, kind, facts = EVENTS[number % len(EVENTS)](number)
        milliseconds, random, salt = FIRST + number * STEP, os.urandom(9).hex(), os.urandom(16)
        id = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7{random[:3]}-8{random[3:6]}-{random[6:]}"
        at = f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}000Z"
        who, subject = number % PEOPLE, _clip(number)
        name, person = f"person-{who}@earshot.example", self.people[who]
        hashed = leaf_hash(entry_bytes(id, at, event, person, name, kind, subject, facts, salt))
        row = (
            f"{id}\t{at}\t{event}\t{person}\t{name}\t{kind}\t{subject}\t{json.dumps(facts)}"
            f"\t\\\\x{salt.hex()}\t\\\\x{hashed.hex()}\n"
        )
        return row, id, hashed

    def _head(self, number: int, keys: list[Any]) -> str:
        head = TreeHead(ORIGIN, self.edge.size, self.edge.root())
        note = sign(head, *keys).replace("\n", "\\n")
        self.heads += 1
        at = (START + timedelta(milliseconds=STEP * number)).isoformat()
        return f"{self.heads}\t{head.size}\t\\\\x{head.root.hex()}\t{at}\t{note}\t{self.heads - 1}\n"


COLUMNS: Final = {
    "entry": "id, at, event, actor_id, actor_name, subject_type, subject_id, facts, salt, commitment",
    "leaf": "index, entry_id, leaf_hash",
    "node": "level, index, hash",
    "checkpoint": "id, tree_size, root, at, note, previous",
}


def _clip(number: int) -> str:
    return f"00000000-0000-4000-8000-{number // 3:012x}"


@lru_cache(maxsize=1_000)
def _second(since: int) -> str:
    return datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S")


EVENTS: Final = (
    lambda number: ("lease.claimed", "reviews.lease", {"clip": _clip(number)}),
    lambda number: ("review.submitted", "reviews.review", {"clip": _clip(number), "severity": number % 4, "flags": []}),
    lambda number: (
        "erasure.shredded",
        "reviews.erasure",
        {"clip": _clip(number), "key": _clip(number), "master_version": 3, "rows": number % 9},
    ),
)


def _off(cursor: Any) -> list[str]:
    """Triggers and secondary indexes off; returns how to make the indexes again."""
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'ledger_entry' AND indexname ~ '^ledger_entry_'"
        " AND indexname !~ 'pkey'"
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in indexes]


def _on(cursor: Any, indexes: list[str]) -> None:
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for definition in indexes:
        cursor.execute(definition)
    cursor.execute("INSERT INTO ledger_origin (name, started_at, old_head) VALUES (%s, %s, '')", [ORIGIN, START])
    cursor.execute("SELECT setval('ledger_checkpoint_id_seq', max(id)) FROM ledger_checkpoint")
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    for trigger, table in _own_triggers(cursor):
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    for table in TABLES:
        cursor.execute(f"VACUUM ANALYZE {table}")


def _own_triggers(cursor: Any) -> Iterator[tuple[str, str]]:
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'ledger_%%'"
    )
    yield from cursor.fetchall()
