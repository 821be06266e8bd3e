"""A program's request passes by what browsers need, and is answered as if it had not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from project import express
from project.accounts.models import User

pytestmark = pytest.mark.django_db
ADDRESSES = ("/api/v1/me/pace/", "/api/v1/nowhere/", "/api/v1/me/exposure/", "/api/v1/desk/", "/api/v1/clips/")
OWN = {"X-Request-ID", "Date"}


@pytest.fixture
def the_long_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    return lambda: monkeypatch.setattr(express, "is_ordinary", lambda request: False)


@pytest.mark.parametrize("secure", [False, True])
def test_status_headers_and_body_are_alike(
    reviewer: User, api_of: Callable[..., APIClient], the_long_way: Callable[[], Any], secure: bool
) -> None:
    client, forged = api_of(reviewer), APIClient()
    forged.credentials(HTTP_AUTHORIZATION="Token " + "0" * 64)
    short = list(answers((client, forged), secure))
    the_long_way()
    assert short == list(answers((client, forged), secure))


def answers(clients: tuple[APIClient, ...], secure: bool) -> Iterator[tuple[Any, ...]]:
    for client in clients:
        for address in ADDRESSES:
            for ask in (client.get, client.post, client.head, client.options):
                answer = ask(address, secure=secure)
                carried = {name: _sorted(name, value) for name, value in answer.items() if name not in OWN}
                yield address, answer.status_code, carried, len(answer.content)


def _sorted(name: str, value: str) -> Any:
    return {*value.split(", ")} if name == "Allow" else value


def test_a_foreign_host_and_an_unfinished_address_are_answered_as_ever(reviewer: User, api_of: Any) -> None:
    client = api_of(reviewer)
    assert client.get("/api/v1/me/pace/", HTTP_HOST="evil.example").status_code == 400
    assert client.get("/api/v1/me/pace").status_code == 301


def test_a_token_in_a_browser_with_a_session_does_not_open_pages(reviewer: User) -> None:
    signed_in = Client(headers={"Authorization": "Token " + "0" * 64})
    signed_in.force_login(reviewer)
    assert signed_in.get("/today/").status_code == 200  # a page: the session counts
    assert signed_in.get("/api/v1/me/pace/").status_code == 401  # the API: the token does, and it is none
