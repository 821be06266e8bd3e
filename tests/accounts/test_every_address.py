"""A walk over every address: every role and nobody, with what is theirs, with what is somebody else's, with nothing.

The table of expectations says what each of these meets; docs/access-table.md shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from project import browsers
from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.tokens import issue_token
from project.allowance import Allowances
from tests.accounts.access_table import PLACE, page
from tests.accounts.bodies import BODIES
from tests.accounts.expectations import ANYONE, API, EVERYBODY, PAGES, reach
from tests.accounts.walking import Address, addresses, answer, api_key, routes, seen
from tests.accounts.world import World, legal_case, recorded, world
from tests.cast import make_user
from tests.escalations.conftest import bring

__all__ = ["bring", "legal_case", "recorded", "world"]  # fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# Answers 404 to those who may, as long as there is nothing: no shift has begun.
MAY_BE_EMPTY = frozenset(key for key in API if key.startswith("shifts/current/"))
BROKEN = {401, 403, 405, 500}
Clients = dict[str, Any]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A walk asks more than one person may in a second, and may take longer than a sign-in is fresh."""
    settings.FRESH_SIGN_IN_SECONDS = 3600
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


def browsers_for(people: Mapping[str, User]) -> Clients:
    """Each signed in just now, so that nothing asks for that."""
    return {role: signed_in(user) for role, user in people.items()}


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": timezone.now().timestamp()}]
    session.save()
    return client


