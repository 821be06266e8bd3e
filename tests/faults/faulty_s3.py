"""An S3 server whose faults a test chooses: a proxy over real HTTP in front of moto's. A fixture, `faulty_s3`."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

OURS = {"connection", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Answer:
    """What a client gets in place of the server's answer; None for a line that is cut."""

    status: int
    body: bytes


def _said(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()


CUT = Answer(0, b"")
Fault = Callable[[str, str], Answer | None]


def _deletes(method: str, path: str) -> bool:
    """Deleting many at once, as all deletions here do; and one by one."""
    query = urlsplit(path).query
    return method == "DELETE" or (method == "POST" and "delete" in query.split("&"))


def healthy(method: str, path: str) -> Answer | None:
    return None


def refuses(method: str, path: str) -> Answer | None:
    """Answers, and does nothing: overloaded, or a bucket that is locked."""
    return Answer(503, _said("SlowDown"))


def hangs_up(method: str, path: str) -> Answer | None:
    """The line is cut before an answer."""
    return CUT


def forbids_deleting(method: str, path: str) -> Answer | None:
    """Reads and lists, but a deletion is not allowed: rights that somebody changed, or Object Lock."""
    return Answer(403, _said("AccessDenied")) if _deletes(method, path) else None


def lies(method: str, path: str) -> Answer | None:
    """Says that everything was deleted, and deletes nothing."""
    said = b'<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>'
    return Answer(200, said) if _deletes(method, path) else None


def slow(method: str, path: str) -> Answer | None:
    """Each answer takes a while, and comes."""
    time.sleep(0.25)
    return None


class FaultyS3(ThreadingHTTPServer):
    """`fault` may be changed at any time; `seen` counts requests."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.fault, self.seen = urlsplit(behind).netloc, healthy, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultyS3

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen += 1
        answer = self.server.fault(self.command, self.path)
        if answer is CUT:
            self.close_connection = True
            self.connection.close()
        elif answer:
            self._give(answer.status, {"Content-Type": "application/xml"}, answer.body)
        else:
            self._pass_on(body)

    def _pass_on(self, body: bytes) -> None:
        line = http.client.HTTPConnection(self.server.behind)
        line.request(self.command, self.path, body, dict(self.headers))
        got = line.getresponse()
        content = got.read()
        line.close()
        length = {"Content-Length": got.headers["Content-Length"]} if self.command == "HEAD" else {}
        headers = {name: value for name, value in got.headers.items() if name.lower() not in OURS}
        self._give(got.status, headers | length, content)

    def _give(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve

    def log_message(self, *args: object) -> None:
        """Nothing: what is asked of it is the test's business."""


@pytest.fixture
def faulty_s3(s3_server, bucket, settings, monkeypatch):
    """The vault's blobs lie in a versioned bucket behind the proxy, for this process and those that it starts."""
    with FaultyS3(s3_server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("VAULT_URL", bucket.url)
        settings.VAULT_URL = bucket.url
        yield server
        server.shutdown()
