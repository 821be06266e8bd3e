"""One socket in a room: how far it was told, what waits for it, and nobody else's time."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from prometheus_client import Counter

from project.accounts.credentials import Credential
from wellbeing.wires import Block, Wire

delivered = Counter("earshot_room_deliveries_total", "Frames handed to sockets.")
too_slow = Counter("earshot_room_slow_readers_total", "Sockets closed because they did not read.")

MOST_WAITING: Final = 256 * 1024  # bytes that one reader may leave lying, besides what their system holds
MOST_WHISPERED: Final = 16 * 1024  # bytes that lie before nothing more is whispered
NOT_A_MEMBER: Final = 4404
SIGNED_OUT: Final = 4401
SLOW_READER: Final = 4408
TRY_AGAIN: Final = 1013


class Seat:
    """One socket in a room. It waits until its client has said what it has seen (see `Feed.admit`)."""

    def __init__(self, wire: Wire, room_id: UUID, person_id: UUID, credential: Credential, pseudonym: str = "") -> None:
        self.wire, self.room_id, self.person_id, self.credential = wire, room_id, person_id, credential
        self.pseudonym = pseudonym
        self.attends = False  # counted among who is here, and told of it (see wellbeing.attendance)
        self.knows_who_is_here = False
        self.position: int | None = None  # everything up to here was handed over; None: not live yet
        self.told_from = 0  # where this socket's own story begins
        self.admission = asyncio.Lock()
        self.closing: int | None = None

    def push(self, block: Block) -> None:
        """Hand frames over. Whoever leaves too much lying is closed: their client comes back and catches up."""
        if self.closing is not None:
            return
        if self.wire.backlog() > MOST_WAITING:
            too_slow.inc()
            self.close(SLOW_READER)
            return
        self.wire.write(block)

    def whisper(self, block: Block) -> bool:
        """Hand over what is worth nothing when it is late: whoever is behind does without. Returns whether it went."""
        if self.closing is not None or self.wire.backlog() > MOST_WHISPERED:
            return False
        self.wire.write(block)
        return True

    async def push_patiently(self, block: Block) -> None:
        """The same once there is room: for a history that is longer than what may lie."""
        while self.wire.backlog() > MOST_WAITING // 2 and self.closing is None:
            await asyncio.sleep(0.01)
        self.push(block)

    def close(self, code: int) -> None:
        """End this socket: nothing more is sent."""
        if self.closing is None:
            self.closing = code
            self.wire.close(code)
