"""The shortest way for the two calls that everybody makes all day: from the ASGI server to their view.

A lane serves POST to its addresses, signed by a token, that send and take JSON: what project.swift calls ordinary. It
does all that express does for such a request, in the same order: figures, an id, the log line, the allowance, the
view's token and permission, refusals as problem+json, the headers that every answer carries. Anything out of the
ordinary is no business of a lane and takes the way that all requests take. A test holds the answers to be alike.

A thread keeps its database connections from one request to the next for a while, instead of borrowing them anew from
the pool each time. There are fewer threads than connections in the pool (project.serving).
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.http import HttpResponse
from django.http.request import HttpHeaders
from django.urls import resolve, reverse
from rest_framework.utils.encoders import JSONEncoder

from project import browsers, express
from project.bridge import environ_of
from project.health import access_log, counting
from project.problems import respond
from project.swift import ANY, JSON

NOBODY: Final = uuid.UUID(int=0)
_UUID: Final = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
KEEP_SECONDS: Final = 20.0
# Headers that decide whether a request is ordinary. Twice the same one is not.
_HEARD: Final = frozenset(
    {b"authorization", b"content-type", b"content-length", b"transfer-encoding", b"accept", b"host", b"origin"}
    | {b"x-forwarded-proto", b"x-forwarded-host"}
)
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=JSONEncoder().default
).encode


@dataclass(frozen=True, slots=True)
class Stop:
    """One address of a lane: its pattern, what it captures, and the view."""

    pattern: re.Pattern[str]
    captured: tuple[str, ...]
    view: Any
    route: str
    name: str


def stop(name: str, *captured: str) -> Stop:
    """A view of project.swift by its URL name, and the UUIDs in its address."""
    path = reverse(name, kwargs=dict.fromkeys(captured, NOBODY))
    match = resolve(path)
    pattern = re.compile(re.escape(path).replace(re.escape(str(NOBODY)), _UUID))
    return Stop(pattern, captured, match.func.cls, match.route, match.view_name)  # type: ignore[attr-defined]  # of the view that as_view() makes


class Said:
    """A request as far as a Swift view and its token look at one."""

    method = "POST"

    def __init__(self, path: str, meta: dict[str, str], body: bytes) -> None:
        self.path, self.META, self._body = path, meta, body
        self.user: Any = None

    @cached_property
    def headers(self) -> HttpHeaders:
        return HttpHeaders(self.META)

    def read(self, size: int = -1) -> bytes:
        return self._body[:size] if size >= 0 else self._body


@dataclass(slots=True)
class Answered:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Lane:
    def __init__(self, *stops: Stop) -> None:
        self.stops: Sequence[Stop] = stops

    def takes(self, scope: Mapping[str, Any]) -> Ride | None:
        """The ride of a request that is ordinary; None for any other."""
        if scope["method"] != "POST" or scope["query_string"]:
            return None
        for one in self.stops:
            if found := one.pattern.fullmatch(scope["path"]):
                heard = _heard(scope["headers"])
                return Ride(one, found.groups(), heard, scope) if heard is not None and _is_ordinary(heard) else None
        return None


def _heard(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, str] | None:
    heard: dict[bytes, str] = {}
    for name, value in headers:
        if name in _HEARD:
            if name in heard:
                return None
            heard[name] = value.decode("latin1")
    return heard


def _is_ordinary(heard: Mapping[bytes, str]) -> bool:
    return (
        heard.get(b"authorization", "")[:6].lower() == browsers.PREFIX
        and heard.get(b"accept", "") in ANY
        and (heard.get(b"content-type") == JSON or heard.get(b"content-length", "0") in {"", "0"})
        and b"transfer-encoding" not in heard
        and _is_our_host(heard.get(b"host", ""))
        and (is_secure(heard) or not settings.SECURE_SSL_REDIRECT)
    )


@lru_cache(maxsize=256)
def _is_our_host(host: str) -> bool:
    """By Django's own judgement."""
    from django.core.exceptions import DisallowedHost
    from django.http import HttpRequest

    request = HttpRequest()
    request.META = {"HTTP_HOST": host, "SERVER_NAME": host, "SERVER_PORT": "80"}
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return bool(host) and not settings.USE_X_FORWARDED_HOST


def is_secure(heard: Mapping[bytes, str]) -> bool:
    """As a proxy says that is trusted to; whether this server itself speaks TLS, `takes` does not ask."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        return False
    return heard.get(b"x-forwarded-proto", "").split(",")[0].strip() == settings.SECURE_PROXY_SSL_HEADER[1]


class Ride:
    """One request on a lane."""

    def __init__(self, at: Stop, captured: Sequence[str], heard: Mapping[bytes, str], scope: Mapping[str, Any]) -> None:
        self.stop, self.heard, self.scope = at, heard, scope
        self.kwargs = {name: uuid.UUID(one) for name, one in zip(at.captured, captured, strict=True)}
        self.secure = is_secure(heard)

    def go(self, body: bytes) -> Answered:
        """In a thread."""
        began, name = time.perf_counter(), uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=name)
        try:
            answer = self._answer(body)
        finally:
            keep_connections()
        seconds = time.perf_counter() - began
        access_log.told("POST", self.stop.route, answer.status, seconds)
        counting.told(self.stop.name, self.secure, answer.status, len(body), len(answer.body), seconds)
        return self._dressed(answer, name)

    def _answer(self, body: bytes) -> Answered:
        try:
            if wait := browsers.wait_of_token(self.heard[b"authorization"]):
                return _from(respond(self._request(body), browsers.TooFast(wait)))
            return self._viewed(body)
        except Exception as error:  # what the view does not know is answered, logged and told as everywhere
            return _from(response_for_exception(self._request(body), error))

    def _viewed(self, body: bytes) -> Answered:
        meta = {"HTTP_AUTHORIZATION": self.heard[b"authorization"], "CONTENT_LENGTH": str(len(body))}
        view = self.stop.view()
        view.args, view.kwargs, view.request = (), self.kwargs, Said(self.scope["path"], meta, body)
        answer = view.answer(view.request)
        headers = {"Allow": "POST, OPTIONS", **answer.headers, "Content-Type": answer.content_type or JSON}
        said = b"" if answer.data is None else _encode(answer.data).encode()
        return Answered(answer.status_code, list(headers.items()), said)

    def _request(self, body: bytes) -> WSGIRequest:
        """The whole thing, for what is rare."""
        from io import BytesIO

        return WSGIRequest(environ_of(dict(self.scope), BytesIO(body)))

    def _dressed(self, answer: Answered, name: str) -> Answered:
        given = {one.lower() for one, _ in answer.headers}
        carried = [one for one in express.carried(self.secure) if one[0].lower() not in given]
        own = [("X-Request-ID", name), ("Content-Length", str(len(answer.body)))]
        return Answered(answer.status, [*answer.headers, *carried, *own], answer.body)


def _from(response: HttpResponse) -> Answered:
    return Answered(response.status_code, list(response.items()), response.content)


def keep_connections() -> None:
    """Give back what failed or was kept long enough; the next request of this thread goes on with the others."""
    connection: Any
    for connection in connections.all(initialized_only=True):
        if connection.connection is None:
            continue
        kept, until = getattr(connection, "kept", (None, 0.0))
        now = time.monotonic()
        if connection.errors_occurred or connection.in_atomic_block:
            connection.close()
        elif kept is not connection.connection:
            connection.kept = connection.connection, now + KEEP_SECONDS
        elif now > until:
            connection.close()