def programs_for(people: Mapping[str, User]) -> Clients:
    return {role: program(issue_token(user)) for role, user in people.items()}


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One of each role, with nothing of their own."""
    return {role.value: make_user(role.value.replace("_", "-"), role) for role in Role} | {"nobody": make_user("none")}


def program(token: str = "") -> APIClient:
    client = APIClient(raise_request_exception=False)
    if token:
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_every_page_stands_in_the_table() -> None:
    assert {name for route, name, _ in routes() if not route.startswith("api/")} == set(PAGES)


def test_every_api_route_stands_in_the_table() -> None:
    assert {api_key(route) for route, _, _ in routes() if route.startswith("api/")} == set(API)


def test_the_page_of_the_walk_is_what_was_walked() -> None:
    assert PLACE.read_text(encoding="utf-8") == page(), "python -m tests.accounts.access_table"


def test_every_page_opens_to_those_in_the_table_and_to_nobody_else(world: World) -> None:
    walked = [one for one in addresses() if not one.is_api]
    found = differences(walked, browsers_for(world.people), world)
    assert not found, "\n".join(f"{key}: {whats}" for key, whats in found.items())


def test_every_api_route_opens_to_those_in_the_table_and_to_nobody_else(world: World) -> None:
    walked = [one for one in addresses() if one.is_api]
    found = differences(walked, programs_for(world.people), world)
    assert not found, "\n".join(f"{key}: {whats}" for key, whats in found.items())


def differences(walked: list[Address], clients: Clients, world: World) -> dict[str, list[str]]:
    """Where what was met is not what the table says: by address, in words."""
    found: dict[str, list[str]] = defaultdict(list)
    for address in walked:
        for role, client in clients.items():
            found[address.key] += [f"{role}: {what}" for what in one_of(address, role, client, world)]
    return {key: whats for key, whats in found.items() if whats}


def one_of(address: Address, role: str, client: Any, world: World) -> list[str]:
    """What this role met at this address that it should not have."""

    def asked(ids: Mapping[str, object]) -> tuple[int, bytes]:
        return seen(answer(client, address.method, address.filled(ids), BODIES.get(address.key, {})))

    pairs = {kind: world.pair(address.key, kind, role) for kind in address.kinds}
    theirs = asked({kind: pair.foreign for kind, pair in pairs.items()})
    if role not in address.who:
        same = theirs == absent_for(client, address)
        return [] if same else [f"{theirs[0]} {theirs[1][:90]!r} where what is absent was due"]
    if not pairs:
        empty = theirs[0] == 404 and address.name not in MAY_BE_EMPTY
        return [str(theirs)] if empty or theirs[0] in BROKEN else []
    nothing = asked(fixed(pairs))
    wrong = [f"{nothing[0]} for nothing"] if nothing[0] in BROKEN or nothing[0] < 400 else []
    whose = reach(address.key, address.kinds, role)
    if (theirs == nothing) != (whose != "every"):
        wrong.append(f"somebody else's: {theirs[0]} {theirs[1][:90]!r}, nothing: {nothing[0]}")
    own = nothing if whose == "none" else asked({kind: pair.own for kind, pair in pairs.items()})
    if whose != "none" and (own == nothing or own[0] in BROKEN or own[0] == 404):
        wrong.append(f"own: {own[0]} {own[1][:90]!r}")
    return wrong


def absent_for(client: Any, address: Address) -> tuple[int, bytes]:
    """What this client gets at an address that there is not, asked once."""
    place = "/api/v1/nothing-here/" if address.is_api else "/nothing-here/"
    known: dict[str, tuple[int, bytes]] = client.__dict__.setdefault("absent", {})
    if place not in known:
        known[place] = seen(answer(client, "GET", place, {}))
    return known[place]


def fixed(pairs: Mapping[str, Any]) -> dict[str, object]:
    """What is no id of an object stays as it is when the object is made up."""
    return {kind: pair.own for kind, pair in pairs.items() if kind in {"number", "verb"}}


def test_nobody_in_particular_signs_in_first() -> None:
    client, wrong = Client(raise_request_exception=False), []
    for address in addresses():
        if address.is_api or "anonymous" in address.who:
            continue
        status, where = seen(answer(client, address.method, address.filled({}), {}))
        if status != 302 or not where.startswith(b"/accounts/login/"):
            wrong.append(f"{address.key}: {status}")
    assert wrong == []


def test_no_api_route_answers_without_a_token() -> None:
    client, wrong = program(), []
    for address in addresses():
        if address.is_api and address.who != ANYONE:
            answered = client.generic(address.method, address.filled({}), "{}", content_type="application/json")
            if answered.status_code != 401 or not answered["Content-Type"].startswith("application/problem+json"):
                wrong.append(f"{address.key}: {answered.status_code}")
    assert wrong == []


def test_no_page_answers_another_method(people: dict[str, User]) -> None:
    wrong, clients = [], browsers_for(people)
    for address in addresses():
        if not address.is_api:
            client = clients[sorted(address.who - {"anonymous"})[0]]
            method = "GET" if address.method == "POST" else "DELETE"
            status, _ = seen(answer(client, method, address.filled({}), {}))
            wrong += [] if status == 405 else [f"{method} {address.name}: {status}"]
    assert wrong == []


def test_no_api_route_answers_another_method(people: dict[str, User]) -> None:
    methods: dict[str, dict[str, frozenset[str]]] = {}
    paths, clients = {}, programs_for(people)
    for address in addresses():
        if address.is_api:
            methods.setdefault(address.name, {})[address.method] = address.who
            paths[address.name] = address.filled({})
    wrong = []
    for name, known in methods.items():
        role = sorted(frozenset.union(*known.values()) & set(clients))[0]
        for method in METHODS - set(known):
            status, _ = seen(answer(clients[role], method, paths[name], {}))
            wrong += [] if status in {404, 405} else [f"{method} {name} as {role}: {status}"]
    assert wrong == []


def test_accounts_are_made_by_an_administrator_only(people: dict[str, User]) -> None:
    assert b"made by your administrator" in Client().get("/accounts/signup/").content
    for role, client in browsers_for(people).items():
        status = client.get("/admin/accounts/user/").status_code
        assert (status == 200) == (role == "administrator"), f"{role}: {status}"


def test_everybody_signed_in_can_enrol_a_second_factor(people: dict[str, User]) -> None:
    clients = browsers_for(people)
    for role in EVERYBODY:
        assert clients[role].get("/accounts/2fa/").status_code == 200
