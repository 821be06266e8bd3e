"""Writing an entry: one INSERT in the caller's transaction, no lock that anybody else waits for."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.db.models import Model

from project.ledger.errors import ContentInLedger, OutsideTransaction
from project.ledger.events import Event
from project.ledger.facts import as_json
from project.ledger.models import SALT_BYTES, Entry

if TYPE_CHECKING:
    from project.accounts.models import User

SYSTEM = "system"


def record(event: Event, *, actor: User | None, subject: Model | None, now: datetime, **facts: object) -> Entry:
    """Say that `actor` (None: the service itself) did `event` to `subject` at `now` (aware).

    Facts may be numbers, booleans, ids, instants, tokens and lists of those: no content, ever.
    Raises OutsideTransaction, ContentInLedger.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{Event(event).value} was recorded outside a transaction")
    if now.tzinfo is None:
        raise ValueError("now is an aware instant")
    actor_id, actor_name = _actor(actor)
    entry = Entry(
        id=uuid.uuid4(),
        at=now,
        event=Event(event).value,
        actor_id=actor_id,
        actor_name=actor_name,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=_subject_id(subject),
        facts=as_json(facts),
        salt=os.urandom(SALT_BYTES),
    )
    entry.save(force_insert=True)
    return entry


def _actor(actor: User | None) -> tuple[UUID | None, str]:
    return (None, SYSTEM) if actor is None else (actor.pk, actor.email)


def _subject_id(subject: Model | None) -> str:
    if subject is None:
        return ""
    if not isinstance(subject.pk, (int, str, UUID)):
        raise ContentInLedger("a subject is a saved object with an id")
    return str(subject.pk)
