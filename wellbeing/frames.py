"""What goes over a room's socket, both ways (pure). Times RFC 3339 UTC, durations in ms.

A server frame always has `type`. Numbers (`id`, `number`) ascend within a room: `resume` with the highest one seen
brings everything that happened after it.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NotRequired, TypedDict
from uuid import UUID

LARGEST_FRAME: Final = 16 * 1024  # bytes; 2,000 characters of any script with their JSON escapes fit
CLIENT_TYPES: Final = ("post", "report", "resume", "about", "attend", "typing")
FIELDS: Final[dict[str, dict[str, type]]] = {
    "post": {"client_id": str, "text": str},
    "report": {"message_id": int, "reason": str},
    "resume": {"after": int},
    "about": {"message": str, "answer": str},
    "attend": {},
    "typing": {},
}
WHY_MASKED: Final = {
    "payment_card": "It looked like a card number.",
    "bank_account": "It looked like a bank account.",
    "credential": "It looked like a password or code.",
    "personal_number": "It looked like a personal identity number.",
    "email": "It looked like an e-mail address.",
    "link": "Links and handles are not shared in support rooms.",
    "phone": "It looked like a phone number.",
    "reference": "It looked like the reference of a clip, case or device.",
    "address": "It looked like a street address.",
    "number": "Long numbers are not shared in support rooms.",
}
WHY_REMOVED: Final = {
    "personal-data": "A moderator removed your message: it had personal data in it. Its words are destroyed.",
    "clip-content": "A moderator removed your message: it told what was in a clip. Its words are destroyed.",
    "harmful": "A moderator removed your message: it could harm somebody who reads it.",
    "abuse": "A moderator removed your message: it hurts or insults somebody.",
    "other": "A moderator removed your message.",
}


class MessageFrame(TypedDict):
    type: Literal["message"]
    id: int
    pseudonym: str
    text: str
    at: str
    masked: list[str]
    moderator: bool
    client_id: NotRequired[str]
    mine: NotRequired[bool]


class GoneFrame(TypedDict):
    """`removed`, or `held` until a moderator has decided; `number` is this event's own place in the order.

    The author also reads why, and where to ask another moderator.
    """

    type: Literal["removed", "held"]
    id: int
    number: int
    mine: NotRequired[bool]
    because: NotRequired[str]
    detail: NotRequired[str]
    about: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that everybody sees, at its place in the room's order."""

    number: int
    author_id: UUID
    pseudonym: str
    text: str
    at: datetime
    masked: tuple[str, ...]
    moderator: bool
    client_id: str

    def frame(self) -> MessageFrame:
        """For everybody."""
        return {
            "type": "message",
            "id": self.number,
            "pseudonym": self.pseudonym,
            "text": self.text,
            "at": instant(self.at),
            "masked": list(self.masked),
            "moderator": self.moderator,
        }

    def authors_frame(self) -> MessageFrame:
        """For the author, whose client finds its own message by its client id."""
        return {**self.frame(), "client_id": self.client_id, "mine": True}


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that left everybody's screen, at the place of its going."""

    number: int
    message_number: int
    removed: bool
    author_id: UUID
    because: str = ""
    message_id: UUID | None = None

    def frame(self) -> GoneFrame:
        """For everybody."""
        kind: Literal["removed", "held"] = "removed" if self.removed else "held"
        return {"type": kind, "id": self.message_number, "number": self.number}

    def authors_frame(self) -> GoneFrame:
        """For the author, who is told why."""
        if not self.because:
            return {**self.frame(), "mine": True}
        detail, about = WHY_REMOVED.get(self.because, WHY_REMOVED["other"]), f"/removed/{self.message_id}/"
        return {**self.frame(), "mine": True, "because": self.because, "detail": detail, "about": about}


@dataclass(frozen=True, slots=True)
class Back:
    """A removed message that is on everybody's screen again, in its old place; `number` is the place of its return."""

    number: int
    message: Shown

    @property
    def author_id(self) -> UUID:
        """Whose message it is."""
        return self.message.author_id

    def frame(self) -> dict[str, Any]:
        """For everybody."""
        return {**self.message.frame(), "type": "restored", "number": self.number}

    def authors_frame(self) -> dict[str, Any]:
        """For the author."""
        return {**self.message.authors_frame(), "type": "restored", "number": self.number}


Happening = Shown | Gone | Back


class Malformed(ValueError):
    """A frame that no client of ours sends; `args[0]` says in plain words what is wrong, without what was in it."""


def parse(text: str | None) -> dict[str, Any]:
    """A client's frame with exactly the fields of its type. Raises Malformed."""
    if text is None or len(text) > LARGEST_FRAME:
        raise Malformed("A frame is JSON text of at most 16 KiB.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("That was not JSON.") from error
    if not isinstance(frame, dict) or frame.get("type") not in CLIENT_TYPES:
        raise Malformed(f"The types are: {', '.join(CLIENT_TYPES)}.")
    expected = FIELDS[frame["type"]]
    if set(frame) != {"type", *expected}:
        raise Malformed(f"A {frame['type']} has exactly the fields {', '.join(expected)}.")
    for name, kind in expected.items():
        value = frame[name]
        if (
            not isinstance(value, kind)
            or isinstance(value, bool)
            or (isinstance(value, int) and not 0 <= value < 2**63)
        ):
            raise Malformed(f"The field {name} is not of its type.")
    return frame


def encoded(frame: Any) -> str:
    """JSON as short as it gets, every character as itself."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def instant(at: datetime) -> str:
    """RFC 3339, UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def masked_frame(client_id: str, number: int | None, kinds: list[str]) -> dict[str, Any]:
    """To the author: what was cut out of the message and why."""
    why = [{"kind": kind, "why": WHY_MASKED[kind]} for kind in dict.fromkeys(kinds)]
    return {"type": "masked", "client_id": client_id, "id": number, "kinds": list(kinds), "why": why}


def held_frame(client_id: str, because: str) -> dict[str, Any]:
    """To the author: nobody sees it yet, a moderator will decide."""
    detail = "A moderator will look at this message before anybody else sees it. It is not lost."
    return {"type": "held", "client_id": client_id, "id": None, "because": because, "detail": detail}


def removed_frame(client_id: str, because: str) -> dict[str, Any]:
    """To an author who posts again what a moderator has removed."""
    return {"type": "removed", "client_id": client_id, "id": None, "because": because}


def care_frame(client_id: str, message: UUID, number: int | None, level: str, quoted: bool) -> dict[str, Any]:
    """To the author at once: help, and the question what this is about. `quoted`: it reads like a quoted clip."""
    return {
        "type": "care",
        "client_id": client_id,
        "id": number,
        "level": level,
        "card": "help",
        "detail": "You are not alone with this. Help is here now, and a moderator has been asked to look.",
        "question": {
            "message": str(message),
            "ask": "Is this about you, a colleague, or a clip?",
            "answers": ["me", "colleague", "clip"],
            "likely": "clip" if quoted else "me",
        },
    }


def error_frame(code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """What was refused and why; the socket stays open."""
    return {"type": "error", "code": code, "detail": detail, **extra}
