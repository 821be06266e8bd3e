"""Nothing that a sender makes up changes what others are told: hosts, schemes, paths and methods in headers.

A shared cache keys by address and the headers of Vary; what else changed an answer could be fed to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from tests.cast import PASSWORD
from wellbeing.models import CheckIn

pytestmark = pytest.mark.django_db

# Tokens of forms, ids of requests, nonces of styles, times.
MADE_UP = re.compile(rb"\b[A-Za-z0-9]{64}\b|\b[0-9a-f]{32}\b|nonce-[\w+/=-]+|nonce=\"[^\"]+\"|\d\d:\d\d(:[\d.]+Z?)?")
OF_THE_MOMENT = {"X-Request-ID", "Expires", "Date"}
EVIL = "evil.example"
UNKEYED = {
    "X-Forwarded-Host": EVIL, "X-Forwarded-Server": EVIL, "X-Host": EVIL, "Forwarded": f"host={EVIL};proto=http",
    "X-Original-Host": EVIL, "X-Original-URL": "/admin/", "X-Rewrite-URL": "/admin/", "X-Forwarded-Proto": "http",
    "X-Forwarded-Scheme": "http", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "4444", "X-Script-Name": "/evil",
    "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE",
}  # fmt: skip
ADDRESSES = (
    "/", "/today/", "/accounts/login/", "/accounts/password/reset/", "/nothing-here/", "/api/v1/me/pace/",
    "/api/v1/nothing-here/", "/static/tokens.css", "/cases/", "/today",
)  # fmt: skip


def told(answer: HttpResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = sorted(
        (name, MADE_UP.sub(b"", value.encode()).decode()) for name, value in answer.items() if name not in OF_THE_MOMENT
    )
    return answer.status_code, MADE_UP.sub(b"", body), headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_header_changes_what_an_address_says(address: str, reviewer: User, client_of: Callable[..., Client]) -> None:
    for browser in (Client(), client_of(reviewer)):
        plain, dressed = browser.get(address), browser.get(address, headers=UNKEYED)
        assert told(plain) == told(dressed)
        assert EVIL.encode() not in told(dressed)[1]
        if not address.startswith("/static/"):
            assert "no-store" in plain["Cache-Control"]


@pytest.mark.parametrize("address", ["/accounts/login/", "/today/", "/api/v1/me/pace/", "/healthz"])
def test_a_host_that_is_not_ours_is_answered_by_nothing(
    address: str, reviewer: User, api_of: Callable[..., APIClient], client_of: Callable[..., Client]
) -> None:
    for asker in (Client(), client_of(reviewer), api_of(reviewer)):
        asker.raise_request_exception = False
        answer = asker.get(address, headers={"host": EVIL})
        assert answer.status_code == 400 or address == "/healthz"
        assert EVIL.encode() not in answer.content


def mailed(person: User, **headers: str) -> str:
    cache.clear()
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": person.email}, headers=headers)
    return " ".join(str(one.body) for one in mail.outbox)


def test_a_link_in_a_mail_leads_here_whatever_host_was_claimed(reviewer: User, settings: Any) -> None:
    """The control: a service that believed the header would mail the link to somebody else's site."""
    reviewer.set_password(PASSWORD)
    reviewer.save()
    claimed = {name.lower(): value for name, value in UNKEYED.items()}
    said = mailed(reviewer, **claimed)
    assert "/accounts/password/reset/key/" in said
    assert EVIL not in said
    settings.USE_X_FORWARDED_HOST, settings.ALLOWED_HOSTS = True, ["*"]
    assert EVIL in mailed(reviewer, **claimed)


def test_no_header_and_no_field_changes_the_method(reviewer: User, api_of: Callable[..., APIClient]) -> None:
    api = api_of(reviewer)
    assert api.post("/api/v1/me/check-ins/", {"kind": "distress", "distress": 2}, format="json").status_code == 201
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        api.post("/api/v1/me/check-ins/", {"_method": "DELETE"}, format="json", headers={name: "DELETE"})
    assert CheckIn.objects.count() == 1
    assert api.delete("/api/v1/me/check-ins/").status_code == 204
    assert not CheckIn.objects.exists()
