"""The help card: for everybody, by locale, without network or motion, and in no log."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from project import logs
from project.accounts.models import User
from project.ledger.models import Entry
from project.notices.models import Notice


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the handler of the root writes during a test, debugging included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._formatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_no_log_ledger_or_notice_tells_that_somebody_opened_it(
    client_of: Callable[..., Client], reviewer: User, lines: io.StringIO
) -> None:
    page = client_of(reviewer)
    assert page.get("/today/").status_code == 200
    assert page.get("/help/").status_code == 200
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["route"] for line in told if line["event"] == "http.request"] == ["today/"]  # other pages are logged
    assert "help" not in lines.getvalue()
    assert not Entry.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("locale", "number"), [("ro-RO", "0800 801 200"), ("es-ES", "024"), ("en-US", "988"), ("de-DE", "0800 111 0 111")]
)
def test_the_persons_own_lines_come_first(
    client_of: Callable[..., Client], reviewer: User, locale: str, number: str
) -> None:
    User.objects.filter(pk=reviewer.pk).update(locales=[locale])
    card = client_of(User.objects.get(pk=reviewer.pk)).get("/help/").content.decode()
    assert number in card.partition("Lines in other countries")[0]


@pytest.mark.django_db
def test_it_loads_nothing_from_elsewhere_and_nothing_moves(client_of: Callable[..., Client], reviewer: User) -> None:
    page = client_of(reviewer).get("/help/").content.decode()
    assert not re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", page)
    card = page.partition("<main")[2].partition("</main>")[0]
    assert not re.findall(r"<(?:video|audio|img|canvas|animate|marquee|script|iframe)", card)
    assert "hx-" not in card  # it asks the server for nothing either
    assert card.count("<ol") == 3  # exercises: lists to read, the further ones behind native summaries


CARD = 'popover autofocus tabindex="-1" role="dialog" aria-label="Help for you"'
CLICK = 'popovertarget="help-card"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("languages", "number"), [("ro-RO,en;q=0.5", "0800 801 200"), ("de", "0800 111 0 111"), ("es-MX", "112")]
)
def test_it_lies_in_the_page_to_sign_in_in_the_browsers_language(client: Client, languages: str, number: str) -> None:
    page = client.get("/accounts/login/", headers={"Accept-Language": languages}).content.decode()
    assert CARD in page
    assert CLICK in page
    assert number in page.partition(CARD)[2].partition("Lines in other countries")[0]


@pytest.mark.django_db
def test_it_lies_in_the_pages_for_what_went_wrong(client_of: Callable[..., Client], reviewer: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reviewer)
    answers = [client_of(reviewer).get("/nothing-here/"), Client().get("/nothing-here/"), strict.post("/private/ask/")]
    assert [answer.status_code for answer in answers] == [404, 404, 403]
    for answer in answers:
        assert CARD in answer.content.decode()
        assert CLICK in answer.content.decode()


@pytest.mark.django_db
def test_every_page_of_ones_own_leads_there(client_of: Callable[..., Client], reviewer: User) -> None:
    page = client_of(reviewer)
    for address in ("/", "/today/", "/check-ins/", "/rooms/", "/sign-ins/"):
        assert 'href="/help/"' in page.get(address, follow=True).content.decode(), address


def test_it_is_there_when_the_database_is_not(lines: io.StringIO) -> None:
    """This test has no database: whoever asks it anything fails, as while PostgreSQL is away."""
    page = Client(raise_request_exception=False)
    page.cookies[settings.SESSION_COOKIE_NAME] = "s" * 32
    answer = page.get("/rooms/", headers={"Accept-Language": "ro"})
    assert answer.status_code == 500
    assert "Something broke on our side." in answer.content.decode()
    assert CARD in answer.content.decode()
    assert "0800 801 200" in answer.content.decode()
