"""The words of a room, sealed and opened: every sealed column of a room's rows goes through here."""

from uuid import UUID

from project import vault
from wellbeing.models import Message, ModerationNote, Report


def seal_message(room_id: UUID, message_id: UUID, text: str) -> bytes:
    """A message's masked text, bound to its row. Raises vault.KeyGone."""
    return vault.seal_text(room_id, f"message.sealed_text.{message_id}", text)


def open_message(message: Message, *, key: vault.Key | None = None) -> str:
    """Its text; '' once it is removed."""
    if message.sealed_text is None:
        return ""
    return vault.open_text(message.room_id, f"message.sealed_text.{message.pk}", message.sealed_text, key=key)


def seal_report(room_id: UUID, report_id: UUID, text: str) -> bytes:
    """Why a message was reported, in the member's words, masked."""
    return vault.seal_text(room_id, f"report.sealed_reason.{report_id}", text)


def open_report(report: Report, *, room_id: UUID, key: vault.Key | None = None) -> str:
    """The reason of a report."""
    return vault.open_text(room_id, f"report.sealed_reason.{report.pk}", report.sealed_reason, key=key)


def seal_note(room_id: UUID, note_id: UUID, text: str) -> bytes:
    """A note among moderators, masked."""
    return vault.seal_text(room_id, f"moderation-note.sealed_text.{note_id}", text)


def open_note(note: ModerationNote, *, room_id: UUID, key: vault.Key | None = None) -> str:
    """The words of a note."""
    return vault.open_text(room_id, f"moderation-note.sealed_text.{note.pk}", note.sealed_text, key=key)
