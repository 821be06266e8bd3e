"""A form that another site makes a signed-in browser send reaches nothing: every unsafe verb of pages and API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.views import APIView

from project import browsers
from project.accounts.access import Role
from project.accounts.models import User
from project.allowance import Allowances
from tests.accounts.walking import addresses
from tests.cast import make_user

pytestmark = pytest.mark.django_db

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
TOKEN = "a" * 32  # a secret of Django's: 32 letters, in the cookie and in the form
OF_LIBRARIES = (
    "/accounts/login/", "/accounts/logout/", "/accounts/password/change/", "/accounts/password/reset/",
    "/accounts/reauthenticate/", "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/generate/", "/admin/accounts/user/add/", "/admin/logout/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_people", "_programs"):
        monkeypatch.setattr(browsers, name, Allowances(1_000_000, 1_000_000))


@pytest.fixture
def browser_of(db: None, client_of: Callable[[User], Client]) -> Callable[[frozenset[str]], Client]:
    """Somebody signed in with one of these roles, whose browser sends cookies along and is held to forms' tokens."""
    made: dict[str, Client] = {}

    def signed_in(roles: frozenset[str]) -> Client:
        role = sorted(roles & {one.value for one in Role})[0]
        if role not in made:
            made[role] = client_of(make_user(f"forged-{role}", Role(role)))
            made[role].handler.enforce_csrf_checks = True
            made[role].cookies["earshot_csrf"] = TOKEN
        return made[role]

    return signed_in


def pages() -> Iterator[tuple[str, frozenset[str]]]:
    yield from ((one.filled({}), one.who) for one in addresses() if not one.is_api and one.method == "POST")


def operations() -> Iterator[tuple[str, str, frozenset[str]]]:
    yield from ((one.method, one.filled({}), one.who) for one in addresses() if one.is_api and one.method in UNSAFE)


def test_no_page_takes_a_form_without_its_token(browser_of: Callable[..., Client]) -> None:
    passed = [address for address, who in pages() if browser_of(who).post(address).status_code != 403]
    assert passed == []


def test_every_page_takes_the_same_form_with_its_token(browser_of: Callable[..., Client]) -> None:
    """If this fails, the test above proves nothing: then the pages refuse everything."""
    with_token = {"headers": {"X-CSRFToken": TOKEN}}
    refused = [address for address, who in pages() if browser_of(who).post(address, **with_token).status_code == 403]
    assert refused == []


def test_no_form_of_a_library_does(administrator: User, client_of: Callable[..., Client]) -> None:
    browser = client_of(administrator)
    browser.handler.enforce_csrf_checks = True
    passed = [address for address in OF_LIBRARIES if browser.post(address).status_code != 403]
    assert passed == []
    assert browser.get("/admin/").status_code == 200  # still signed in


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths of API calls that got as far as being asked for their permission."""
    found: list[str] = []
    original = APIView.check_permissions

    def noted(self: APIView, request: Any) -> None:
        found.append(request.method)
        original(self, request)

    monkeypatch.setattr(APIView, "check_permissions", noted)
    return found


def test_a_session_sends_nothing_to_the_api_without_a_token(
    browser_of: Callable[..., Client], asked: list[str]
) -> None:
    """Refused before the permission is asked; with the token, asked every time: the control."""
    calls = list(operations())
    for method, address, who in calls:
        answer = browser_of(who).generic(method, address, *body_for(address))
        assert answer.status_code in {403, 404}, f"{method} {address}: {answer.status_code}"
    assert asked == []
    for method, address, who in calls:
        browser_of(who).generic(method, address, *body_for(address), headers={"X-CSRFToken": TOKEN})
    assert len(asked) == len(calls)


def body_for(address: str) -> tuple[str, str]:
    """Nothing, in the kind of body that the address takes."""
    as_form = ("--x--\r\n", "multipart/form-data; boundary=x")
    return as_form if address == "/api/v1/clips/" else ("{}", "application/json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_json_in_a_form_of_another_site_is_not_read(
    browser_of: Callable[..., Client], reviewer: User, content_type: str
) -> None:
    """What another site can send without asking (a simple request) is no JSON, token or not."""
    browser = browser_of(frozenset({"reviewer"}))
    headers = {"X-CSRFToken": TOKEN}
    answer = browser.generic("POST", "/api/v1/shifts/", "{}", content_type=content_type, headers=headers)
    assert answer.status_code == 415


def test_no_address_acts_on_get_that_is_called_an_act(browser_of: Callable[..., Client]) -> None:
    """SameSite=Lax cookies travel with a link: what a link can do must be reading."""
    acting = [address for address, who in pages() if browser_of(who).get(address).status_code != 405]
    assert acting == []
