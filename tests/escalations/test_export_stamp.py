"""The timestamp client against authorities that misbehave, and the encryption between packing and store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalations.export.age import BadRecipient, encrypted, recipient
from escalations.export.der import with_sorted_certificates
from escalations.export.stamp import MOST_BYTES, AuthorityAway, BadTimestamp, check_imprint, request_timestamp
from tests.escalations.tsa import authority, make_authority, reply


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything alike."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_answer_is_over_what_was_asked(tmp_path):
    with authority(tmp_path) as there:
        token = request_timestamp(there.url, b"a manifest")
    assert check_imprint(token, b"a manifest").status == 0
    with pytest.raises(BadTimestamp):
        check_imprint(token, b"another manifest")


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b""), (200, b"no answer"), (302, b""), (200, b"0" * (MOST_BYTES + 1))]
)
def test_an_answer_that_is_none_is_the_authority_away(status, body):
    with answering(status, body) as url, pytest.raises(AuthorityAway):
        request_timestamp(url, b"a manifest", patience=5)


def test_an_old_answer_is_not_taken_for_a_new_one(tmp_path):
    """The nonce of RFC 3161 section 2.4.1: a recorded answer over the same content does not do."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    make_authority(tmp_path)
    asked = TimestampRequestBuilder().data(b"a manifest").hash_algorithm(HashAlgorithm.SHA256).build()
    with answering(200, reply(tmp_path, asked.as_bytes())) as url, pytest.raises(AuthorityAway):
        request_timestamp(url, b"a manifest", patience=5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "nonsense"])
def test_an_address_that_nobody_answers_at_is_the_authority_away(url):
    with pytest.raises(AuthorityAway):
        request_timestamp(url, b"a manifest", patience=2)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_timestamp_are_refused_and_nothing_else_happens(content):
    with pytest.raises(ValueError):
        with_sorted_certificates(content)
    with pytest.raises(BadTimestamp):
        check_imprint(content, b"x")


@given(st.lists(st.binary(max_size=70_000), max_size=8))
def test_what_went_in_comes_out_for_every_recipient(chunks):
    first, second = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    file = b"".join(encrypted(chunks, [str(first.to_public()), str(second.to_public())]))
    for identity in (first, second):
        assert pyrage.decrypt(file, [identity]) == b"".join(chunks)


def test_what_stops_the_packing_stops_the_file():
    def chunks() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise LookupError("gone")

    with pytest.raises(LookupError):
        list(encrypted(chunks(), [str(pyrage.x25519.Identity.generate().to_public())]))
    assert "age" not in {thread.name for thread in threading.enumerate()}


def test_nobody_waits_for_a_reader_who_went_away():
    file = encrypted(iter(lambda: b"x" * 100_000, None), [str(pyrage.x25519.Identity.generate().to_public())])
    next(file)
    file.close()
    assert "age" not in {thread.name for thread in threading.enumerate()}


@given(st.text(max_size=80))
def test_what_is_no_key_is_refused(text):
    with pytest.raises(BadRecipient):
        recipient(text)
