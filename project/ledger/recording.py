"""Writing entries: one INSERT in the caller's transaction, however many there are; no lock that others wait for."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb

from project.ledger.errors import ContentInLedger, OutsideTransaction
from project.ledger.events import Event
from project.ledger.facts import as_json, instant
from project.ledger.leaves import entry_bytes
from project.ledger.merkle import leaf_hash
from project.ledger.models import SALT_BYTES, Entry

if TYPE_CHECKING:
    from project.accounts.models import User

SYSTEM: Final = "system"
_INSERT: Final = """
    INSERT INTO ledger_entry (id, at, event, actor_id, actor_name, subject_type, subject_id, facts, salt, commitment)
    SELECT id, %s::timestamptz, %s, %s::uuid, %s, subject_type, subject_id, facts, salt, commitment
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::jsonb[], %s::bytea[], %s::bytea[])
      AS new (id, subject_type, subject_id, facts, salt, commitment)
"""
_INSERT_ONE: Final = """
    INSERT INTO ledger_entry (at, event, actor_id, actor_name, id, subject_type, subject_id, facts, salt, commitment)
    VALUES (%s::timestamptz, %s, %s::uuid, %s, %s::uuid, %s, %s, %s::jsonb, %s, %s)
"""


_WITHIN: Final = """
    INSERT INTO ledger_entry (id, at, event, actor_id, actor_name, subject_type, subject_id, facts, salt, commitment)
    SELECT %(entry_id)s, %(entry_at)s, %(entry_event)s, %(entry_actor)s, %(entry_name)s, %(entry_type)s,
           %(entry_subject)s, jsonb_build_object('{fact}', {id}::text), %(entry_salt)s,
           sha256('\\x00'::bytea || convert_to(%(entry_head)s || {id}::text || %(entry_tail)s, 'UTF8'))
    FROM {source}
"""
_UNKNOWN: Final = UUID(int=0)


def record(event: Event, *, actor: User | None, subject: Model | None, now: datetime, **facts: object) -> Entry:
    """Say that `actor` (None: the service itself) did `event` to `subject` at `now` (aware).

    Facts may be numbers, booleans, ids, instants, tokens and lists of those: no content, ever.
    Raises OutsideTransaction, ContentInLedger.
    """
    return record_many(event, actor=actor, now=now, entries=[(subject, facts)])[0]


def record_many(
    event: Event, *, actor: User | None, now: datetime, entries: Iterable[tuple[Model | None, Mapping[str, object]]]
) -> list[Entry]:
    """The same event of many subjects, each with facts of its own, in one INSERT; none for none.

    The entries come back, and go to the sealer, in the order given. Refuses what `record` refuses, and then writes
    nothing.
    """
    made, statement, values = prepared(event, actor=actor, now=now, entries=entries)
    if made:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    return made


def prepared(
    event: Event, *, actor: User | None, now: datetime, entries: Iterable[tuple[Model | None, Mapping[str, object]]]
) -> tuple[list[Entry], str, list[Any]]:
    """`record_many` for a caller who sends the INSERT together with other statements: entries, statement, values.

    It must be sent, unless there are no entries, in the transaction that runs now.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{Event(event).value} was recorded outside a transaction")
    if now.tzinfo is None:
        raise ValueError("now is an aware instant")
    actor_id, actor_name = _actor(actor)
    shared = (now, Event(event).value, actor_id, actor_name)
    made = [_entry(shared, subject, facts) for subject, facts in entries]
    if len(made) == 1:
        [one] = made
        own = (one.pk, one.subject_type, one.subject_id, Jsonb(one.facts), one.salt, one.commitment)
        return made, _INSERT_ONE, [*shared, *own]
    columns = [
        [entry.pk for entry in made],
        [entry.subject_type for entry in made],
        [entry.subject_id for entry in made],
        [Jsonb(entry.facts) for entry in made],
        [entry.salt for entry in made],
        [entry.commitment for entry in made],
    ]
    return made, _INSERT, [*shared, *columns]


