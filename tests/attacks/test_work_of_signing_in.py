"""Signing in costs the service the same for whoever asks, and says the same: nobody learns who has an account.

Not a time is asserted but the work: how often a password was hashed, which is what takes the time.
"""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from project.accounts.access import Role
from project.accounts.models import User
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.django_db

MADE_UP = re.compile(r"\b[A-Za-z0-9]{64}\b|\b[0-9a-f]{32}\b")  # tokens of forms, ids of requests
OF_THE_MOMENT = {"X-Request-ID", "Content-Length", "Expires", "Date"}
ABSENT = "nobody-at-all@earshot.example"


@pytest.fixture
def accounts(reviewer: User) -> dict[str, str]:
    """Addresses of every kind of account there is."""
    closed, listed = make_user("closed", Role.REVIEWER, is_active=False), make_user("listed", Role.SUPERVISOR)
    known = make_password(PASSWORD)
    for user in (reviewer, closed, listed):
        user.password = known
        user.save()
    only_sign_on = make_user("only-sign-on", Role.REVIEWER)
    people = {"active": reviewer, "closed": closed, "supervisor": listed, "only sign-on": only_sign_on}
    return {name: user.email for name, user in people.items()} | {"absent": ABSENT}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was computed: one entry for each time a password was hashed."""
    done: list[str] = []

    def counted(name: str) -> None:
        original = getattr(Argon2PasswordHasher, name)

        def wrapped(self: Argon2PasswordHasher, *args: object, **options: object) -> object:
            done.append(name)
            return original(self, *args, **options)

        monkeypatch.setattr(Argon2PasswordHasher, name, wrapped)

    counted("encode")
    counted("verify")
    return done


def sign_in(email: str, password: str) -> HttpResponse:
    cache.clear()  # of the counts of attempts: each of these is a first one
    return Client().post("/accounts/login/", {"login": email, "password": password})


def told(answer: HttpResponse, email: str) -> tuple[int, str, list[tuple[str, str]]]:
    body = answer.content.decode().replace(email, "")
    headers = sorted((name, value) for name, value in answer.items() if name not in OF_THE_MOMENT)
    return answer.status_code, MADE_UP.sub("", body), headers


def test_a_wrong_password_costs_and_says_the_same_whoever_it_is_tried_for(
    accounts: dict[str, str], hashed: list[str]
) -> None:
    work, answers = {}, {}
    for name, email in accounts.items():
        hashed.clear()
        answers[name] = told(sign_in(email, "a wrong guess that is long"), email)
        work[name] = len(hashed)
    assert set(work.values()) == {1}, work
    assert {name: answer == answers["absent"] for name, answer in answers.items()} == dict.fromkeys(accounts, True)


def test_the_right_password_is_answered_otherwise(accounts: dict[str, str]) -> None:
    """If this fails, the test above proves nothing."""
    assert sign_in(accounts["active"], PASSWORD).status_code == 302


def test_asking_for_a_new_password_is_answered_the_same_whoever_asks(accounts: dict[str, str]) -> None:
    answers = {}
    for name, email in accounts.items():
        cache.clear()
        answers[name] = told(Client().post("/accounts/password/reset/", {"email": email}), email)
    assert {name: answer == answers["absent"] for name, answer in answers.items()} == dict.fromkeys(accounts, True)
    assert {mailed.to[0] for mailed in mail.outbox} >= {accounts["active"]}  # it does something


def test_signing_up_tells_nobody_whether_an_address_is_known(accounts: dict[str, str]) -> None:
    answers = []
    for email in (accounts["active"], ABSENT):
        given = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
        answers.append(told(Client().post("/accounts/signup/", given), email))
    assert answers[0] == answers[1]
    assert not User.objects.filter(email=ABSENT).exists()
