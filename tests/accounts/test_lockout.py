"""Guessing is slowed down, and nobody can be kept out by somebody else's guessing."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_sign_ins_counted_yet(settings):
    """Hundreds of passwords are tried here; what is counted does not depend on what hashing one costs."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def person(reviewer):
    reviewer.set_password(PASSWORD)
    reviewer.save()
    return reviewer


def sign_in(client: Client, email: str, password: str, address: str = "192.0.2.1") -> bool:
    answer = client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    return answer.status_code == 302


def exhaust(email: str) -> None:
    """An outsider guesses from as many addresses as it takes."""
    for number in range(12):
        assert not sign_in(Client(), email, "a wrong guess", f"198.51.100.{number + 1}")


def test_guessing_is_stopped_even_with_the_right_password_at_last(person):
    exhaust(person.email)
    assert not sign_in(Client(), person.email, PASSWORD, "203.0.113.9")


def test_a_browser_that_was_here_before_still_gets_in(person):
    own = Client()
    assert sign_in(own, person.email, PASSWORD)
    own.post("/accounts/logout/")
    exhaust(person.email)
    assert sign_in(own, person.email, PASSWORD)


def test_a_known_browser_is_no_way_round_the_limit(person):
    own = Client()
    assert sign_in(own, person.email, PASSWORD)
    own.post("/accounts/logout/")
    for _ in range(10):
        assert not sign_in(own, person.email, "a wrong guess")
    assert not sign_in(own, person.email, PASSWORD)


def test_being_known_for_one_account_says_nothing_for_another(person, other_reviewer):
    other_reviewer.set_password(PASSWORD)
    other_reviewer.save()
    own = Client()
    assert sign_in(own, person.email, PASSWORD)
    own.post("/accounts/logout/")
    exhaust(other_reviewer.email)
    assert not sign_in(own, other_reviewer.email, PASSWORD)


def test_a_forged_mark_counts_as_a_stranger(person):
    exhaust(person.email)
    client = Client()
    client.cookies["earshot_known"] = "forged:mark"
    assert not sign_in(client, person.email, PASSWORD)


def test_the_mark_names_nobody_and_is_out_of_reach_of_scripts(person):
    own = Client()
    sign_in(own, person.email, PASSWORD)
    cookie = own.cookies["earshot_known"]
    assert person.email not in cookie.value
    assert str(person.pk) not in cookie.value
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_an_unknown_address_is_answered_like_a_wrong_password(person):
    answers = [
        Client().post("/accounts/login/", {"login": login, "password": "a wrong guess"}).content.decode()
        for login in (person.email, "nobody@earshot.example")
    ]
    said = ["not correct" in answer for answer in answers]
    assert said == [True, True]


def test_an_office_of_a_hundred_signs_in_behind_one_address(person):
    assert all(sign_in(Client(), person.email, PASSWORD) for _ in range(40))


def test_sign_ins_and_failures_are_logged_without_who(person, caplog):
    own = Client()
    assert sign_in(own, person.email, PASSWORD)
    exhaust(person.email)
    said = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    events = [line["event"] for line in said if line["event"].startswith("sign-in")]
    assert events == ["sign-in", *["sign-in.failed"] * 10, *["sign-in.too-many"] * 2]
    assert next(line["by"] for line in said if line["event"] == "sign-in") == ["password"]
    assert person.email not in caplog.text
    assert str(person.pk) not in caplog.text
