"""A script written wherever words can be written stands in no page as a script: names, transcripts, notes, reasons,
facts, messages, texts. Every address is opened as everybody who may, and everything that is HTML is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from project.accounts.models import User
from project.notices.models import Notice
from tests.accounts.walking import addresses
from tests.attacks.world import Build, Ids, browser, build, patient

__all__ = ["build", "patient"]  # fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("patient"), pytest.mark.timeout(300)]

WRITTEN = "<img src=x onerror=alert(1)>\"'><script>a()</script>{{7*7}}"
AS_SCRIPT = re.compile(rb"<img src=x|<script>a|onerror=alert\(1\)(?!&gt;)|{#")
AS_WORDS = (b"&lt;img src=x", b"\\u003Cimg src=x")
PLAIN_NAME = re.compile(r'(attachment; filename="[A-Za-z0-9._-]{1,100}"|inline)')
PEOPLE = ("reviewer", "other_reviewer", "supervisor", "legal", "other_legal", "moderator", "auditor", "administrator")


@pytest.fixture
def ids(build: Build) -> Ids:
    return build(WRITTEN)


def opened(client: Client, role: str, ids: Ids) -> dict[str, bytes]:
    """Every page that is open to the role, by its route."""
    found = {}
    for one in addresses():
        if one.is_api or one.method != "GET" or role not in one.who:
            continue
        route, answer = one.route, client.get(one.filled(ids))
        assert answer.status_code in {200, 302, 400, 404, 409, 422}, f"{route}: {answer.status_code}"
        if disposition := answer.get("Content-Disposition"):
            assert PLAIN_NAME.fullmatch(disposition), disposition
        if answer["Content-Type"].startswith("text/html"):
            found[route] = answer.content
    if role == "administrator":
        found |= {f"admin/{name}/": client.get(f"/admin/accounts/{name}/").content for name in ("user", "team")}
    return found


def test_no_page_holds_it_as_a_script_and_no_notice_holds_it_at_all(
    ids: Ids, request: pytest.FixtureRequest, client_of: Callable[..., Client], mailoutbox: list[Any]
) -> None:
    as_script, as_words = set(), set()
    for who in PEOPLE:
        user: User = request.getfixturevalue(who)
        for route, page in opened(browser(client_of, user), user.roles[0], ids).items():
            if AS_SCRIPT.search(page):
                as_script.add(f"{route} for {who}")
            if any(words in page for words in AS_WORDS):
                as_words.add(route)
            assert b"49\"'" not in page, route  # nothing evaluates what people wrote
    assert as_script == set()
    # If this fails, nothing was opened that shows what people wrote.
    assert {"cases/", "cases/<uuid:case_id>/", "queue/", "plans/", "rooms/", "rooms/<slug:slug>/"} <= as_words, as_words
    assert {"texts/<uuid:text_id>/", "moderation/", "admin/user/", "admin/team/"} <= as_words
    # Notices go out by e-mail: they say that something waits, in our words, and where.
    told = [str(value) for row in Notice.objects.values() for value in row.values()]
    assert told
    told += [part for mail in mailoutbox for part in (mail.subject, str(mail.body))]
    assert not [one for one in told if "onerror" in one]


def test_the_search_knows_a_script_from_words() -> None:
    """If this fails, the walk above proves nothing."""
    from django.utils.html import escape

    assert AS_SCRIPT.search(WRITTEN.encode())
    assert not AS_SCRIPT.search(escape(WRITTEN).encode())
