"""The bytes of an entry that its leaf hash is over: RFC 8785 canonical JSON (pure).

The entry's random salt is among them, so a leaf hash that was published says nothing to somebody who guesses at the
rest. Keys are ASCII and numbers are integers, for which Python's own encoder with sorted keys writes exactly what
RFC 8785 asks (a test compares it with an independent implementation); floats never get here.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from project.ledger.facts import instant
from project.ledger.merkle import leaf_hash

FORMAT: Final = "earshot-entry-1"
COLUMNS: Final = ("id", "at", "event", "actor_id", "actor_name", "subject_type", "subject_id", "facts", "salt")

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def leaf_bytes(
    id: UUID,
    at: datetime,
    event: str,
    actor_id: UUID | None,
    actor_name: str,
    subject_type: str,
    subject_id: str,
    facts: dict[str, Any],
    salt: bytes,
) -> bytes:
    """Canonical JSON of one entry; the arguments are COLUMNS in order."""
    said = {
        "actor_id": str(actor_id) if actor_id else None,
        "actor_name": actor_name,
        "at": instant(at),
        "event": event,
        "facts": facts,
        "format": FORMAT,
        "id": str(id),
        "salt": salt.hex(),
        "subject_id": subject_id,
        "subject_type": subject_type,
    }
    return _encode(said).encode()


def hash_row(row: tuple[Any, ...]) -> bytes:
    """Leaf hash of a row of COLUMNS."""
    return leaf_hash(leaf_bytes(*row))
