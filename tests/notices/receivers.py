"""A mail server and an HTTP receiver, real ones on ports of their own, which can go away and come back."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSED = 550


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs."""

    def handle(self) -> None:
        mails: MailServer = self.server.mails  # type: ignore[attr-defined]
        self.say("220 here")
        while verb := self.rfile.readline().strip().upper():
            if verb.startswith(b"DATA"):
                self.say("354 go on")
                mails.taken.append(message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n"))))
            if verb.startswith(b"RCPT") and mails.refuses:
                self.say(f"{REFUSED} no such person here, said with many words")
            else:
                self.say("221 bye" if verb == b"QUIT" else "250 fine")

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Hook = self.server.hook  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if hook.status == 200:
            hook.taken.append(json.loads(body))
        self.send_response(hook.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing to the test's output."""


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True


class Receiver:
    """`leaves()`: from then on connections are refused; `returns()`: at the same port again."""

    handler: type[socketserver.BaseRequestHandler]

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.port = 0
        self.returns()

    def returns(self) -> None:
        self.server = _Server(("127.0.0.1", self.port), self.handler)
        self.server.mails = self.server.hook = self  # type: ignore[attr-defined]
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def leaves(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class MailServer(Receiver):
    handler = _Mail
    taken: list[Message]
    refuses = False


class Hook(Receiver):
    handler = _Hook
    status = 200


@contextmanager
def running(receiver: type[Receiver]) -> Iterator[Any]:
    server = receiver()
    yield server
    server.leaves()
