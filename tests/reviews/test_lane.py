"""The two calls of the day on their own lane are answered as on the way that all requests take."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.urls import reverse

from project import browsers
from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.allowance import Allowances
from project.bridge import Bridge
from project.serving import LANE, pages_and_api
from reviews.actions import leases
from reviews.models import Shift
from tests.reviews.conftest import Ingest

CLAIM = "/api/v1/shifts/current/claim/"
JSON = (b"content-type", b"application/json")
Way = Callable[..., tuple[int, dict[str, str], Any]]


def scope(path: str, token: str, *headers: tuple[bytes, bytes], method: str = "POST", query: bytes = b"") -> Any:
    own = [(b"host", b"testserver"), (b"authorization", f"Token {token}".encode()), *headers]
    basics = {"type": "http", "http_version": "1.1", "scheme": "http", "root_path": "", "method": method}
    return {**basics, "path": path, "query_string": query, "headers": own, "client": ("127.0.0.1", 1)}


@pytest.fixture
def ways() -> Iterator[tuple[Way, Way]]:
    """Through the lane, and without one."""
    bridges = [Bridge(pages_and_api, threads=1, lane=lane) for lane in (LANE, None)]

    def way(bridge: Bridge) -> Way:
        def ask(path: str, token: str, body: bytes = b"", *headers: tuple[bytes, bytes], **more: Any) -> Any:
            length = (b"content-length", str(len(body)).encode())
            return asyncio.run(_asked(bridge, scope(path, token, *(headers or (JSON,)), length, **more), body))

        return ask

    yield way(bridges[0]), way(bridges[1])
    for bridge in bridges:
        bridge.threads.submit(connections.close_all).result()
        bridge.threads.shutdown()


async def _asked(bridge: Bridge, asked: Any, body: bytes) -> tuple[int, dict[str, str], Any]:
    told: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    await bridge(asked, receive, send)
    headers = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    assert len(headers) == len(told[0]["headers"])
    assert len(headers.pop("x-request-id")) == 32
    content = told[-1]["body"]
    assert headers.pop("content-length", str(len(content))) == str(len(content))
    headers["allow"] = ", ".join(sorted(headers.get("allow", "").split(", ")))
    is_json = headers.get("content-type", "").startswith("application/")
    return told[0]["status"], headers, json.loads(content) if is_json and content else content


@pytest.mark.django_db(transaction=True)
def test_refusals_are_alike(reviewer: User, supervisor: User, shift: Shift, ways: tuple[Way, Way]) -> None:
    token, stranger, wrong = issue_token(reviewer), "0" * 64, issue_token(supervisor)
    nobodys = reverse("lease-review", args=[uuid4()])
    for path in (CLAIM, nobodys):
        for who in (token, stranger, wrong, "", "a b"):
            for body in (b"", b"{}", b'{"clip": 1}', b"[", b"[]", b"[" * 100_000, b"\xff", b'{"severity": 9}'):
                by_lane, plainly = (way(path, who, body) for way in ways)
                assert {**by_lane[2], "pace": 0} == {**plainly[2], "pace": 0}, (path, body)
                assert by_lane[:2] == plainly[:2], (path, body)


@pytest.mark.django_db(transaction=True)
def test_a_claim_and_its_review_are_alike(reviewer: User, shift: Shift, ingest: Ingest, ways: tuple[Way, Way]) -> None:
    token, told = issue_token(reviewer), []
    for way in ways:
        ingest(transcript="turn it off")
        claim = way(CLAIM, token)
        review = reverse("lease-review", args=[claim[2]["lease"]["id"]])
        body = b'{"activation": "right", "severity": 1}'
        told.append((claim, way(review, token, body), way(review, token, body)))
    for one, other in zip(*told, strict=True):
        assert one[:2] == other[:2]
        assert one[2].keys() == other[2].keys()
    assert [one[0] for one in told[0]] == [201, 201, 409]
    assert told[0][0][2]["lease"]["clip"]["transcript"] == "turn it off"


@pytest.mark.django_db(transaction=True)
def test_an_error_of_ours_and_an_allowance_that_is_spent_are_alike(
    reviewer: User, ways: tuple[Way, Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("what nobody expected")

    token = issue_token(reviewer)
    monkeypatch.setattr(leases, "claim", fails)
    failed = [way(CLAIM, token) for way in ways]
    assert failed[0] == failed[1]
    assert failed[0][0] == 500
    monkeypatch.setattr(browsers, "_programs", Allowances(0.001, 0))
    slow = [way(CLAIM, token) for way in ways]
    assert slow[0][0] == slow[1][0] == 429
    assert slow[0][1].keys() == slow[1][1].keys()


def test_only_what_is_ordinary_takes_the_lane(settings: Any) -> None:
    path = reverse("lease-review", args=[uuid4()])
    for address in (CLAIM, path):
        assert LANE.takes(scope(address, "a", JSON))
        assert LANE.takes(scope(address, "a", JSON, (b"accept", b"*/*")))
    others = [
        scope(CLAIM, "a", JSON, method="GET"),
        scope(CLAIM, "a", JSON, query=b"a=1"),
        scope(CLAIM, "a", JSON, (b"accept", b"text/html")),
        scope(CLAIM, "a", JSON, (b"authorization", b"Token b")),
        scope(CLAIM, "a", JSON, (b"transfer-encoding", b"chunked")),
        scope(CLAIM, "a", (b"content-type", b"text/plain"), (b"content-length", b"2")),
        {**scope(CLAIM, "a", JSON), "headers": [(b"host", b"evil.example"), (b"authorization", b"Token a"), JSON]},
        {**scope(CLAIM, "a", JSON), "headers": [(b"host", b"testserver"), JSON]},
        scope(CLAIM[:-1], "a", JSON),
        scope("/api/v1/me/pace/", "a", JSON),
    ]
    assert not [other for other in others if LANE.takes(other)]
    settings.SECURE_SSL_REDIRECT = True
    assert LANE.takes(scope(CLAIM, "a", JSON)) is None
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert LANE.takes(scope(CLAIM, "a", JSON, (b"x-forwarded-proto", b"https")))
    assert LANE.takes(scope(CLAIM, "a", JSON, (b"x-forwarded-proto", b"http"))) is None
