"""What only the author of a message hears back, as frames: for sockets and for pages alike (pure but for the row)."""

from typing import Any

from project.problems import Refusal
from wellbeing import frames
from wellbeing.actions.messages import Posted
from wellbeing.history import as_shown
from wellbeing.models import Membership, Message


def answers_to(posted: Posted, author: Membership) -> list[Any]:
    """The frames that answer a post. A first post's `message` comes like everybody's; a repeated one's is here."""
    message, client_id = posted.message, posted.message.client_id
    told: list[Any] = []
    if posted.repeated and message.number is not None:
        message.author = author
        told.append(as_shown(message, posted.text).authors_frame())
    if message.state == Message.State.REMOVED:
        told.append(frames.removed_frame(client_id, message.removed_because))
    if message.masked:
        told.append(frames.masked_frame(client_id, message.number, message.masked))
    if message.state == Message.State.HELD:
        told.append(frames.held_frame(client_id, message.held_because))
    if posted.crisis is not None:
        told.append(frames.care_frame(client_id, message.pk, message.number, posted.crisis, posted.quoted))
    return told


def refusal_frame(refusal: Refusal, **named: Any) -> dict[str, Any]:
    """A refusal as a frame; `muted` has one of its own."""
    extra = {name: as_json(value) for name, value in refusal.extra.items()} | named
    if refusal.code == "muted":
        return {"type": "muted", "detail": refusal.title, **extra}
    return frames.error_frame(refusal.code, refusal.detail or refusal.title, **extra)


def as_json(value: Any) -> Any:
    """Instants as RFC 3339; all else a refusal carries is JSON already."""
    return frames.instant(value) if hasattr(value, "astimezone") else value
