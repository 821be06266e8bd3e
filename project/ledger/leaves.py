"""The bytes of an entry that its leaf hash is over: RFC 8785 canonical JSON (pure).

The entry's random salt is among them, so a leaf hash that was published says nothing to somebody who guesses at the
rest. Keys are ASCII and numbers are integers, for which Python's own encoder with sorted keys writes exactly what
RFC 8785 asks (a test compares it with an independent implementation); floats never get here.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted
from typing import Final

from project.ledger.merkle import leaf_hash

FORMAT: Final = "earshot-entry-1"

# An entry `e` as texts, spelled by PostgreSQL as they stand in the leaf: hashing millions then costs no conversions.
TEXTS: Final = """
    e.id::text, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.event, e.actor_id::text,
    e.actor_name, e.subject_type, e.subject_id, e.facts::text, encode(e.salt, 'hex')
"""

_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def leaf_bytes(
    id: str,
    at: str,
    event: str,
    actor_id: str | None,
    actor_name: str,
    subject_type: str,
    subject_id: str,
    facts: str,
    salt: str,
) -> bytes:
    """Canonical JSON of one entry; the arguments are TEXTS in order, `facts` being any JSON object."""
    actor = "null" if actor_id is None else quoted(actor_id)
    return (
        f'{{"actor_id":{actor},"actor_name":{quoted(actor_name)},"at":{quoted(at)},"event":{quoted(event)},'
        f'"facts":{_canonical(json.loads(facts))},"format":"{FORMAT}","id":{quoted(id)},"salt":{quoted(salt)},'
        f'"subject_id":{quoted(subject_id)},"subject_type":{quoted(subject_type)}}}'
    ).encode()


def hash_texts(texts: tuple[str, ...]) -> bytes:
    """Leaf hash of a row of TEXTS."""
    return leaf_hash(leaf_bytes(*texts))
