"""A client that never reads is dropped after a bounded queue, and costs nobody else anything."""

import socket
from base64 import b64encode

import pytest

from project.accounts.models import User
from project.accounts.tokens import issue_token
from tests.realtime.server import Server
from wellbeing.models import Room

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 20


def never_reading(server: Server, slug: str, user: User) -> socket.socket:
    """A WebSocket by hand whose receive window is tiny and never emptied."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.connect(("127.0.0.1", server.port))
    key = b64encode(b"0123456789abcdef").decode()
    raw.sendall(
        f"GET /ws/rooms/{slug}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Token {issue_token(user)}\r\n\r\n".encode()
    )
    return raw


def test_others_are_not_kept_waiting(
    web: Server, room: Room, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    deaf = [never_reading(web, room.slug, moderator) for _ in range(3)]
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume()
    one.resume()
    for count in range(MESSAGES):
        one.post("x" * 60 + " word" * 380 + str(count))
        two.until("message")
        one.until("message")
    for raw in deaf:
        raw.close()
