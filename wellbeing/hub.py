"""The rooms of this process: one subscription, one look and one encoding a message, however many sockets.

    announcement or poll -> look at the database -> whoever is not a member any more goes -> everybody else gets it

What is sent comes from the database in the room's order, so an announcement that is lost, doubled or late changes
nothing but the moment. A look brings the version of the room's people, and the people anew where it changed:
somebody who was taken out gets nothing that was posted later. A socket that doesn't read is closed once too much lies
there for it; it costs nobody else anything.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.db import DatabaseError
from prometheus_client import Gauge

from project.accounts.credentials import Credential, credentials_alive
from project.announcing import heard
from project.beside import in_thread
from wellbeing.announce import CHANNEL
from wellbeing.feeds import Feed
from wellbeing.history import last_numbers
from wellbeing.presence import parse_saying
from wellbeing.rooms_access import people_inside
from wellbeing.seats import SIGNED_OUT, Seat

log = structlog.get_logger(__name__)
sockets = Gauge("earshot_room_sockets", "Open sockets of support rooms in this process.")

POLL_SECONDS: Final = 2.0
LOOKS_ANYWAY: Final = 10  # every so many polls each room is looked at, for a duty that began or ended


class Hub:
    """All feeds of this process's event loop, the subscription that wakes them and the poll that makes up for it."""

    def __init__(self) -> None:
        self.feeds: dict[UUID, Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._polls = 0

    def join(self, seat: Seat) -> Feed:
        """Take a seat; the first one starts the subscription and the poll."""
        feed = self.feeds.setdefault(seat.room_id, Feed(seat.room_id))
        feed.seats.add(seat)
        sockets.inc()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._poll())]
        return feed

    def leave(self, seat: Seat) -> None:
        """Give a seat up; the last one ends subscription and poll."""
        sockets.dec()
        feed = self.feeds.get(seat.room_id)
        if feed is not None:
            feed.seats.discard(seat)
            if seat.attends:
                feed.attendance.changed()
            if not feed.seats:
                del self.feeds[seat.room_id]
        if not self.feeds:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def kick(self, room_id: UUID) -> None:
        """Look at a room soon, if anybody here sits in it."""
        feed = self.feeds.get(room_id)
        if feed is not None:
            feed.refresh()

    async def _listen(self) -> None:
        """Follow announcements; after any break every room is looked at, for what was said meanwhile."""
        async for text in heard(CHANNEL):
            if text is not None and text.startswith("{"):
                self.hear(text)
                continue
            with contextlib.suppress(ValueError):
                for room_id in list(self.feeds) if text is None else [UUID(hex=text)]:
                    self.kick(room_id)

    def hear(self, text: str) -> None:
        """Who sits in a room in another process, where somebody sits in it here too."""
        saying = parse_saying(text)
        feed = self.feeds.get(saying.room_id) if saying is not None else None
        if saying is not None and feed is not None:
            feed.attendance.hear(saying)

    async def _poll(self) -> None:
        """Every two seconds, in a few queries for all rooms together: what was missed, and who has to leave."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look_everywhere()
            except DatabaseError as error:
                log.warning("rooms.poll-failed", error=type(error).__name__)

    async def _look_everywhere(self) -> None:
        self._polls += 1
        room_ids = list(self.feeds)
        credentials = {seat.credential for feed in self.feeds.values() for seat in feed.seats}
        last, people, alive = await in_thread(_what_changed, room_ids, credentials)
        for room_id in room_ids:
            feed = self.feeds.get(room_id)
            if feed is None:
                continue
            for seat in [seat for seat in feed.seats if seat.credential in credentials - alive]:
                feed.dismiss(seat, SIGNED_OUT)
            feed.attendance.look()
            if any(seat.person_id not in people[room_id] for seat in feed.seats):
                feed.forget_people()
                feed.refresh()
            elif feed.position != last.get(room_id) or self._polls % LOOKS_ANYWAY == 0:
                feed.refresh()


def _what_changed(
    room_ids: list[UUID], credentials: set[Credential]
) -> tuple[dict[UUID, int], dict[UUID, frozenset[UUID]], set[Credential]]:
    return last_numbers(room_ids), people_inside(room_ids), credentials_alive(credentials)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
