"""The bytes of an entry that its leaf hash is over: RFC 8785 canonical JSON (pure).

The entry's random salt is among them, so a leaf hash that was published says nothing to somebody who guesses at the
rest. Keys are ASCII and numbers are integers, for which Python's own encoder with sorted keys writes exactly what
RFC 8785 asks (a test compares it with an independent implementation); floats never get here.

There are three ways to the same bytes: from what was given to be recorded, from the columns as they are read back, and,
by the million, from the line in which PostgreSQL itself spells an entry. What the last gives is only ever compared with
a hash that was sealed, and where it differs the columns decide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
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

# The bytes of an entry `e` but for its facts, which stand as PostgreSQL spells them, on a line of their own: no other
# line break can be among them, since JSON escapes it. Nothing for an instant outside the years that have four digits,
# for PostgreSQL spells a year before Christ like the one after.
SPELLED: Final = f"""
    CASE WHEN e.at BETWEEN '0001-01-01T00:00:00Z' AND '9999-12-31T23:59:59.999999Z' THEN convert_to(
        '{{"actor_id":' || coalesce('"' || e.actor_id::text || '"', 'null') || ',"actor_name":'
        || to_json(e.actor_name)::text || ',"at":"'
        || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","event":' || to_json(e.event)::text
        || ',"facts":' || chr(10) || e.facts::text || chr(10) || ',"format":"{FORMAT}","id":"' || e.id::text
        || '","salt":"' || encode(e.salt, 'hex') || '","subject_id":' || to_json(e.subject_id)::text
        || ',"subject_type":' || to_json(e.subject_type)::text || '}}', 'UTF8'
    ) END
"""

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
    return _spelled(
        id, at, event, actor_id, actor_name, subject_type, subject_id, canonical_facts(facts.encode()).decode(), salt
    )


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


def canonical_facts(text: bytes) -> bytes:
    """Facts as PostgreSQL spells a jsonb, in the spelling of RFC 8785; both UTF-8.

    PostgreSQL puts short keys first and a space after each colon and comma. Facts hold neither a space nor a comma nor
    a quote of their own (project.ledger.facts), so where there is no list, sorting the members as text and taking
    those spaces out is all; what somebody put there past the checks comes out as anything but the bytes of facts that
    were checked.
    """
    if text == b"{}" or (b"[" in text and b"[" in text.replace(b"[]", b"")):
        return _canonical(json.loads(text)).encode()
    members = text[2:-1].split(b', "')
    members.sort()
    return (b'{"' + b',"'.join(members) + b"}").replace(b'": ', b'":')


def hash_columns(columns: Columns) -> bytes:
    """Leaf hash of a row of COLUMNS."""
    return leaf_hash(leaf_bytes(columns))


def hash_spelled(spelled: bytes) -> bytes:
    """Leaf hash of what SPELLED gives."""
    before, facts, after = spelled.split(b"\n")
    return sha256(b"\x00" + before + canonical_facts(facts) + after).digest()
