"""What every answer, cookie, connection and deployment carries, whatever is asked of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from project.accounts.checks import COOKIE_NAMES, cookies_are_this_hosts_own, forms_are_protected
from project.accounts.models import User
from project.browsers import _OwnCookie
from reviews.actions import leases
from reviews.models import Shift
from tests.cast import PASSWORD
from tests.reviews.conftest import Ingest, ingest, shift

__all__ = ["ingest", "shift"]  # fixtures

pytestmark = pytest.mark.django_db
KINDS = ("page", "api", "audio", "static", "absent page", "absent api", "sign-in", "refused form", "fault", "too large",
         "unreadable", "sign-out")  # fmt: skip
Answers = Callable[[str], HttpResponse]


@pytest.fixture
def answer_of(
    reviewer: User,
    shift: Shift,
    ingest: Ingest,
    client_of: Callable[..., Client],
    now: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Answers:
    """One answer of each kind, over a connection that is secure."""
    settings.SECURE_HSTS_SECONDS = 365 * 86400
    ingest()
    claimed = leases.claim(acting_user=reviewer, now=now).lease
    assert claimed is not None
    strict = Client(enforce_csrf_checks=True)
    asks: dict[str, Callable[[], HttpResponse]] = {
        "page": lambda: client_of(reviewer).get("/today/", secure=True),
        "api": lambda: client_of(reviewer).get("/api/v1/me/pace/", secure=True),
        "audio": lambda: client_of(reviewer).get(f"/api/v1/leases/{claimed.pk}/audio/", secure=True),
        "static": lambda: client_of(reviewer).get("/static/tokens.css", secure=True),
        "absent page": lambda: client_of(reviewer).get("/nothing-here/", secure=True),
        "absent api": lambda: client_of(reviewer).get("/api/v1/nothing-here/", secure=True),
        "sign-in": lambda: Client().get("/accounts/login/", secure=True),
        "fault": lambda: broken(client_of(reviewer), monkeypatch).get("/", secure=True),
        "too large": lambda: client_of(reviewer).post(
            "/api/v1/shifts/", " " * 2_000_000, content_type="application/json", secure=True
        ),
        "unreadable": lambda: client_of(reviewer).get("/today/", headers={"Host": "elsewhere.example"}, secure=True),
        "sign-out": lambda: client_of(reviewer).post("/accounts/logout/", secure=True),
        "refused form": lambda: strict.post("/accounts/login/", {"login": "a"}, secure=True),
    }
    return lambda kind: asks[kind]()


STATUS = {
    "absent page": 404, "absent api": 404, "refused form": 403, "fault": 500, "too large": 413, "unreadable": 400,
    "sign-out": 302,
}  # fmt: skip


def broken(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser that meets a fault of ours."""

    def fail(user: User) -> None:
        raise RuntimeError("of a test")

    monkeypatch.setattr("project.pages.cards_for", fail)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_what_a_browser_must_be_told(kind: str, answer_of: Answers) -> None:
    answer = answer_of(kind)
    assert answer.status_code == STATUS.get(kind, 200)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer
    assert "microphone=()" in answer["Permissions-Policy"]
    policy = answer["Content-Security-Policy"]
    for part in ("frame-ancestors 'none'", "default-src 'none'", "base-uri 'none'", "object-src 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    if kind != "static":  # style and script are the same for everybody, and may be kept
        assert "no-store" in answer["Cache-Control"]
    if kind not in {"static", "unreadable"}:  # both are answered before Django's own; the policy says the same
        assert answer["X-Frame-Options"] == "DENY"
    assert ("Clear-Site-Data" in answer) == (kind == "sign-out")


def test_cookies_are_kept_from_scripts_other_sites_hosts_and_plain_connections(
    reviewer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE = True
    for setting in COOKIE_NAMES:
        setattr(settings, setting, f"__Host-{getattr(settings, setting)}")
    monkeypatch.setattr(_OwnCookie, "cookie_name", settings.MESSAGES_COOKIE_NAME)
    reviewer.set_password(PASSWORD)
    reviewer.save()
    browser = Client()
    browser.get("/accounts/login/", secure=True)
    browser.post("/accounts/login/", {"login": reviewer.email, "password": PASSWORD}, secure=True)
    browser.post("/shifts/pause/", secure=True)  # there is no shift to pause, and a message says so
    assert set(browser.cookies) == {getattr(settings, setting) for setting in COOKIE_NAMES}
    for name, cookie in browser.cookies.items():
        assert (bool(cookie["secure"]), cookie["path"], cookie["domain"]) == (True, "/", ""), name  # the prefix's terms
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert cookie["httponly"] or name == settings.CSRF_COOKIE_NAME, name  # our own scripts send it back in a header


def test_a_page_is_led_on_to_encryption_and_a_program_is_refused(api_of: Any, reviewer: User, settings: Any) -> None:
    """Or a token that was sent in the clear once would be sent so for ever, and nobody would notice."""
    program = api_of(reviewer)
    assert program.get("/api/v1/me/pace/").status_code == 200
    settings.SECURE_SSL_REDIRECT = True
    program.handler.load_middleware()
    plain = program.get("/api/v1/me/pace/")
    assert (plain.status_code, plain.json()["code"]) == (403, "in-the-clear")
    assert program.get("/api/v1/me/pace/", secure=True).status_code == 200
    assert Client().get("/today/")["Location"] == "https://testserver/today/"


@pytest.mark.parametrize("alias", ["default", "keys"])
def test_no_statement_and_no_wait_for_a_lock_goes_on_for_ever(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for name, limit in (
            ("statement_timeout", "15s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "30s"),
        ):
            cursor.execute("SELECT current_setting(%s)", [name])
            assert cursor.fetchone() == (limit,), name


def checked(**changed: str) -> subprocess.CompletedProcess[str]:
    """`check --deploy` in a process of its own, with the environment of a deployment."""
    environment = {
        **os.environ, "DEMO": "0", "EARSHOT_TESTING": "0", "SECURE": "1", "SECRET_KEY": os.urandom(40).hex(),
        "ALLOWED_HOSTS": "earshot.example", "SITE_URL": "https://earshot.example",
        "CSRF_TRUSTED_ORIGINS": "https://earshot.example", "BEHIND_PROXY": "1", **changed,
    }  # fmt: skip
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)


def test_a_deployment_has_nothing_to_be_warned_of() -> None:
    done = checked()
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_deployment_without_encryption_is_warned() -> None:
    """If this fails, the test above proves nothing."""
    done = checked(SECURE="0")
    assert done.returncode != 0
    assert "security.W" in done.stderr


def test_a_deployment_whose_cookies_another_host_could_set_is_told(settings: Any) -> None:
    settings.SECURE = True
    for setting in COOKIE_NAMES:
        setattr(settings, setting, f"__Host-{setting}")
    assert cookies_are_this_hosts_own(None) == []
    settings.CSRF_COOKIE_NAME = "b"
    assert [found.id for found in cookies_are_this_hosts_own(None)] == ["accounts.E004"]


def test_a_deployment_whose_forms_are_unprotected_is_told(settings: Any) -> None:
    """Django's own check knows only its own class; ours asks for what took its place."""
    assert forms_are_protected(None) == []
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if one != "project.browsers.Forms"]
    assert [found.id for found in forms_are_protected(None)] == ["accounts.E003"]
