"""Words that belong to a case, sealed under its key and bound to their row and column."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models

from escalations.models import Case, CaseEvent, Note
from project import vault


def field_name(row: models.Model, column: str) -> str:
    return f"{row._meta.model_name}.{column}.{row.pk}"


def seal_words(case_id: UUID, row: models.Model, column: str, text: str, *, key: vault.Key | None = None) -> bytes:
    """Sealed bytes for a column of a row that has its pk already. Raises vault.KeyGone."""
    return vault.seal_text(case_id, field_name(row, column), text, key=key)


def open_words(case_id: UUID, row: models.Model, column: str, *, key: vault.Key | None = None) -> str:
    """The text of a sealed column; empty where the column is. Raises vault.KeyGone, vault.Tampered."""
    sealed = getattr(row, column)
    return "" if sealed is None else vault.open_text(case_id, field_name(row, column), sealed, key=key)


def write_note(
    case: Case, event: CaseEvent, kind: Note.Kind, text: str, *, now: datetime, key: vault.Key | None = None
) -> Note | None:
    """Seal words to an event of the timeline; nothing for no words."""
    if not text:
        return None
    note = Note(case=case, event=event, kind=kind, written_at=now)
    note.sealed_text = seal_words(case.pk, note, "sealed_text", text, key=key)
    note.save(force_insert=True)
    return note
