"""The bytes of an entry that its leaf hash is over: RFC 8785 canonical JSON (pure).

The entry's random salt is among them, so a leaf hash that was published says nothing to somebody who guesses at the
rest. Keys are ASCII and numbers are integers, for which Python's own encoder with sorted keys writes exactly what
RFC 8785 asks (a test compares it with an independent implementation); floats never get here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring as quoted
from typing import Final

from project.ledger.merkle import leaf_hash

FORMAT: Final = "earshot-entry-1"

# An entry `e` as three texts of PostgreSQL's making: its leaf up to the facts, the facts, and what follows them.
# Reading millions then costs no conversions. PostgreSQL and RFC 8785 section 3.2.2.2 quote strings alike.
PARTS: Final = f"""
    '{{"actor_id":' || coalesce('"' || e.actor_id::text || '"', 'null') || ',"actor_name":' || to_json(e.actor_name)
      || ',"at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","event":'
      || to_json(e.event) || ',"facts":',
    e.facts::text,
    ',"format":"{FORMAT}","id":"' || e.id::text || '","salt":"' || encode(e.salt, 'hex') || '","subject_id":'
      || to_json(e.subject_id) || ',"subject_type":' || to_json(e.subject_type) || '}}'
"""
Parts = tuple[str, str, str]

_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_keys = re.compile(r'"([a-z][a-z0-9_]*)": ').findall


def entry_bytes(
    id: str,
    at: str,
    event: str,
    actor_id: str | None,
    actor_name: str,
    subject_type: str,
    subject_id: str,
    facts: Mapping[str, object],
    salt: bytes,
) -> bytes:
    """Canonical JSON of one entry; `at` as facts.instant spells it, `facts` as facts.as_json gives them."""
    actor = "null" if actor_id is None else quoted(actor_id)
    return (
        f'{{"actor_id":{actor},"actor_name":{quoted(actor_name)},"at":{quoted(at)},"event":{quoted(event)},'
        f'"facts":{_canonical(facts)},"format":"{FORMAT}","id":{quoted(id)},"salt":{quoted(salt.hex())},'
        f'"subject_id":{quoted(subject_id)},"subject_type":{quoted(subject_type)}}}'
    ).encode()


def canonical_facts(text: str) -> str:
    """Facts as PostgreSQL spells a jsonb, in the spelling of RFC 8785.

    PostgreSQL puts short keys first and a space after each colon and comma; facts never hold a space or a quote
    themselves. Where the keys happen to be in order, taking the spaces out is all; anything that somebody put there
    past the checks (project.ledger.facts) can come out as anything except the bytes of facts that were checked.
    """
    keys = _keys(text)
    if keys == sorted(keys):
        return text.replace('": ', '":').replace(", ", ",")
    return _canonical(json.loads(text))


def leaf_bytes(parts: Parts) -> bytes:
    """Canonical JSON of one entry from its PARTS."""
    before, facts, after = parts
    return f"{before}{canonical_facts(facts)}{after}".encode()


def hash_parts(parts: Parts) -> bytes:
    """Leaf hash of a row of PARTS."""
    return leaf_hash(leaf_bytes(parts))