def within(source: str, fact: str, id: str) -> str:
    """The INSERT of one entry as a part of a statement that makes the change: one for a row of `source`, none for none.

    Its one fact is an id that only the statement finds: the SQL `id`, from a column of `source`. Named values:
    `unfinished`. One statement is one transaction, so the change and its entry are written together or not at all.
    """
    return " ".join(_WITHIN.format(source=source, fact=fact, id=id).split())


def unfinished(
    event: Event, *, actor: User | None, subject: type[Model], subject_id: UUID, fact: str, now: datetime
) -> dict[str, Any]:
    """The values for `within`: all that is known of the entry, and what stands around the id in its bytes."""
    id, salt, (actor_id, actor_name) = _time_ordered_id(), os.urandom(SALT_BYTES), _actor(actor)
    named = (str(actor_id) if actor_id else None, actor_name, subject._meta.label_lower, str(subject_id))
    whole = entry_bytes(str(id), instant(now), Event(event).value, *named, as_json({fact: _UNKNOWN}), salt).decode()
    head, tail = whole.rsplit(f'"{fact}":"{_UNKNOWN}"', 1)
    return {
        "entry_id": id,
        "entry_at": now,
        "entry_event": Event(event).value,
        "entry_actor": actor_id,
        "entry_name": actor_name,
        "entry_type": subject._meta.label_lower,
        "entry_subject": str(subject_id),
        "entry_salt": salt,
        "entry_head": f'{head}"{fact}":"',
        "entry_tail": f'"{tail}',
    }


def only_if(
    condition: str,
    event: Event,
    *,
    actor: User | None,
    subject: Model,
    now: datetime,
    facts: Mapping[str, object],
) -> tuple[str, list[Any]]:
    """The INSERT of one entry as a part of a statement that makes the change, written where the condition holds."""
    id, salt, (actor_id, actor_name) = _time_ordered_id(), os.urandom(SALT_BYTES), _actor(actor)
    kind, subject_id, said = subject._meta.label_lower, _subject_id(subject), as_json(facts)
    actor_text = str(actor_id) if actor_id else None
    whole = entry_bytes(str(id), instant(now), Event(event).value, actor_text, actor_name, kind, subject_id, said, salt)
    values = [now, Event(event).value, actor_id, actor_name, id, kind, subject_id, Jsonb(said), salt, leaf_hash(whole)]
    return _INSERT_ONE.replace("VALUES (", "SELECT ").rstrip()[:-1] + f" WHERE {condition}", values


def _entry(shared: tuple[datetime, str, UUID | None, str], subject: Model | None, facts: Mapping[str, object]) -> Entry:
    at, event, actor_id, actor_name = shared
    entry = Entry(
        id=_time_ordered_id(),
        at=at,
        event=event,
        actor_id=actor_id,
        actor_name=actor_name,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=_subject_id(subject),
        facts=as_json(facts),
        salt=os.urandom(SALT_BYTES),
    )
    entry.commitment = leaf_hash(bytes_of(entry))
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


def bytes_of(entry: Entry) -> bytes:
    """The canonical bytes of an entry in hand, without a query."""
    return entry_bytes(
        str(entry.pk),
        instant(entry.at),
        entry.event,
        str(entry.actor_id) if entry.actor_id else None,
        entry.actor_name,
        entry.subject_type,
        entry.subject_id,
        entry.facts,
        bytes(entry.salt),
    )


def _time_ordered_id() -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): entries written together lie together in the index, however long the ledger."""
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000
    return UUID(int=milliseconds << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (1 << 62) - 1)


def _actor(actor: User | None) -> tuple[UUID | None, str]:
    return (None, SYSTEM) if actor is None else (actor.pk, actor.email)


def _subject_id(subject: Model | None) -> str:
    if subject is None:
        return ""
    if not isinstance(subject.pk, (int, str, UUID)):
        raise ContentInLedger("a subject is a saved object with an id")
    return str(subject.pk)
