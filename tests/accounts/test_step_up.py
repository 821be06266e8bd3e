"""Acts that cannot be taken back ask for a sign-in from the last five minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from project.accounts.models import ApiToken, Proposal, User
from tests.accounts.bodies import BODIES
from tests.accounts.test_every_address import browsers_for, people, programs_for
from tests.accounts.walking import addresses, answer
from tests.cast import PASSWORD

__all__ = ["people"]  # a fixture

pytestmark = pytest.mark.django_db

# Exports, holds, what lifts a name, what lets somebody into a case, what needs two, what all have to acknowledge. The
# hold that a flag brings is the flag's own and asks nobody. Two ask once they know what it is about: a case's
# `approve`, and letting counsel in by API (tests/escalations/test_counsel.py, test_unmask_reporter.py).
ASK_AGAIN = {
    "GET escalations:export-new", "POST escalations:export-propose", "POST cases/<uuid>/exports/",
    "POST escalations:export-approve", "POST exports/<uuid>/approve/",
    "POST escalations:export-without-timestamp", "POST exports/<uuid>/without-timestamp/",
    "POST escalations:hold-place", "POST cases/<uuid>/holds/",
    "POST escalations:hold-lift", "POST holds/<uuid>/lift/",
    "POST escalations:reporter-unmask", "POST cases/<uuid>/reporters/<int>/unmask/", "POST wellbeing:pseudonym-lift",
    "POST escalations:counsel-propose", "POST escalations:emergency-propose",
    "POST accounts:proposal-approve", "POST accounts:text-publish",
}  # fmt: skip
NOWHERE = "/proposals/00000000-0000-4000-8000-000000000000/approve/"


@pytest.fixture
def signed_in(supervisor) -> Client:
    supervisor.set_password(PASSWORD)
    supervisor.save()
    client = Client()
    answer = client.post("/accounts/login/", {"login": supervisor.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def aged(client: Client, minutes: int) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= minutes * 60
    session.save()


def test_somebody_who_just_signed_in_goes_on(signed_in):
    assert signed_in.post(NOWHERE).status_code == 404


def test_after_five_minutes_the_password_is_asked_again(signed_in):
    aged(signed_in, 6)
    answer = signed_in.post(NOWHERE, HTTP_REFERER="http://testserver/proposals/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2Fproposals%2F"
    assert signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert signed_in.post(NOWHERE).status_code == 404


def test_what_was_typed_is_not_kept_in_the_session(signed_in):
    aged(signed_in, 6)
    signed_in.post(NOWHERE, {"reason": "a canary of content"})
    assert "canary" not in str(dict(signed_in.session))


def test_where_to_go_back_to_is_never_another_site(signed_in):
    aged(signed_in, 6)
    answer = signed_in.post(NOWHERE, HTTP_REFERER="http://evil.example/proposals/")
    assert answer["Location"].endswith("next=%2F")


def test_a_token_is_fresh_for_five_minutes(legal, api_of, now):
    client = api_of(legal)
    path = "/api/v1/exports/00000000-0000-4000-8000-000000000000/approve/"
    assert client.post(path, {}, format="json").status_code == 404
    ApiToken.objects.update(created=now - timedelta(minutes=6))
    answer = client.post(path, {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in-again")


def test_an_expired_token_opens_nothing(legal, api_of):
    client = api_of(legal)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/cases/").status_code == 401


def test_nothing_was_proposed_by_any_of_this(signed_in):
    signed_in.post(NOWHERE)
    assert not Proposal.objects.exists()


def test_the_casts_browsers_are_fresh(client_of, supervisor):
    """Other tests lean on it: without, they would test the step-up instead of their act."""
    assert client_of(supervisor).post(NOWHERE).status_code == 404


def test_these_acts_ask_again_and_no_others(people: dict[str, User], settings: Any) -> None:
    """Every address as one who may, signed in long ago, for something that there is not."""
    settings.FRESH_SIGN_IN_SECONDS = 0
    browsers, programs = browsers_for(people), programs_for(people)
    asking = set()
    for address in addresses():
        who = sorted(address.who & people.keys())
        clients = programs if address.is_api else browsers
        if who and asks_again(answer(clients[who[0]], address.method, address.filled({}), BODIES.get(address.key, {}))):
            asking.add(address.key)
    assert asking == ASK_AGAIN


def asks_again(answer: HttpResponse) -> bool:
    return b"sign-in-again" in answer.content or "/reauthenticate/" in answer.headers.get("Location", "")


@pytest.mark.parametrize("place", ["wellbeing/wellbeingpolicy/add/", "accounts/user/add/", "accounts/team/add/"])
def test_so_does_the_admin_before_it_shows_a_form_and_when_it_takes_one(place, administrator, client_of, settings):
    browser = client_of(administrator)
    assert browser.get(f"/admin/{place}").status_code == 200
    settings.FRESH_SIGN_IN_SECONDS = 0
    assert asks_again(browser.get(f"/admin/{place}"))
    assert asks_again(browser.post(f"/admin/{place}", {"name": "a new one"}))
    assert browser.get("/admin/").status_code == 200
