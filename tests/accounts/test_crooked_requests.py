"""Requests that somebody crooked sends: redirects to elsewhere, tokens in addresses, SQL in filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from project import browsers, ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.allowance import Allowances
from project.ledger.events import Event
from project.ledger.sealing import seal
from tests.accounts.expectations import API, PAGES
from tests.accounts.walking import api_key, routes
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.django_db

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "https:evil.example", "///evil.example",
    "javascript:alert(1)", "http://testserver@evil.example/", "\thttps://evil.example",
)  # fmt: skip


@pytest.fixture
def person(reviewer: User) -> User:
    reviewer.set_password(PASSWORD)
    reviewer.save()
    return reviewer


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


def led_to(person: User, address: str) -> list[str]:
    """Where signing in, confirming that it is you, and signing out lead, each asked to go on to this address."""
    browser, given = Client(), {"login": person.email, "password": PASSWORD, "next": address}
    pages = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/logout/")
    answers = [browser.post(page, given) for page in pages]
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    return [str(answer["Location"]) for answer in answers]


def test_one_is_led_on_to_where_one_was_going(person: User) -> None:
    """If this fails, the test below proves nothing."""
    assert led_to(person, "/today/preferences/") == ["/today/preferences/"] * 3


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_led_to_another_site(person: User, address: str) -> None:
    for place in led_to(person, address):
        went = urlsplit(place)
        assert (went.scheme, went.netloc) == ("", "")
        assert "evil" not in went.path


@pytest.mark.parametrize("name", ["token", "access_token", "auth_token", "authorization", "api_key", "key"])
def test_a_token_in_the_address_signs_nobody_in(reviewer: User, name: str) -> None:
    token = issue_token(reviewer)
    by_header = APIClient()
    by_header.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert by_header.get("/api/v1/me/pace/").status_code == 200
    for value in (token, f"Token {token}"):
        assert APIClient().get("/api/v1/me/pace/", {name: value}).status_code == 401


CROOKED = ("' OR 1=1 --", "\x00", "-1", "9" * 40, '");SELECT pg_sleep(9);--[]{}')
NAMES = (
    "page", "cursor", "after", "before", "limit", "show", "state", "tier", "category", "event", "subject", "stage",
    "person", "team", "from", "to", "since", "days", "week", "first", "second", "filter", "startIndex", "count",
    "version", "overdue", "which",
)  # fmt: skip


def lists() -> list[tuple[str, frozenset[str]]]:
    """Every address that takes no id and answers GET, and who may read it."""
    found = []
    for route, name, _ in routes():
        if "<" in route or route == "api/v1/schema/":  # made of code, and slow
            continue
        if route.startswith("api/"):
            who = API[api_key(route)].get("GET", frozenset())
        else:
            method, who = PAGES[name]
            who = who if method == "GET" else frozenset()
        if who:
            found.append((f"/{route}", who))
    return found


@pytest.mark.parametrize(("address", "who"), lists())
def test_no_filter_breaks_on_what_it_does_not_understand(
    address: str, who: frozenset[str], client_of: Callable[..., Client]
) -> None:
    role = sorted(who & {one.value for one in Role})[0]
    user = make_user("crooked", Role(role))
    client: Client = APIClient() if role == "service" else client_of(user)
    if role == "service":
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user)}")  # type: ignore[attr-defined]  # of APIClient
    client.raise_request_exception = False
    with transaction.atomic():
        ledger.record(Event.RECONCILED, actor=None, subject=None, now=timezone.now())
    seal(timezone.now())  # without a first entry there is no checkpoint to read
    answers = [(name, client.get(address, {name: CROOKED[0]})) for name in NAMES]
    answers += [("all", client.get(address, dict.fromkeys(NAMES, value))) for value in CROOKED]
    answers += [(name, client.get(address, {name: value})) for name in taken(answers) for value in CROOKED[1:]]
    for name, answer in answers:
        assert answer.status_code in {200, 302, 400, 404, 422}, f"{address}?{name}: {answer.status_code}"
        assert b"syntax error" not in (b"" if answer.streaming else answer.content)


def taken(answers: list[tuple[str, Any]]) -> list[str]:
    """The names that a strict address knows, which sees nothing of the others; none where every name is ignored."""
    refused = {name for name, answer in answers if b"not known here" in getattr(answer, "content", b"")}
    return [name for name in NAMES if name not in refused] if refused else []
