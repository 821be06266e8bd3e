"""What a room refuses, and how it says so. On a socket the code becomes an `error` frame's."""

from datetime import datetime

from project.problems import Conflict, Invalid, TooMany


class ReadOnly(Conflict):
    code = "read-only"
    title = "No moderator is here at this hour, so this room can only be read. Help is one click away all the same."

    def __init__(self, detail: str = "", *, opens_at: datetime | None = None) -> None:
        """With when it can be written in again, where that is known."""
        super().__init__(detail, **({"opens_at": opens_at} if opens_at else {}))


class RoomClosed(Conflict):
    code = "closed"
    title = "A moderator has closed this room for now."


class Muted(Conflict):
    code = "muted"
    title = "A moderator has muted you in this room for a while. You can still read, and help is still there."


class TooFast(TooMany):
    code = "too-fast"
    title = "One message at a time, please. Wait a moment and send it again."


class BadMessage(Invalid):
    code = "bad-message"
    title = "A message has 1 to 2,000 characters and a client id of at most 64 plain ones."


class Overtaken(Conflict):
    code = "overtaken"
    title = "Another moderator has acted on this in the meantime. Please look at it again."


class RestFirst(Conflict):
    code = "rest-first"
    title = "You have looked after a lot. Please rest first: a colleague is asked instead of you."


class AlreadyReported(Conflict):
    code = "already-reported"
    title = "You have reported this message before. A moderator will look at it."


class NotInPrivate(Conflict):
    code = "private"
    title = "A private session has two people. It is moved or ended, never opened to others."


class NoAppeal(Conflict):
    code = "no-appeal"
    title = "The words of this message are destroyed, or you have asked before: there is nothing left to look at."


class NotTheRemover(Conflict):
    code = "own-removal"
    title = "You removed this message, so a colleague decides about it."


class OwnAct(Conflict):
    code = "own-message"
    title = "This is about yourself: a colleague has to do it."
