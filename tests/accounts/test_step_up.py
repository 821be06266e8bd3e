"""Acts that cannot be taken back ask for a sign-in from the last five minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from project.accounts.models import ApiToken, Proposal
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

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
