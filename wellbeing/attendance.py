"""Presence of one room in one process: who of its sockets attends, what other processes say, and whom it is told.

A socket that says `attend` is counted and told; one that does not is neither, so nobody watches unseen and a program
that only posts pays nothing. What is told is dropped for a reader who is behind: it would be old when it is read.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid4

from project.beside import in_thread
from wellbeing.announce import publish_saying
from wellbeing.frames import encoded
from wellbeing.presence import SAY_AGAIN_SECONDS, Presence, Saying
from wellbeing.seats import Seat
from wellbeing.wires import Block

PAUSE_SECONDS: Final = 0.3  # so much of what changes together is said, and told, at once
_STARTED: Final = uuid4().hex[:12]


def this_process() -> str:
    """Never another's name: web processes may be forks of one that had imported this already."""
    return f"{_STARTED}-{os.getpid()}"


class Attendance:
    """Of one feed. Everything runs in the feed's event loop; only publishing goes to a thread."""

    def __init__(self, room_id: UUID, seats: set[Seat]) -> None:
        self.room_id, self.seats = room_id, seats
        self.presence = Presence()
        self.told: dict[str, Any] = {}
        self.said_at = float("-inf")
        self.typing: set[str] = set()  # here, since it was last said
        self._soon: asyncio.Task[None] | None = None

    def attend(self, seat: Seat) -> None:
        """From now on this socket is counted and told."""
        if not seat.attends:
            seat.attends = True
            self.changed()

    def writes(self, seat: Seat) -> None:
        """Somebody here is writing."""
        if seat.attends:
            self.typing.add(seat.pseudonym)
            self.changed()

    def wrote(self, names: Iterable[str]) -> None:
        """What they were writing is in the room."""
        names = set(names)
        self.typing -= names
        self.presence.wrote(names)
        self.tell()

    def changed(self) -> None:
        """Say and tell soon, once, whatever else happens until then."""
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._say_soon())

    async def _say_soon(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        await self.say()

    async def say(self) -> None:
        """To the members here and to every other process: who sits in these sockets."""
        here = frozenset(seat.pseudonym for seat in self.seats if seat.attends and seat.closing is None)
        saying = Saying(self.room_id, this_process(), here, frozenset(self.typing) & here)
        self.typing, self.said_at = set(), time.monotonic()
        self.presence.hear(saying, self.said_at)
        self.tell()
        await in_thread(publish_saying, saying.encoded())

    def hear(self, saying: Saying) -> None:
        """What another process says. One that was not known learns in turn who is here."""
        if saying.process == this_process():
            return
        is_new = saying.process not in self.presence.here
        self.presence.hear(saying, time.monotonic())
        self.tell()
        if is_new and any(seat.attends for seat in self.seats):
            self.changed()

    def tell(self) -> None:
        """Every attending socket, where anything changed; one that came since is told as well."""
        frame = self.presence.frame(time.monotonic())
        everybody, self.told = frame != self.told, frame
        block: Block | None = None
        for seat in self.seats:
            if seat.attends and seat.position is not None and (everybody or not seat.knows_who_is_here):
                block = block or Block([encoded(frame)])
                seat.knows_who_is_here = seat.whisper(block)

    def look(self) -> None:
        """Now and then: what has ended has ended for everybody, and who is here is said again."""
        self.tell()
        if time.monotonic() - self.said_at >= SAY_AGAIN_SECONDS and any(seat.attends for seat in self.seats):
            self.changed()
