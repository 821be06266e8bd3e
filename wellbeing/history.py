"""Reading a room in order: what happened after a number, for sockets and pages. Sync; sockets call it in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from wellbeing.frames import Back, Gone, Happening, Shown
from wellbeing.hours import in_hours, opens_at
from wellbeing.models import Message, Restoration, Room, Withdrawal
from wellbeing.posting import room_and_after
from wellbeing.rooms_access import in_charge, people_inside
from wellbeing.sealing import keys_for, open_message

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """A room as it stands: what happened after a number, in order, and who may read it now.

    `upto` is complete: nothing at or below it is missing from `happenings` (or from earlier looks).
    """

    happenings: tuple[Happening, ...]
    upto: int
    more: bool
    people: frozenset[UUID] | None  # None: as they were at the version that the caller knows
    people_version: int
    state: RoomState | None


@dataclass(frozen=True, slots=True)
class RoomState:
    """What a client has to know besides messages."""

    slug: str
    writable: bool
    closed: bool
    slow_mode_ms: int
    last_id: int
    opens_at: datetime | None = None  # where nobody can write now, and it is known


def look_at(room_id: UUID, after: int, known_people: int | None = None, only: UUID | None = None) -> Look:
    """What happened in a room after a number, and who may be told.

    The room's row is read first: numbers are drawn and members change under its lock, committed with their rows, so
    everything up to its last number can be seen by the queries that follow. The people are read last, unless their
    version is the one that the caller knows: whoever is missing among them is told none of these messages. `only` asks
    for one person instead of all.
    """
    room, following = room_and_after(room_id, after, AT_ONCE + 1)
    if room is None:
        return Look((), after, False, frozenset(), 0, None)
    happenings, upto, more = happened_between(room_id, after, room.last_number, following)
    state = as_state(room, timezone.now())
    people = None if room.people_version == known_people else people_inside([room_id], only)[room_id]
    return Look(tuple(happenings), upto, more, people, room.people_version, state)


def happened_after(room_id: UUID, after: int, limit: int = AT_ONCE) -> tuple[list[Happening], int, bool]:
    """At most `limit` happenings after a number, in order; up to where that is complete; whether there is more."""
    room, following = room_and_after(room_id, after, limit + 1)
    return happened_between(room_id, after, room.last_number if room else 0, following, limit)


def happened_between(
    room_id: UUID, after: int, last: int, following: Sequence[Message], limit: int = AT_ONCE
) -> tuple[list[Happening], int, bool]:
    """The same up to a number that was read before the messages `following`, of which there is one more than `limit`
    if there are as many."""
    if last <= after:
        return [], after, False
    shown = [message for message in following if message.number is not None and message.number <= last]
    if len(shown) == last - after <= limit:  # every number is a message: nothing was taken away between them
        return list(opened(shown)), last, False
    happenings: list[Happening] = [*gone_between(room_id, after, last, limit), *opened(shown)]
    happenings += back_between(room_id, after, last, limit)
    happenings.sort(key=lambda happening: happening.number)
    if len(happenings) <= limit:
        return happenings, last, False
    return happenings[:limit], happenings[limit - 1].number, True


def gone_between(room_id: UUID, after: int, upto: int, limit: int) -> list[Gone]:
    """What was taken off the screens, in order; why is for the author, as long as the message is still away."""
    rows = Withdrawal.objects.filter(room=room_id, number__gt=after, number__lte=upto).order_by("number")
    return [
        Gone(
            row.number,
            row.message_number,
            row.removed,
            row.message.author.person_id,
            row.message.removed_because if row.removed else "",
            row.message_id,
        )
        for row in rows.select_related("message__author")[: limit + 1]
    ]


def back_between(room_id: UUID, after: int, upto: int, limit: int) -> list[Back]:
    """What was restored, in order. One that has been taken away again since is not told: its going is."""
    rows = Restoration.objects.filter(room=room_id, number__gt=after, number__lte=upto).order_by("number")
    there = list(rows.filter(message__number=F("message_number")).select_related("message__author")[: limit + 1])
    shown = opened([row.message for row in there])
    return [Back(row.number, message) for row, message in zip(there, shown, strict=True)]


def latest(room_id: UUID, limit: int = 50) -> list[Shown]:
    """The last messages of a room, oldest first, for the page's first picture."""
    rows = Message.objects.filter(room=room_id, number__isnull=False).select_related("author").order_by("-number")
    return opened(list(reversed(rows[:limit])))


def opened(rows: Sequence[Message]) -> list[Shown]:
    """Rows with their words; the keys of their days are fetched at once."""
    keys = keys_for(rows)
    return [as_shown(row, open_message(row, keys)) for row in rows]


def as_shown(row: Message, text: str) -> Shown:
    """One shown message as everybody sees it."""
    if row.number is None or row.shown_at is None:
        raise ValueError("only a shown message has a place")
    return Shown(
        row.number,
        row.author.person_id,
        row.author.pseudonym,
        text,
        row.shown_at,
        tuple(row.masked),
        row.by_moderator,
        row.client_id,
    )


def state_of(room_id: UUID) -> RoomState | None:
    """The room's settings and whether somebody is on duty; None where there is no such room."""
    room = Room.objects.filter(pk=room_id).first()
    return as_state(room, timezone.now()) if room else None


def as_state(room: Room, now: datetime) -> RoomState:
    """The same for a room that was read."""
    writable = not room.is_closed and in_hours(room, now) and bool(in_charge(room, now))
    later = None if writable else opens_at(room, now)
    return RoomState(room.slug, writable, room.is_closed, room.slow_mode_seconds * 1000, room.last_number, later)


def last_numbers(room_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The last number of each room: what the poll compares."""
    return dict(Room.objects.filter(pk__in=room_ids).values_list("pk", "last_number"))
