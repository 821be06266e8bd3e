"""A client that never reads is closed once too much lies before it, costs nobody else anything, and may come back."""

import json
import socket
import urllib.request
from base64 import b64encode
from uuid import uuid4

import pytest

from project.accounts.models import User
from project.accounts.tokens import issue_token
from tests.realtime.server import PATIENCE, Client, Server
from wellbeing.models import Room

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 20  # as many as one may send at once
LONG = "\U0001f33f" * 1990  # 8 KB on the wire


def never_reading(server: Server, slug: str, user: User) -> socket.socket:
    """A WebSocket by hand that goes live and is then left alone; the system holds little for one with such segments."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    raw.settimeout(PATIENCE)
    raw.connect(("127.0.0.1", server.port))
    key = b64encode(b"0123456789abcdef").decode()
    raw.sendall(
        f"GET /ws/rooms/{slug}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Token {issue_token(user)}\r\n\r\n".encode()
    )
    heard_until(raw, b"\r\n\r\n")
    ask = json.dumps({"type": "resume", "after": 0}).encode()
    raw.sendall(bytes((0x81, 0x80 | len(ask))) + bytes(4) + ask)
    heard_until(raw, b'"type":"room"')
    return raw


def heard_until(raw: socket.socket, mark: bytes) -> None:
    heard = b""
    while mark not in heard:
        assert (piece := raw.recv(4096)), heard
        heard += piece


def post_all(author: Client, count: int) -> None:
    for number in range(count):
        frame = {"type": "post", "client_id": uuid4().hex, "text": f"{number} {LONG}"}
        author.connection.send(json.dumps(frame, ensure_ascii=False))


def hear(readers: list[Client], count: int) -> None:
    """Wait until each of them, in turn, has been told so many messages more."""
    for _ in range(count):
        for reader in readers:
            reader.until("message")


def closed_as_slow(server: Server, operator: User) -> int:
    """How many the web process has closed because they did not read."""
    asked = urllib.request.Request(f"http://127.0.0.1:{server.port}/metrics")
    asked.add_header("Authorization", f"Token {issue_token(operator)}")
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.split()[1])) for line in lines if line.startswith("earshot_room_slow_readers_total "))


def test_who_never_reads_is_closed_and_nobody_else_waits(
    web: Server,
    room: Room,
    reviewer: User,
    other_reviewer: User,
    moderator: User,
    other_moderator: User,
    administrator: User,
) -> None:
    before = closed_as_slow(web, administrator)
    deaf = [never_reading(web, room.slug, other_moderator) for _ in range(2)]
    people = [web.enter(room.slug, person) for person in (reviewer, other_reviewer, moderator)]
    for one in people:
        one.resume()
    for author in people:
        post_all(author, MESSAGES - 1)
    hear(people, 3 * (MESSAGES - 1))  # so much lies before the deaf ones, however few looks it came in
    post_all(people[0], 1)
    hear(people, 1)
    assert closed_as_slow(web, administrator) == before + len(deaf)
    for raw in deaf:
        raw.close()
    assert len(web.enter(room.slug, other_moderator).resume()) == 3 * (MESSAGES - 1) + 1
