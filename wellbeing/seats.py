"""One socket in a room: its own short queue, its own writer, and nobody else's time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from prometheus_client import Counter

from wellbeing.rooms_access import Credential

delivered = Counter("earshot_room_deliveries_total", "Frames put into sockets' queues.")
too_slow = Counter("earshot_room_slow_readers_total", "Sockets closed because they did not read.")

Send = Callable[[dict[str, Any]], Awaitable[None]]

MOST_WAITING: Final = 256  # frames that wait for one socket
NOT_A_MEMBER: Final = 4404
SIGNED_OUT: Final = 4401
SLOW_READER: Final = 4408


class Seat:
    """One socket in a room. It waits until its client has said what it has seen (see `Feed.admit`)."""

    def __init__(self, send: Send, room_id: UUID, person_id: UUID, credential: Credential) -> None:
        self.send, self.room_id, self.person_id, self.credential = send, room_id, person_id, credential
        self.position: int | None = None  # everything up to here is in its queue; None: not live yet
        self.told_from = 0  # where this socket's own story begins
        self.admission = asyncio.Lock()
        self.waiting: deque[str] = deque()
        self.wake = asyncio.Event()
        self.closing: int | None = None
        self.writer = asyncio.create_task(self._write())

    def push(self, frame: str) -> None:
        """Queue a frame. A queue that is full closes the socket: its client comes back and catches up."""
        if self.closing is not None:
            return
        if len(self.waiting) >= MOST_WAITING:
            too_slow.inc()
            self.close(SLOW_READER)
            return
        self.waiting.append(frame)
        self.wake.set()
        delivered.inc()

    async def push_patiently(self, frame: str) -> None:
        """Queue a frame once there is room: for a history that is longer than the queue."""
        while len(self.waiting) >= MOST_WAITING // 2 and self.closing is None:
            await asyncio.sleep(0.01)
        self.push(frame)

    def close(self, code: int) -> None:
        """End this socket: nothing more is sent, what still waits is dropped."""
        if self.closing is None:
            self.closing = code
            self.waiting.clear()
            self.writer.cancel()
            self.writer = asyncio.create_task(self._say_goodbye(code))

    async def _write(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the socket closed under us
            while True:
                await self.wake.wait()
                self.wake.clear()
                while self.waiting:
                    await self.send({"type": "websocket.send", "text": self.waiting.popleft()})

    async def _say_goodbye(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await self.send({"type": "websocket.close", "code": code})
