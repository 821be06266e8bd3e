"""Signing in by a passkey: the whole ceremony, and what must not open the door."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from project.accounts.models import User
from project.ledger.models import Entry
from tests.accounts.authenticator import Passkey
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

ADD, SIGN_IN = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"
DATA = re.compile(rb'<script id="js_data" type="application/json">(.*?)</script>', re.DOTALL)


@pytest.fixture(autouse=True)
def demanded(settings: Any) -> None:
    settings.SECOND_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def passkey(supervisor: User) -> Passkey:
    """Enrolled by a supervisor, who needs a second factor."""
    supervisor.set_password(PASSWORD)
    supervisor.save()
    browser, made = Client(), Passkey()
    browser.post("/accounts/login/", {"login": supervisor.email, "password": PASSWORD})
    assert browser.get("/")["Location"] == "/accounts/2fa/"
    page = DATA.search(browser.get(ADD).content)
    assert page is not None
    credential = made.made_for(json.loads(page.group(1))["creation_options"])
    fields = {"name": "of tests", "passwordless": "on", "credential": json.dumps(credential)}
    assert browser.post(ADD, fields).status_code == 302
    assert browser.get("/").status_code == 200  # enrolling one is a proof of having it
    return made


def options_for(browser: Client) -> dict[str, Any]:
    asked: dict[str, Any] = browser.get(SIGN_IN, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    return dict(asked["request_options"])


def answered(browser: Client, credential: dict[str, Any]) -> HttpResponse:
    return browser.post(SIGN_IN, {"credential": json.dumps(credential)})


def test_it_opens_the_door_alone_and_counts_as_two_factors(passkey: Passkey, supervisor: User) -> None:
    browser = Client()
    answered(browser, passkey.signs(options_for(browser)))
    assert browser.get("/").status_code == 200
    assert browser.session["_auth_user_id"] == str(supervisor.pk)
    assert Entry.objects.filter(event="second-factor.added", subject_id=supervisor.pk).count() == 1


@pytest.mark.parametrize("what", ["another key", "another site", "nobody was verified", "an answer sent again"])
def test_nothing_else_does(what: str, passkey: Passkey) -> None:
    first = Client()
    options = options_for(first)
    good = passkey.signs(options)
    browser = Client()
    if what == "another key":
        credential = passkey.signs(options_for(browser), key=ec.generate_private_key(ec.SECP256R1()))
    elif what == "another site":
        for_us = options_for(browser)
        for_us["publicKey"]["rpId"] = "evil.example"
        credential = passkey.signs(for_us)
    elif what == "nobody was verified":
        credential = passkey.signs(options_for(browser), verified=False)
    else:
        answered(first, good)
        first.post("/accounts/logout/")
        browser, credential = first, good
        options_for(browser)
    answered(browser, credential)
    assert browser.get("/")["Location"].startswith("/accounts/login/")


def test_a_closed_account_stays_closed(passkey: Passkey, supervisor: User) -> None:
    User.objects.filter(pk=supervisor.pk).update(is_active=False)
    browser = Client()
    answered(browser, passkey.signs(options_for(browser)))
    assert browser.get("/")["Location"].startswith("/accounts/login/")
