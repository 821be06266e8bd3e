"""Cursors of the annotation feed: where a reader is, in a form that says nothing and cannot be made up.

A cursor is bound to the entry it names. Places in the feed are numbers, and a database that was put back from a backup
draws some of them again for other entries: a reader from before would silently miss those. Its cursor then names an
entry that isn't there, which is noticed. Pure but for the key that binds them.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from project import vault
from project.problems import Gone, Invalid

_PLACE: Final = 8
_TAG: Final = 8
LONGEST: Final = 24


class CursorUnknown(Gone):
    code = "cursor-unknown"
    title = "The feed does not know this place any more; it was put back from a backup. Read it again from its start."


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which entry to go on; 0 is the start, before all of them."""

    sequence: int = 0
    tag: bytes = bytes(_TAG)

    def __str__(self) -> str:
        return urlsafe_b64encode(self.sequence.to_bytes(_PLACE, "big") + self.tag).decode().rstrip("=")


START: Final = Cursor()


def cursor_of(sequence: int, kind: str, clip_id: UUID) -> Cursor:
    return Cursor(sequence, vault.lookup_hmac("feed-cursor", f"{sequence}:{kind}:{clip_id}")[:_TAG])


def parse(text: str) -> Cursor:
    """The cursor as written; empty or 0 is the start. Raises Invalid (400) for what is none."""
    if text in ("", "0"):
        return START
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"==")
    except ValueError:
        raw = b""
    cursor = Cursor(int.from_bytes(raw[:_PLACE], "big"), raw[_PLACE:])
    if len(raw) != _PLACE + _TAG or str(cursor) != text or cursor.sequence >= 2**63:
        raise Invalid("This is not a cursor of the feed.", field="after")
    return cursor
