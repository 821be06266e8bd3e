"""HTTP from an ASGI server to Django's WSGI handler, in threads.

A request whose body is small is read before it costs a thread, and an answer that is whole goes back in one piece:
one change of threads there and one back. A long body or a streamed answer goes through piece by piece.

- A client that sends or reads nothing for a while gives its thread back: there are only a few.
- Header names with an underscore are dropped: WSGI cannot tell them from those with a hyphen, so one could
  pass for a header that a proxy vouches for.
- Bytes outside ASCII in a query string are percent-encoded, where a WSGI environment has no room for them.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote_from_bytes

from a2wsgi.wsgi import Body, build_environ

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATIENCE_SECONDS = 30.0
ASCII_QUERY = bytes(range(0x21, 0x7F)).decode()
SMALL_BODY: Final = 64 * 1024


class Bridge:
    """An ASGI application for `http`."""

    def __init__(self, handler: Any, *, threads: int, lane: Any = None) -> None:
        """`lane` (project.lane): a shorter way than the handler, for what it takes."""
        self.handler, self.lane = handler, lane
        self.threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="WSGI")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        first, is_whole = await _beginning(receive)
        if is_whole and self.lane and (ride := self.lane.takes(scope)):
            told = await loop.run_in_executor(self.threads, ride.go, first)
            await _send_whole(patient_send(send), told)
            return
        body: Any = BytesIO(first) if is_whole else _rest(first, receive, loop)
        answer = _Answer(patient_send(send), loop)
        work = contextvars.copy_context().run
        await loop.run_in_executor(self.threads, work, answer.make, self.handler, environ_of(scope, body))
        await answer.finish()


@dataclass
class _Answer:
    """One answer: kept until it is whole, or sent piece by piece when it streams."""

    send: Send
    loop: asyncio.AbstractEventLoop
    head: Message = field(default_factory=dict)
    body: bytes = b""

    def make(self, handler: Any, environ: dict[str, Any]) -> None:
        """In a thread: run the WSGI application."""
        pieces = handler(environ, self._start)
        try:
            if getattr(pieces, "streaming", True):
                self._stream(pieces)
            else:
                self.body = b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()

    async def finish(self) -> None:
        """On the loop: send what was kept."""
        if self.head:
            await self.send(self.head)
        await self.send({"type": "http.response.body", "body": self.body})

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        named = [(name.lower().encode("latin1"), value.strip().encode("latin1")) for name, value in headers]
        self.head = {"type": "http.response.start", "status": int(status[:3]), "headers": named}

    def _stream(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if self.head:
                self._from_thread(self.head)
                self.head = {}
            self._from_thread({"type": "http.response.body", "body": piece, "more_body": True})

    def _from_thread(self, message: Message) -> None:
        asyncio.run_coroutine_threadsafe(_sent(self.send, message), self.loop).result()


async def _send_whole(send: Send, told: Any) -> None:
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in told.headers]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": told.body})


async def _sent(send: Send, message: Message) -> None:
    await send(message)


async def _beginning(receive: Receive) -> tuple[bytes, bool]:
    """The body as far as it is small, and whether that was all of it."""
    begun = bytearray()
    hear = patient_receive(receive)
    while len(begun) < SMALL_BODY:
        message = await hear()
        begun += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(begun), True
    return bytes(begun), False


def _rest(begun: bytes, receive: Receive, loop: asyncio.AbstractEventLoop) -> Body:
    """A body to read from in a thread, which begins with what has been read already."""
    body = Body(loop, patient_receive(receive))  # type: ignore[arg-type]  # messages are dicts for both
    body.buffer.extend(begun)
    return body


def environ_of(scope: Message, body: Any) -> dict[str, Any]:
    """The WSGI environment, without anything ambiguous."""
    environ: dict[str, Any] = dict(build_environ(clean(scope), body))  # type: ignore[arg-type]  # the same
    return environ


def clean(scope: Message) -> Message:
    """A copy of the scope that a WSGI environment can hold without ambiguity."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote_from_bytes(scope["query_string"], safe=ASCII_QUERY).encode()
    return {**scope, "headers": headers, "query_string": query}


def patient_receive(receive: Receive) -> Receive:
    """Receive, but take a client that stays silent for one that has left."""

    async def bounded() -> Message:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}

    return bounded


def patient_send(send: Send) -> Send:
    """Send, but drop what a client does not take: raising here would leave the sending thread waiting for ever."""
    gone = False

    async def bounded(message: Message) -> None:
        nonlocal gone
        if gone:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send(message)
        except TimeoutError:
            gone = True

    return bounded
