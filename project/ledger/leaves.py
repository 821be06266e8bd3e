"""The bytes of an entry that its leaf hash is over: RFC 8785 canonical JSON (pure).

The entry's random salt is among them, so a leaf hash that was published says nothing to somebody who guesses at the
rest. Keys are ASCII and numbers are integers, for which Python's own encoder with sorted keys writes exactly what
RFC 8785 asks (a test compares it with an independent implementation); floats never get here.

There are two ways to the same bytes: from what was given to be recorded, and from the columns as they are read back by
the million. The second does as little as it can to each column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, Final

from project.ledger.merkle import leaf_hash

FORMAT: Final = "earshot-entry-1"

# An entry `e` as it is cheapest to read: text as text, the instant as PostgreSQL's own 64-bit number.
COLUMNS: Final = """
    e.id::text, timestamptz_send(e.at), e.event, e.actor_id::text, e.actor_name, e.subject_type, e.subject_id,
    e.facts::text, e.salt
"""
Columns = tuple[Any, ...]

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


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
    return _spelled(id, at, event, actor_id, actor_name, subject_type, subject_id, _canonical(facts), salt)


def leaf_bytes(columns: Columns) -> bytes:
    """Canonical JSON of one entry from its COLUMNS. Raises OverflowError for an instant that there isn't."""
    id, at, event, actor_id, actor_name, subject_type, subject_id, facts, salt = columns
    seconds, microseconds = divmod(int.from_bytes(at, "big", signed=True), 1_000_000)
    at = f"{_second(seconds)}.{microseconds:06d}Z"
    return _spelled(id, at, event, actor_id, actor_name, subject_type, subject_id, canonical_facts(facts), salt)


def _spelled(
    id: str, at: str, event: str, actor: str | None, name: str, kind: str, subject: str, facts: str, salt: bytes
) -> bytes:
    return (
        f'{{"actor_id":{"null" if actor is None else quoted(actor)},"actor_name":{quoted(name)},"at":{quoted(at)},'
        f'"event":{quoted(event)},"facts":{facts},"format":"{FORMAT}","id":{quoted(id)},"salt":"{salt.hex()}",'
        f'"subject_id":{quoted(subject)},"subject_type":{quoted(kind)}}}'
    ).encode()


@lru_cache(maxsize=10_000)
def _second(since: int) -> str:
    return (_EPOCH + timedelta(seconds=since)).strftime("%Y-%m-%dT%H:%M:%S")


def canonical_facts(text: str) -> str:
    """Facts as PostgreSQL spells a jsonb, in the spelling of RFC 8785.

    PostgreSQL puts short keys first and a space after each colon and comma. Facts hold neither a space nor a comma nor
    a quote of their own (project.ledger.facts), so where there is no list, sorting the members as text and taking
    those spaces out is all; what somebody put there past the checks comes out as anything but the bytes of facts that
    were checked.
    """
    if text == "{}" or ("[" in text and "[" in text.replace("[]", "")):
        return _canonical(json.loads(text))
    members = text[2:-1].split(', "')
    members.sort()
    return ('{"' + ',"'.join(members) + "}").replace('": ', '":')


def hash_columns(columns: Columns) -> bytes:
    """Leaf hash of a row of COLUMNS."""
    return leaf_hash(leaf_bytes(columns))
