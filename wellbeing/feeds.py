"""A room in this process: one look and one encoding a message, however many sockets sit in it.

What is sent comes from the database in the room's order, so an announcement that is lost, doubled or late changes
nothing but the moment. Every look brings the version of the room's people, who are read anew, after its messages,
where it changed: somebody who was taken out gets nothing that was posted later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import DatabaseError

from project.accounts.credentials import Credential, credentials_alive
from project.beside import in_thread
from wellbeing.attendance import Attendance
from wellbeing.frames import Happening, Shown, encoded, instant
from wellbeing.history import Look, RoomState, last_numbers, look_at
from wellbeing.seats import NOT_A_MEMBER, SIGNED_OUT, TRY_AGAIN, Seat, delivered
from wellbeing.wires import Block

log = structlog.get_logger(__name__)

NEVER: Final = 2**62  # a number that no room reaches: a look after it brings no messages, but the people and the state
AT_ONCE: Final = 20  # messages of a history that go to one socket in one piece
TRIES: Final = 4  # to go live while members come and go


class Feed:
    """One room in this process: its seats, and up to which number they were told."""

    def __init__(self, room_id: UUID) -> None:
        self.room_id = room_id
        self.seats: set[Seat] = set()
        self.attendance = Attendance(room_id, self.seats)
        self.position: int | None = None
        self.state: RoomState | None = None
        self.people: frozenset[UUID] | None = None  # as they were at `people_version`; None: to be read
        self.people_version: int | None = None
        self._looking: asyncio.Task[None] | None = None
        self._again = False

    def forget_people(self) -> None:
        """Read them anew with the next look: something about an account changed, which no room's version counts."""
        self.people_version = None

    def refresh(self) -> asyncio.Task[None]:
        """Look at the room soon. Asked while looking, it looks once more: what was committed before is then seen."""
        self._again = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        while self._again:
            self._again = False
            after, known, seated = self.position, self.people_version, set(self.seats)
            try:
                look = await in_thread(look_at, self.room_id, NEVER if after is None else after, known)
                gone = await self._signed_out() if look.people is not None else set()
            except DatabaseError as error:
                log.warning("rooms.look-failed", error=type(error).__name__)
                return  # the poll looks again
            if self._knows_too_little(look, seated):
                self.forget_people()
                self._again = True
                continue
            self._again = self._again or look.more or self.people_version != known
            for seat in [seat for seat in self.seats if seat.credential in gone]:
                self.dismiss(seat, SIGNED_OUT)
            self.deliver(look if after is not None else replace(look, upto=0))

    def _knows_too_little(self, look: Look, seated: set[Seat]) -> bool:
        """Did somebody sit down while it looked who is not among its people? They may have become a member since.

        Nothing of that look is told then, and the next one judges them: whoever sits down was a member at that moment.
        """
        people = self.people if look.people is None else look.people
        return people is not None and any(seat.person_id not in people for seat in self.seats - seated)

    async def _signed_out(self) -> set[Credential]:
        """Where the people changed, a sign-in or token may have ended: read after the look, as the people are."""
        credentials = {seat.credential for seat in self.seats}
        return credentials - await in_thread(credentials_alive, credentials)

    def deliver(self, look: Look) -> None:
        """Hand a look to every live seat whose person may still read; the others leave before anything is told."""
        if look.people is not None:
            self.people, self.people_version = look.people, look.people_version
        if self.people is not None:
            for seat in [seat for seat in self.seats if seat.person_id not in self.people]:
                self.dismiss(seat, NOT_A_MEMBER)
        self._fan_out(look.happenings)
        if self.position is not None:
            self.position = max(self.position, look.upto)
        self._tell_state(look.state)

    def _fan_out(self, happenings: Sequence[Happening]) -> None:
        """One encoding for everybody, one more for each author's own sockets; one write a socket, however many."""
        if not happenings:
            return
        first, last = happenings[0].number, happenings[-1].number
        authors = {happening.author_id for happening in happenings}
        everybodys = block_for(happenings, None)
        own = {person_id: block_for(happenings, person_id) for person_id in authors & self.people_here()}
        told = 0
        for seat in self.seats:
            if seat.position is None or seat.position >= last:
                continue
            if seat.position >= first:
                position = seat.position
                block = block_for([one for one in happenings if one.number > position], seat.person_id)
            else:
                block = own.get(seat.person_id, everybodys)
            seat.position = last
            seat.push(block)
            told += len(block.texts)
        delivered.inc(told)
        self.attendance.wrote(happening.pseudonym for happening in happenings if isinstance(happening, Shown))

    def people_here(self) -> set[UUID]:
        """Whose sockets sit here."""
        return {seat.person_id for seat in self.seats}

    def _tell_state(self, state: RoomState | None) -> None:
        """A `room` frame for everybody when it closed, opened, slowed down, or a duty began or ended."""
        if state is None:
            return
        before, self.state = self.state, state
        if before is not None and settings_of(before) != settings_of(state):
            block = Block([encoded(room_frame(state))])
            for seat in self.seats:
                seat.push(block)

    def dismiss(self, seat: Seat, code: int) -> None:
        """Take a seat away; its socket closes."""
        self.seats.discard(seat)
        seat.close(code)
        if seat.attends:
            self.attendance.changed()

    def attend(self, seat: Seat, *, writing: bool) -> None:
        """Somebody is here for the others to see, or is writing, where that would be possible now."""
        if seat not in self.seats:
            return
        if not writing:
            self.attendance.attend(seat)
        elif self.people and seat.person_id in self.people and self.state is not None and self.state.writable:
            self.attendance.writes(seat)

    async def start(self) -> int:
        """Where the room is now: from here on a new seat misses nothing."""
        if self.position is None:
            numbers = await in_thread(last_numbers, [self.room_id])
            self.position = max(self.position or 0, numbers.get(self.room_id, 0))
        return self.position

    async def admit(self, seat: Seat, after: int) -> None:
        """Make a seat live, once it was told everything that followed `after`.

        History is read until it meets the feed's position, and its person is among the people that the feed knows.
        Between the last comparison and the seat's going live nothing else runs in this thread, so nothing is missed
        and nothing told twice, and nobody goes live whom a change of the people has passed by.
        """
        async with seat.admission:
            seat.position, seat.told_from = None, after
            await self.start()
            for _ in range(TRIES):
                told = await self.tell_history(seat, after, lambda: self.position or 0)
                if told is None:
                    return
                after = told
                if self.people is None or seat.person_id in self.people:
                    seat.position = after
                    break
                self.forget_people()
                await self.refresh()
            else:
                self.dismiss(seat, TRY_AGAIN)
        self.refresh()

    async def catch_up(self, seat: Seat, after: int) -> None:
        """What followed `after` up to where the seat went live by itself, because its `resume` came late."""
        async with seat.admission:
            live_from = seat.told_from
            await self.tell_history(seat, after, lambda: live_from, live_from)

    async def tell_history(self, seat: Seat, after: int, until: Callable[[], int], at_most: int = NEVER) -> int | None:
        """Send one seat what followed a number; returns up to where it was told, None if it had to leave."""
        while after < until():
            look = await in_thread(look_at, self.room_id, after, None, seat.person_id)
            if seat.person_id not in (look.people or ()):
                self.dismiss(seat, NOT_A_MEMBER)
                return None
            told = [happening for happening in look.happenings if happening.number <= at_most]
            for start in range(0, len(told), AT_ONCE):
                await seat.push_patiently(block_for(told[start : start + AT_ONCE], seat.person_id))
            after = max(after + 1, look.upto)
        return after


def frame_for(happening: Happening, person_id: UUID) -> Any:
    """The frame that this person sees."""
    return happening.authors_frame() if happening.author_id == person_id else happening.frame()


def block_for(happenings: Iterable[Happening], person_id: UUID | None) -> Block:
    """The frames that this person sees (None: anybody but the authors), ready for the wire."""
    if person_id is None:
        return Block([encoded(happening.frame()) for happening in happenings])
    return Block([encoded(frame_for(happening, person_id)) for happening in happenings])


def settings_of(state: RoomState) -> tuple[bool, bool, int, datetime | None]:
    """What of a state is worth a frame of its own."""
    return state.writable, state.closed, state.slow_mode_ms, state.opens_at


def room_frame(state: RoomState) -> dict[str, Any]:
    """What a client has to know besides messages; also the end of an answer to `resume`."""
    return {
        "type": "room",
        "writable": state.writable,
        "closed": state.closed,
        "slow_mode_ms": state.slow_mode_ms,
        "last_id": state.last_id,
        "opens_at": instant(state.opens_at) if state.opens_at else None,
    }
