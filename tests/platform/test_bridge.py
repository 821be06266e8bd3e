"""The way from the ASGI server to Django's WSGI handler, and what it lets through."""

import asyncio
from typing import Any

import pytest

from project import bridge
from project.bridge import Bridge


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers with what it was told."""
    body = environ["wsgi.input"].read(-1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    forged = environ.get("HTTP_X_FORWARDED_PROTO", "-")
    return [f"{environ['QUERY_STRING']} {forged} ".encode(), body]


def scope(query: bytes = b"", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    basics = {"type": "http", "method": "POST", "path": "/", "http_version": "1.1", "root_path": ""}
    return {**basics, "query_string": query, "headers": list(headers)}


async def ask(scope: dict[str, Any], *parts: bytes, silent: bool = False) -> bytes:
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    answer = bytearray()

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        if silent:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answer.extend(message.get("body", b""))

    await Bridge(app, threads=1)(scope, receive, send)
    return bytes(answer)


async def test_a_body_in_parts_arrives_whole() -> None:
    assert await ask(scope(b"a=1"), b"one ", b"two") == b"a=1 - one two"


async def test_bytes_outside_ascii_in_a_query_are_encoded() -> None:
    assert await ask(scope("q=ä%20b&c".encode())) == b"q=%C3%A4%20b&c - "


async def test_a_header_with_an_underscore_cannot_pass_for_a_proxys() -> None:
    assert await ask(scope(b"", (b"x_forwarded_proto", b"https"))) == b" - "
    assert await ask(scope(b"", (b"x-forwarded-proto", b"https"))) == b" https "


async def test_a_client_that_falls_silent_gives_its_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "PATIENCE_SECONDS", 0.2)
    assert await asyncio.wait_for(ask(scope(), b"half", silent=True), 5) == b" - half"


async def test_a_client_that_takes_nothing_gives_its_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "PATIENCE_SECONDS", 0.2)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        await asyncio.sleep(60)

    await asyncio.wait_for(Bridge(app, threads=1)(scope(), receive, send), 5)
