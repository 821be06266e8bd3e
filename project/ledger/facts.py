"""What may be written into an entry: numbers, ids, instants and tokens, so that no content ever gets there (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from project.ledger.errors import ContentInLedger

Fact = bool | int | str | None
JSONFacts = dict[str, Fact | list[Fact]]

TOKEN: Final = re.compile(r"[A-Za-z0-9_.:+@/=-]{1,100}")
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_FACTS: Final = 24
LONGEST_LIST: Final = 200
LARGEST_INTEGER: Final = 2**53 - 1  # RFC 8785 section 3.2.2.3: beyond it JSON numbers are not exact


def instant(at: datetime) -> str:
    """An aware instant in RFC 3339, UTC, always six digits of a second: one instant has one spelling."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_json(facts: Mapping[str, object]) -> JSONFacts:
    """Facts as JSON, or ContentInLedger for anything that is not a number, id, instant, token or list of those."""
    if len(facts) > MOST_FACTS:
        raise ContentInLedger("too many facts for one entry")
    return {_name(name): _value(name, value) for name, value in facts.items()}


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ContentInLedger("a fact's name is a short lower-case identifier")
    return name


def _value(name: str, value: object) -> Fact | list[Fact]:
    if isinstance(value, (list, tuple, set, frozenset)):
        if len(value) > LONGEST_LIST:
            raise ContentInLedger(f"fact {name!r} is too long a list")
        facts = [_one(name, item) for item in value]
        return sorted(facts, key=str) if isinstance(value, (set, frozenset)) else facts
    return _one(name, value)


def _one(name: str, value: object) -> Fact:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return instant(value)
    if isinstance(value, str) and TOKEN.fullmatch(value):
        return str(value)
    raise ContentInLedger(f"fact {name!r} may only be a number, id, aware instant or short token")
