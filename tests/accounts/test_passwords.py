"""Changing one's password, and what a password may not be."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from project.accounts.models import Session, User
from project.accounts.passwords import WordsOfThisHouse
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

GOOD = "seven green kettles on a shelf"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("not the old one", GOOD, "current password"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "qwerty123456", "too common"),
        (PASSWORD, "Earshot2026!", "anybody here would guess"),
        (PASSWORD, "reviewer@earshot", "anybody here would guess"),
    ],
)
def test_a_password_is_refused_in_words(old: str, new: str, why: str, reviewer: User, settings: Any) -> None:
    browser = signed_in(reviewer, settings)
    page = browser.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})
    assert why in page.text.replace("&#x27;", "'")
    reviewer.refresh_from_db()
    assert reviewer.check_password(PASSWORD)


@pytest.mark.parametrize("new", [GOOD, "earshot and seven green kettles", "日本語のとても長い合言葉です", "x y" * 60])
def test_any_other_is_taken_as_typed(new: str, reviewer: User, settings: Any) -> None:
    browser, elsewhere = signed_in(reviewer, settings), Client()
    elsewhere.post("/accounts/login/", {"login": reviewer.email, "password": PASSWORD})
    key, handle = browser.session.session_key, browser.session["handle"]
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post("/accounts/password/change/", fields).status_code == 302
    reviewer.refresh_from_db()
    assert reviewer.check_password(new)
    assert browser.get("/today/").status_code == 200  # under a new key, the same sign-in
    assert (browser.session.session_key == key, browser.session["handle"]) == (False, handle)
    assert not Session.objects.filter(session_key=key).exists()
    assert elsewhere.get("/today/").status_code == 302


def test_words_of_the_organisation_count_too(settings: Any) -> None:
    settings.ORGANIZATION, settings.SITE_URL = "Acme Voice GmbH", "https://ohr.bigcorp.example"
    settings.PASSWORD_WORDS = ("Waldmeister",)
    for word in ("acmevoice2026", "bigcorpbigcorp", "WALDMEISTER-1"):
        with pytest.raises(ValidationError):
            WordsOfThisHouse().validate(word)
    WordsOfThisHouse().validate("acme " + GOOD)


def signed_in(person: User, settings: Any) -> Client:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person.set_password(PASSWORD)
    person.save()
    browser = Client()
    assert browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    return browser
