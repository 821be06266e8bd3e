"""A walk over every address with every role, and nobody: what the table of expectations says, no more, no less."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from project.accounts.access import Role
from project.accounts.tokens import issue_token
from tests.accounts.expectations import ANYONE, API, EVERYBODY, OPERATORS, PAGES
from tests.cast import make_user

pytestmark = pytest.mark.django_db

OTHERS = ("accounts/", "admin/")  # allauth's own pages and Django's admin: walked below, by prefix
SOME_ID = "00000000-0000-4000-8000-000000000000"


def _patterns(resolver: Any, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _patterns(pattern, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), f"{space}{pattern.name}", pattern.callback


def _addresses() -> list[tuple[str, str, Any]]:
    found = [one for one in _patterns(get_resolver()) if not one[0].startswith(OTHERS)]
    return [one for one in found if one[1] not in OPERATORS]


def _concrete(route: str) -> str:
    """The route with made-up ids in place of its converters."""

    def fill(match: re.Match[str]) -> str:
        kind = match.group(1).partition(":")[0]
        return {"uuid": str(uuid.uuid4()), "int": "4711", "slug": "nothing-here", "str": "nothing-here"}.get(
            kind, "nothing"
        )

    return "/" + re.sub(r"<([^>]+)>", fill, route)


def _api_key(route: str) -> str:
    return re.sub(r"<([^:>]+)(:[^>]*)?>", r"<\1>", route.removeprefix("api/v1/"))


@pytest.fixture
def people(db) -> dict[str, Any]:
    roles = {role.value: make_user(f"walker-{role.value}", role) for role in Role}
    return {**roles, "nobody": make_user("walker-nobody")}


def _page_client(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def test_every_page_stands_in_the_table():
    names = {name for route, name, _ in _addresses() if not route.startswith("api/")}
    assert names == set(PAGES)


def test_every_api_route_stands_in_the_table():
    assert {_api_key(route) for route, _, _ in _addresses() if route.startswith("api/")} == set(API)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_opens_to_those_in_the_table_and_to_nobody_else(name, people):
    method, who = PAGES[name]
    route = next(route for route, found, _ in _addresses() if found == name)
    has_ids = "<" in route
    for role, user in people.items():
        status = _page_client(user).generic(method, _concrete(route)).status_code
        if role not in who:
            assert status == 404, f"{role} at {route}: {status}"
        elif not has_ids:
            assert status not in {401, 403, 404, 405, 500}, f"{role} at {route}: {status}"
        else:
            assert status in {302, 404}, f"{role} at {route}: {status}"  # 302: sign in again first
    answer = _page_client(None).generic(method, _concrete(route))
    assert (answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")) or "anonymous" in who


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_answers_no_other_method(name, people):
    method, who = PAGES[name]
    route = next(route for route, found, _ in _addresses() if found == name)
    role = sorted(who - {"anonymous"})[0]
    wrong = "GET" if method == "POST" else "DELETE"
    assert _page_client(people[role]).generic(wrong, _concrete(route)).status_code == 405


def _api_client(user: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user)}")
    return client


@pytest.mark.parametrize("key", sorted(API))
def test_an_api_route_opens_to_those_in_the_table_and_to_nobody_else(key, people):
    route = next(route for route, _, _ in _addresses() if _api_key(route) == key and route.startswith("api/"))
    for method, who in API[key].items():
        absent = None
        for role, user in people.items():
            answer = _api_client(user).generic(method, _concrete(route), "{}", content_type="application/json")
            if role not in who:
                assert answer.status_code == 404, f"{method} {route} as {role}: {answer.status_code}"
                assert absent in {None, answer.content}
                absent = answer.content
            else:
                assert answer.status_code not in {401, 405, 500}, f"{method} {route} as {role}: {answer.status_code}"
                assert "<" in route or answer.status_code != 404 or key in MAY_BE_EMPTY, f"{method} {route} as {role}"
        if who != ANYONE:
            answer = _api_client(None).generic(method, _concrete(route), "{}", content_type="application/json")
            assert answer.status_code == 401, f"{method} {route} anonymous: {answer.status_code}"
            assert answer["Content-Type"].startswith("application/problem+json")


# Answers 404 to those who may, as long as there is nothing: no shift has begun.
MAY_BE_EMPTY = frozenset(key for key in API if key.startswith("shifts/current/"))


@pytest.mark.parametrize("key", sorted(API))
def test_an_api_route_answers_no_other_method(key, people):
    route = next(route for route, _, _ in _addresses() if _api_key(route) == key and route.startswith("api/"))
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(API[key]):
        for role in sorted(set.union(*(set(who) for who in API[key].values())) & set(people)):
            answer = _api_client(people[role]).generic(method, _concrete(route), "{}", content_type="application/json")
            assert answer.status_code in {404, 405}, f"{method} {route} as {role}: {answer.status_code}"


def test_accounts_are_made_by_an_administrator_only(people):
    assert b"made by your administrator" in Client().get("/accounts/signup/").content
    for role, user in people.items():
        status = _page_client(user).get("/admin/accounts/user/").status_code
        assert (status == 200) == (role == "administrator"), f"{role}: {status}"


def test_everybody_signed_in_can_enrol_a_second_factor(people):
    for role in EVERYBODY:
        assert _page_client(people[role]).get("/accounts/2fa/").status_code == 200
