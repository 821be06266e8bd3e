"""Who speaks, from which account, device and household, is found by no listener and by nobody who stands around them.

Each is planted at ingest as a source would say it; the recording is then heard, flagged and reported, another one is
on a desk. Every address that answers GET is walked with the ids of all there is, and every answer searched.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from escalations.models import Case
from project import browsers, vault
from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.allowance import Allowances
from reviews.actions import leases
from reviews.models import Clip, Erasure, Flag, Lease, Review, Shift
from tests.reviews.conftest import shift
from tests.sound.recordings import recording
from tests.wellbeing.test_nobody_else import Ids, addresses

__all__ = ["shift"]  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

PLANTED = {
    "external_ref": "Account-77140-Zuckmayer",
    "subject_ref": "Wilhelmine Przybylski",
    "device": "G090XG-SERIAL-5521",
    "household": "Household Kestrel/9 Elmgrove",
}
SAID = "please dim the lantern"
FLAGS = [
    {"kind": "critical", "category": "phone", "start_ms": 100, "end_ms": 300},
    {"kind": "criminal", "category": "violence", "start_ms": 0, "end_ms": 900, "note": "a thud"},
]


@cache
def ways_to_write(text: str) -> frozenset[bytes]:
    """As it is, in capitals and small, in an address, in JSON and HTML, in base64 wherever in a text it begins."""
    written = {text.lower().encode(), quote(text, safe="").lower().encode(), quote(text).lower().encode()}
    written |= {text.replace(" ", "+").lower().encode(), text.encode().hex().encode()}
    for shift_by in range(3):
        coded = base64.b64encode(b"\0" * shift_by + text.encode())
        written.add(coded[4 if shift_by else 0 : len(coded) // 4 * 4 - 4].lower())
        written.add(base64.urlsafe_b64encode(b"\0" * shift_by + text.encode())[4 if shift_by else 0 : -4].lower())
    return frozenset(written)


def found_in(body: bytes, planted: dict[str, str] = PLANTED) -> list[str]:
    """Names of what stands in it, however it is written."""
    small = body.lower()
    return [name for name, text in planted.items() if any(way in small for way in ways_to_write(text))]


def body_of(answer: HttpResponse) -> bytes:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body + " ".join(f"{name}: {value}" for name, value in answer.items()).encode()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk asks more than one person may in a second; refused as too fast it would find nothing at all."""
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


def hand_in(source: APIClient, number: int) -> None:
    body = {**PLANTED, "external_ref": f"{PLANTED['external_ref']}-{number}", "locale": "en-US", "transcript": SAID}
    audio = SimpleUploadedFile(f"{PLANTED['device']}-{number}.wav", recording("wav", seconds=1 + number))
    assert source.post("/api/v1/clips/", {**body, "audio": audio}, format="multipart").status_code == 201


@pytest.fixture
def ids(
    reviewer: User,
    supervisor: User,
    shift: Shift,
    ingest_service: User,
    api_of: Callable[..., APIClient],
    now: datetime,
) -> Ids:
    """A clip reviewed with flags of both kinds, a second one on the desk, a third in the queue; their ids by kind."""
    for number in range(3):
        hand_in(api_of(ingest_service, scope="ingest"), number)
    first = leases.claim(acting_user=reviewer, now=now).lease
    assert first is not None
    body = {"activation": "right", "severity": 1, "flags": FLAGS}
    api = api_of(reviewer)
    assert api.post(f"/api/v1/leases/{first.pk}/review/", body, format="json").status_code == 201
    assert leases.claim(acting_user=reviewer, now=now).lease is not None
    rows = (Clip, Lease, Review, Flag, Case, Erasure)
    assert all(model.objects.exists() for model in rows)
    kinds = {"clip_id": Clip, "lease_id": Lease, "case_id": Case, "erasure_id": Erasure}
    found = {kind: list(model.objects.values_list("pk", flat=True)) for kind, model in kinds.items()}
    return {"person_id": [reviewer.pk], **found}


def walk(client: Client, ids: Ids, planted: dict[str, str] = PLANTED) -> tuple[dict[str, list[str]], set[str]]:
    """Where something planted was found, and the addresses that answered 200."""
    found, opened = {}, set()
    for address in addresses(ids):
        answer = client.get(address)
        assert answer.status_code != 429, address
        if answer.status_code == 200:
            opened.add(address)
        if names := found_in(body_of(answer), planted):
            found[address] = names
    return found, opened


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_the_search_finds_each_however_it_is_written(name: str) -> None:
    """If this fails, the walks below prove nothing."""
    text = PLANTED[name]
    written = [text, text.upper(), quote(text), quote(text, safe=""), json.dumps({"x": text})]
    written += [base64.b64encode(b"x" * n + text.encode() + b"y" * m).decode() for n in range(3) for m in range(3)]
    assert [found_in(f"before {one} after".encode()) for one in written] == [[name]] * len(written)


def test_they_were_all_handed_in_and_are_kept_sealed(ids: Ids) -> None:
    """If this fails, the walks below prove nothing."""
    for clip in Clip.objects.all():
        source = vault.open_text(clip.pk, "clip.sealed_source", clip.sealed_source)
        assert set(found_in(source.encode())) == set(PLANTED)


def test_the_walk_does_find_what_a_listener_may_see(ids: Ids, reviewer: User, client_of: Callable[..., Client]) -> None:
    """The same walk finds the transcript on the desk: it opens what shows a recording."""
    found, opened = walk(client_of(reviewer), ids, {"said": SAID})
    assert found
    assert any(address.endswith("/audio/") for address in opened)


@pytest.mark.parametrize("role", ["reviewer", "supervisor", "moderator", "auditor", "administrator", "stranger"])
def test_nobody_around_a_listener_finds_out_who_speaks(
    role: str, request: pytest.FixtureRequest, client_of: Callable[..., Client], ids: Ids
) -> None:
    found, opened = walk(client_of(request.getfixturevalue(role)), ids)
    assert found == {}
    assert opened


def test_no_program_that_reads_the_feed_does(feed_service: User, ids: Ids) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(feed_service, scope='feed')}")
    found, opened = walk(client, ids)
    assert found == {}
    assert "/api/v1/annotations/" in opened
