"""The words of a room, sealed and opened: every sealed column of a room's rows goes through here.

A message is sealed under the key of its room's day, and what is said about it under the same: they end together.
"""

import contextlib
from collections.abc import Iterable
from uuid import UUID

from project import vault
from wellbeing.models import Appeal, Message, ModerationNote, Report


def keys_for(messages: Iterable[Message]) -> dict[UUID, vault.Key]:
    """The keys of these messages by `sealed_under`, in one look at the key store; one that is shredded is missing."""
    wanted = {message.sealed_under for message in messages}
    if len(wanted) != 1:
        return vault.data_keys(wanted) if wanted else {}
    [only] = wanted
    with contextlib.suppress(vault.KeyGone):
        return {only: vault.data_key(only)}
    return {}


def seal_message(under: UUID, message_id: UUID, text: str) -> bytes:
    """A message's masked text, bound to its row. Raises vault.KeyGone."""
    return vault.seal_text(under, f"message.sealed_text.{message_id}", text)


def open_message(message: Message, keys: dict[UUID, vault.Key] | None = None) -> str:
    """Its text; '' once it is removed, or its day's key is shredded and a restore brought the row back."""
    under = message.sealed_under
    if message.sealed_text is None or (keys is not None and under not in keys):
        return ""
    key = keys[under] if keys is not None else None
    return vault.open_text(under, f"message.sealed_text.{message.pk}", message.sealed_text, key=key)


def seal_report(message: Message, report_id: UUID, text: str) -> bytes:
    """Why a message was reported, in the member's words, masked."""
    return vault.seal_text(message.sealed_under, f"report.sealed_reason.{report_id}", text)


def open_report(report: Report, message: Message, keys: dict[UUID, vault.Key]) -> str:
    """The reason of a report of this message."""
    return _open(message.sealed_under, f"report.sealed_reason.{report.pk}", report.sealed_reason, keys)


def seal_appeal(message: Message, appeal_id: UUID, text: str) -> bytes:
    """What an author says against the removal of this message, masked."""
    return vault.seal_text(message.sealed_under, f"appeal.sealed_text.{appeal_id}", text)


def open_appeal(appeal: Appeal, message: Message, keys: dict[UUID, vault.Key]) -> str:
    """The author's words; '' once the appeal is decided."""
    if appeal.sealed_text is None:
        return ""
    return _open(message.sealed_under, f"appeal.sealed_text.{appeal.pk}", appeal.sealed_text, keys)


def seal_note(message: Message, note_id: UUID, text: str) -> bytes:
    """A note among moderators about this message, masked."""
    return vault.seal_text(message.sealed_under, f"moderation-note.sealed_text.{note_id}", text)


def open_note(note: ModerationNote, message: Message, keys: dict[UUID, vault.Key]) -> str:
    """The words of a note about this message."""
    return _open(message.sealed_under, f"moderation-note.sealed_text.{note.pk}", note.sealed_text, keys)


def _open(under: UUID, field: str, sealed: bytes | memoryview, keys: dict[UUID, vault.Key]) -> str:
    return vault.open_text(under, field, sealed, key=keys[under]) if under in keys else ""
