"""What a post reads and writes, in as few round trips as it can be: they are what a message costs.

one look before the lock; the room's lock and the reads behind it in one round trip; the writes in one statement
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple
from uuid import UUID

from project.accounts.models import User
from project.statements import at_once, columns, inserted, made, planned, together, updated, width
from wellbeing.models import Membership, Message, Room

ROOM_AND_KEY = """
    SELECT own.room_id, key.object_id FROM wellbeing_membership AS own
    LEFT JOIN wellbeing_roomkey AS key ON key.room_id = own.room_id AND key.day = %(day)s
    WHERE own.id = %(membership)s
"""


class Locked(NamedTuple):
    """A room under its lock, and what was read behind it."""

    room: Room
    membership: Membership | None  # with its person; None: no current one of theirs
    before: Message | None  # what this client posted under the same id before


def room_and_key(membership_id: UUID, day: date) -> tuple[UUID, UUID | None] | None:
    """The room of a membership, and the vault object of its key of that day, if it has one already."""
    rows = planned(ROOM_AND_KEY, {"membership": membership_id, "day": day})
    return (rows[0][0], rows[0][1]) if rows else None


def locked(room_id: UUID, membership_id: UUID, person_id: UUID, client_id: str) -> Locked:
    """Take the room's lock, then read: each statement sees what was committed when its own turn came."""
    room, membership, before = _reads()
    rooms, members, messages = together(
        (room, [room_id]), (membership, [membership_id, person_id]), (before, [membership_id, client_id])
    )
    return Locked(
        made(Room, rooms[0]),
        _with_person(members[0]) if members else None,
        made(Message, messages[0]) if messages else None,
    )


@cache
def _reads() -> tuple[str, str, str]:
    own, person = columns(Membership, "own"), columns(User, "person")
    return (
        f"SELECT {columns(Room, 'own')} FROM wellbeing_room AS own WHERE id = %s FOR NO KEY UPDATE",  # noqa: S608  # our own names
        f"SELECT {own}, {person} FROM wellbeing_membership AS own JOIN accounts_user AS person "  # noqa: S608  # the same
        "ON person.id = own.person_id WHERE own.id = %s AND own.person_id = %s AND own.left_at IS NULL",
        f"SELECT {columns(Message, 'own')} FROM wellbeing_message AS own WHERE author_id = %s AND client_id = %s",  # noqa: S608  # the same
    )


def _with_person(row: tuple[object, ...]) -> Membership:
    membership = made(Membership, row[: width(Membership)])
    membership.person = made(User, row[width(Membership) :])
    return membership


def write_post(room: Room, author: Membership, message: Message) -> None:
    """The author's allowance, the room's last number and the message, of a locked room, in one statement."""
    at_once(updated(author, "post_due_at"), updated(room, "last_number"), inserted(message))


def room_and_after(room_id: UUID, after: int, limit: int) -> tuple[Room | None, list[Message]]:
    """A room, then its first shown messages after a number, with their authors, in order.

    The room is read first: whoever sees its last number sees every message up to it. Messages beyond it may come along.
    """
    room, following = _looks()
    rooms, rows = together((room, [room_id]), (following, [room_id, after, limit]))
    return (made(Room, rooms[0]), [_with_author(row) for row in rows]) if rooms else (None, [])


@cache
def _looks() -> tuple[str, str]:
    own, author = columns(Message, "own"), columns(Membership, "author")
    return (
        f"SELECT {columns(Room, 'own')} FROM wellbeing_room AS own WHERE id = %s",  # noqa: S608  # our own names
        f"SELECT {own}, {author} FROM wellbeing_message AS own JOIN wellbeing_membership AS author "  # noqa: S608  # the same
        "ON author.id = own.author_id WHERE own.room_id = %s AND own.number > %s ORDER BY own.number LIMIT %s",
    )


def _with_author(row: tuple[object, ...]) -> Message:
    message = made(Message, row[: width(Message)])
    message.author = made(Membership, row[width(Message) :])
    return message
