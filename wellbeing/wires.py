"""How frames reach one socket: prepared once as bytes, and written as they are.

Under uvicorn a frame goes straight into the connection's own transport: no task, no queue and no second encoding a
socket, which is what a room of 500 costs elsewhere. Under another server the same frames go through ASGI's `send`.
Either way `backlog` is what one reader has not taken yet, in bytes, and whoever reads slowly keeps only that.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

Send = Callable[[dict[str, Any]], Awaitable[None]]

FINAL_TEXT: Final = 0x81  # RFC 6455, 5.2: the last piece of a text message; servers do not mask
GOODBYE_SECONDS: Final = 5.0  # so long a reader may take to take what waits and the close frame; then it is cut off


class Block:
    """Frames that follow each other: their texts, and the same as bytes of the wire."""

    __slots__ = ("texts", "wire")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = tuple(texts)
        self.wire = b"".join(on_the_wire(text.encode()) for text in texts)


def on_the_wire(payload: bytes) -> bytes:
    """One whole text frame as a server sends it (RFC 6455), uncompressed: allowed whatever was negotiated."""
    size = len(payload)
    if size < 126:
        return bytes((FINAL_TEXT, size)) + payload
    if size < 2**16:
        return bytes((FINAL_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((FINAL_TEXT, 127)) + size.to_bytes(8, "big") + payload


class Wire(Protocol):
    """The way to one socket."""

    def write(self, block: Block) -> None:
        """Hand frames over; they leave in order. Nothing happens once the socket is closed."""

    def backlog(self) -> int:
        """Bytes that its reader has not taken yet."""

    def close(self, code: int) -> None:
        """End the socket, whether its reader listens or not."""


class DirectWire:
    """Into the transport of a uvicorn connection, in the thread of its loop. uvicorn writes whole frames too."""

    def __init__(self, protocol: WebSocketsSansIOProtocol, send: Send) -> None:
        self.protocol, self.send = protocol, send
        self.goodbye: asyncio.Task[None] | None = None

    def write(self, block: Block) -> None:
        protocol = self.protocol
        if not (protocol.disconnected or protocol.close_sent or protocol.transport.is_closing()):
            protocol.transport.write(block.wire)

    def backlog(self) -> int:
        return self.protocol.transport.get_write_buffer_size()

    def close(self, code: int) -> None:
        self.goodbye = asyncio.create_task(self._close(code))

    async def _close(self, code: int) -> None:
        """uvicorn's own close waits until there is room for its frame, which a reader who never reads never makes."""
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):
            await asyncio.wait_for(self.send({"type": "websocket.close", "code": code}), GOODBYE_SECONDS)
        await asyncio.sleep(GOODBYE_SECONDS)
        if not self.protocol.disconnected:
            self.protocol.transport.abort()


class QueuedWire:
    """Through ASGI's `send`, one frame after the other in a task of its own."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.waiting: deque[str] = deque()
        self.bytes_waiting = 0
        self.writer: asyncio.Task[None] | None = None

    def write(self, block: Block) -> None:
        self.waiting.extend(block.texts)
        self.bytes_waiting += len(block.wire)
        if self.writer is None or self.writer.done():
            self.writer = asyncio.create_task(self._write())

    def backlog(self) -> int:
        return self.bytes_waiting

    def close(self, code: int) -> None:
        self.waiting.clear()
        if self.writer is not None:
            self.writer.cancel()
        self.writer = asyncio.create_task(self._say_goodbye(code))

    async def _write(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the socket closed under us
            while self.waiting:
                text = self.waiting.popleft()
                await self.send({"type": "websocket.send", "text": text})
            self.bytes_waiting = 0

    async def _say_goodbye(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await self.send({"type": "websocket.close", "code": code})


def wire_of(connection: object, send: Send) -> Wire:
    """The shortest way to a socket: the server's own connection, where the server is uvicorn."""
    return DirectWire(connection, send) if isinstance(connection, WebSocketsSansIOProtocol) else QueuedWire(send)
