"""A real web process on a free port, against the test's own stores, and clients that speak to its rooms."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from project.accounts.models import User
from project.accounts.tokens import issue_token

PATIENCE = 30.0
STARTS_WITHIN = 90.0


def database_url(alias: str) -> str:
    """The test database of this process as an address for another."""
    store = settings.DATABASES[alias]
    return f"postgresql://{store['USER']}@{quote(str(store['HOST']), safe='')}:{store['PORT']}/{store['NAME']}"


@contextmanager
def serving(**environment: str) -> Iterator["Server"]:
    """A web process until the block ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        port = listener.getsockname()[1]
        command = [
            sys.executable, "-m", "uvicorn", "project.asgi:application", "--fd", str(listener.fileno()),
            "--lifespan", "off", "--log-level", "warning", "--ws-per-message-deflate", "false",
        ]  # fmt: skip
        names = {"DATABASE_URL": database_url("default"), "KEYSTORE_URL": database_url("keys"), "DATABASE_POOL": "8"}
        process = subprocess.Popen(
            command, env={**os.environ, **names, **environment}, pass_fds=[listener.fileno()], start_new_session=True
        )
    server = Server(port, process)
    try:
        server.wait()
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Server:
    port: int
    process: "subprocess.Popen[bytes]"

    def wait(self) -> None:
        """Until it accepts connections and answers."""
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            assert self.process.poll() is None, "the web process ended"
            with socket.socket() as probe:
                probe.settimeout(1)
                try:
                    probe.connect(("127.0.0.1", self.port))
                    probe.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                    if probe.recv(12):
                        return
                except OSError:
                    time.sleep(0.1)
        raise AssertionError("the web process did not start")

    def enter(self, slug: str, user: User | None, **options: Any) -> "Client":
        """A program's socket: no origin, a token."""
        headers = {"Authorization": f"Token {issue_token(user)}"} if user else {}
        return Client(self.open(slug, headers, **options))

    def open_at(self, path: str, headers: dict[str, str], **options: Any) -> ClientConnection:
        """A bare connection to any socket."""
        address = f"ws://127.0.0.1:{self.port}{path}"
        return connect(
            address, additional_headers=headers, open_timeout=PATIENCE, compression=None, legacy=True, **options
        )

    def open(self, slug: str, headers: dict[str, str], **options: Any) -> ClientConnection:
        """The bare connection to a room."""
        return self.open_at(f"/ws/rooms/{slug}/", headers, **options)


class Client:
    """A socket in a room. `until` reads frames until one of a type comes; everything read is kept in `frames`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []
        self.presence: list[dict[str, Any]] = []  # apart: it comes when it comes

    def send(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def post(self, text: str, client_id: str = "") -> str:
        client_id = client_id or uuid4().hex
        self.send(type="post", client_id=client_id, text=text)
        return client_id

    def resume(self, after: int = 0) -> list[dict[str, Any]]:
        """Everything that followed, up to the `room` frame that ends the answer."""
        start = len(self.frames)
        self.send(type="resume", after=after)
        self.until("room")
        return self.frames[start:-1]

    def read(self, timeout: float = PATIENCE) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout=timeout))
        (self.presence if frame["type"] == "presence" else self.frames).append(frame)
        return frame

    def until(self, kind: str, timeout: float = PATIENCE) -> dict[str, Any]:
        until = time.monotonic() + timeout
        while True:
            frame = self.read(max(0.01, until - time.monotonic()))
            if frame["type"] == kind:
                return frame
            assert frame["type"] != "error", frame

    def silence(self, seconds: float) -> list[dict[str, Any]]:
        """What arrives within that time, which should be nothing."""
        heard, until = [], time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                heard.append(self.read(left))
            except TimeoutError:
                break
        return heard

    def closed_with(self, timeout: float = PATIENCE) -> int | None:
        """The code with which the server closes this socket; what was sent before is read first."""
        until = time.monotonic() + timeout
        try:
            while True:
                self.read(max(0.01, until - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def leave(self) -> None:
        self.connection.close()
