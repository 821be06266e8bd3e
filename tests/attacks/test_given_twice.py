"""One name given twice: in a query, a form, a JSON object. Readers differ in which they take, so none is taken."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.models import Clip
from tests.sound.recordings import recording

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query",
    [
        "erasures/?state=ordered&state=certified", "erasures/?limit=1&limit=9",
        "erasures/?overdue=true&overdue=false",
        "ledger/entries/?limit=1&limit=200", "ledger/consistency/?from=0&to=0&from=1", "exports/?limit=1&limit=2",
    ],
)  # fmt: skip
def test_in_a_query(auditor: User, api_of: Callable[..., APIClient], query: str) -> None:
    api = api_of(auditor)
    path, _, rest = query.partition("?")
    first = "&".join(dict.fromkeys(part for part in rest.split("&")[:-1]))
    assert api.get(f"/api/v1/{path}?{first}").status_code == 200
    answer = api.get(f"/api/v1/{query}")
    assert (answer.status_code, "twice" in str(answer.json()["errors"])) == (400, True)


@pytest.mark.parametrize("query", ["erasures/?state=", "ledger/entries/?cursor=", "ledger/consistency/?from=0&to="])
def test_nothing_given_is_not_the_same_as_not_given(
    auditor: User, api_of: Callable[..., APIClient], query: str
) -> None:
    assert api_of(auditor).get(f"/api/v1/{query}").status_code == 400


def test_in_a_form(ingest_service: User, api_of: Callable[..., APIClient]) -> None:
    api = api_of(ingest_service, scope="ingest")

    def hand_in(**more: object) -> int:
        audio = SimpleUploadedFile("a.wav", recording("wav", seconds=1))
        form = {"audio": audio, "external_ref": uuid4().hex, **more}
        return api.post("/api/v1/clips/", form, format="multipart").status_code

    assert hand_in(locale=["en-US", "de-DE"]) == 400
    assert not Clip.objects.exists()
    assert hand_in(locale="en-US", predicted_categories=["phone", "address"]) == 201  # a list is given so


@pytest.mark.parametrize("body", [b'{"minutes": 60, "minutes": 1440}', b'{"minutes": 60, "minutes": 60}'])
def test_in_json(reviewer: User, api_of: Callable[..., APIClient], body: bytes) -> None:
    api = api_of(reviewer)
    assert api.post("/api/v1/shifts/", body, content_type="application/json").status_code == 400
    assert api.post("/api/v1/shifts/", b'{"minutes": 60}', content_type="application/json").status_code == 201
