"""The key under which one person's own answers are sealed: made at the first answer, shredded when they say so."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from project import vault
from wellbeing.models import PersonalKey


def own_key(person_id: UUID) -> UUID:
    """The vault object of this person, made on first use. Call it before a transaction: the key commits first.

    Of two that make one at once, the row's primary key lets one win; the loser's key has no owner and is swept.
    """
    known = PersonalKey.objects.filter(pk=person_id).values_list("object_id", flat=True).first()
    if known is not None:
        return known
    object_id = uuid4()
    vault.create_key(object_id, "person")
    try:
        with transaction.atomic():
            PersonalKey.objects.create(person_id=person_id, object_id=object_id)
    except IntegrityError:
        return PersonalKey.objects.values_list("object_id", flat=True).get(pk=person_id)
    return object_id


def shred_own_key(object_id: UUID, *, now: datetime) -> None:
    """After the row that pointed to it is gone. A crash in between leaves a key without an owner, which is swept."""
    vault.shred_key(object_id, now=now)
