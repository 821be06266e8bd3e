"""Bodies that are too large, too deep or not what they say: refused in words, never with a stack trace."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(lease: Lease) -> str:
    return f"/api/v1/leases/{lease.pk}/review/"


def test_a_json_body_over_the_bound_is_413(api: APIClient, url: str) -> None:
    answer = api.post(url, b'{"transcript": "' + b"x" * 2_000_000 + b'"}', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    "body", [b"[" * 500_000, b"{", b"\xff\xfe", b"NaN", b'{"severity": 1e999}', b"[]", b'"x"', b"null"]
)
def test_what_is_no_json_object_is_400(api: APIClient, url: str, body: bytes) -> None:
    answer = api.post(url, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_lone_surrogates_are_400(api: APIClient, url: str) -> None:
    body = rb'{"activation": "right", "severity": 0, "transcript": "\ud800"}'
    assert api.post(url, body, content_type="application/json").status_code == 400


def test_another_kind_of_body_is_415(api: APIClient, url: str) -> None:
    assert api.post(url, "x", content_type="text/plain").status_code == 415


def test_a_broken_form_and_two_files_are_400(ingest_service: User, api_of: Callable[..., APIClient]) -> None:
    api = api_of(ingest_service, scope="ingest")
    api.raise_request_exception = False
    broken = api.post("/api/v1/clips/", b"--nonsense", content_type="multipart/form-data; boundary=x")
    files = {name: SimpleUploadedFile("a.wav", b"x") for name in ("audio", "more")}
    two = api.post("/api/v1/clips/", {**files, "external_ref": "x"}, format="multipart")
    for answer in (broken, two):
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"


def test_no_page_takes_a_large_file_from_anybody(reviewer: User, client_of: Callable[[User], Client]) -> None:
    for client in (Client(enforce_csrf_checks=True), client_of(reviewer)):
        client.raise_request_exception = False
        large = BytesIO(bytes(1024 * 1024))
        assert client.post("/shifts/start/", {"file": large}).status_code in {400, 403, 413}
