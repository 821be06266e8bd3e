"""Many sockets in one process that cost as little as they can: they count messages and read nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from base64 import b64encode
from typing import Any, Final

MARK: Final = b'"type":"message"'
MARKS: Final = (MARK, b'"type": "message"')
PING: Final = b"\x89\x04"  # with the four bytes that uvicorn asks back
PATIENCE: Final = 120.0


class Ear(asyncio.Protocol):
    """One socket. A mark that two pieces share is counted once: the end of a piece is kept for the next."""

    def __init__(self, audience: Audience | None) -> None:
        self.audience = audience
        self.kept = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            head, end, data = (self.kept + data).partition(b"\r\n\r\n")
            self.kept = b"" if end else head
            if end:
                assert b" 101 " in head[:20], head[:200]
                self.opened.set_result(None)
        if PING in data:  # no length and no text of ours looks like one
            start = data.index(PING) + len(PING)
            self.transport.write(b"\x8a\x84" + bytes(4) + data[start : start + 4])
        if self.audience is None or not data:
            return
        data = self.kept + data
        self.audience.heard(sum(data.count(mark) for mark in MARKS))
        self.kept = data[-15:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it opened"))

    def post(self, text: str) -> None:
        """A masked text frame (RFC 6455) with a mask of zeroes, which masks nothing and costs nothing."""
        payload = json.dumps({"type": "post", "client_id": text.replace(" ", "-"), "text": text}).encode()
        assert len(payload) < 126
        self.transport.write(bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload)


class Audience:
    """How many messages all sockets together have heard, and when the awaited number was reached."""

    def __init__(self) -> None:
        self.deliveries, self.awaited = 0, 0
        self.reached_at = 0.0
        self.reached = asyncio.Event()

    def heard(self, messages: int) -> None:
        self.deliveries += messages
        if self.awaited and self.deliveries >= self.awaited and not self.reached.is_set():
            self.reached_at = time.perf_counter()
            self.reached.set()

    def expect(self, more: int) -> None:
        self.awaited = self.deliveries + more
        self.reached.clear()

    async def all_heard(self) -> float:
        """The moment when the last of them had it."""
        await asyncio.wait_for(self.reached.wait(), PATIENCE)
        return self.reached_at


async def enter(port: int, path: str, token: str, audience: Audience | None) -> Ear:
    """One socket, opened."""
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_connection(lambda: Ear(audience), "127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13"]
    lines += [f"Authorization: Token {token}"] if token else []
    ear.transport.write("\r\n".join([*lines, "", ""]).encode())
    await asyncio.wait_for(ear.opened, PATIENCE)
    return ear


async def enter_all(port: int, path: str, tokens: list[str], audience: Audience | None) -> list[Ear]:
    """All of them, 25 at a time."""
    ears: list[Ear] = []
    for start in range(0, len(tokens), 25):
        ears += await asyncio.gather(*[enter(port, path, token, audience) for token in tokens[start : start + 25]])
    return ears


async def paced(
    audience: Audience, writers: list[Ear], listeners: int, messages: int, pause: float, mark: str = ""
) -> list[float]:
    """Seconds from a post to its arrival at the last socket, one message after the other.

    The same writers post again under another `mark`: a client id posts once.
    """
    taken = []
    for count in range(messages):
        audience.expect(listeners)
        started = time.perf_counter()
        writers[count % len(writers)].post(f"paced{mark} {count}")
        taken.append(await audience.all_heard() - started)
        await asyncio.sleep(max(0.0, pause - (time.perf_counter() - started)))
    return taken


async def saturated(audience: Audience, writers: list[Ear], listeners: int, each: int, mark: str = "") -> float:
    """Deliveries a second while all writers post as fast as they are allowed to."""
    audience.expect(listeners * len(writers) * each)
    started = time.perf_counter()
    for count in range(each):
        for number, writer in enumerate(writers):
            writer.post(f"saturated{mark} {number} {count}")
    return listeners * len(writers) * each / (await audience.all_heard() - started)


def milliseconds(taken: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(taken) * 1e3, statistics.quantiles(taken, n=20)[18] * 1e3
