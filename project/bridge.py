"""HTTP from an ASGI server to Django's WSGI handler, with what the plain bridge lacks.

- A client that sends or reads nothing for a while gives its thread back: there are only a few.
- Header names with an underscore are dropped: WSGI cannot tell them from those with a hyphen, so one could
  pass for a header that a proxy vouches for.
- Bytes outside ASCII in a query string are percent-encoded, where a WSGI environment has no room for them.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATIENCE_SECONDS = 30.0
ASCII_QUERY = bytes(range(0x21, 0x7F)).decode()


class Bridge:
    """An ASGI application for `http`."""

    def __init__(self, handler: Any, *, threads: int) -> None:
        self.inner: Any = WSGIMiddleware(handler, workers=threads)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self.inner(clean(scope), patient_receive(receive), patient_send(send))


def clean(scope: Message) -> Message:
    """A copy of the scope that a WSGI environment can hold without ambiguity."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    query = quote_from_bytes(scope["query_string"], safe=ASCII_QUERY).encode()
    return {**scope, "headers": headers, "query_string": query}


def patient_receive(receive: Receive) -> Receive:
    """Receive, but take a client that stays silent for one that has left."""

    async def bounded() -> Message:
        try:
            return await asyncio.wait_for(receive(), PATIENCE_SECONDS)
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
            await asyncio.wait_for(send(message), PATIENCE_SECONDS)
        except TimeoutError:
            gone = True

    return bounded
