"""Texts that people acknowledge: asked once a version, downloadable, and never taking away what can't be."""

from __future__ import annotations

import asyncio

import pytest

from project.accounts import acknowledging
from project.accounts.actions.texts import NEVER_FORBIDDEN, acknowledge, publish
from project.accounts.gate import what_stands_between
from project.accounts.models import Acknowledgement, HouseText
from project.ledger.models import Entry
from project.sockets import admitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_memory():
    acknowledging.forget()
    yield
    acknowledging.forget()


@pytest.fixture
def text(administrator, now) -> HouseText:
    return publish("confidentiality", "Confidentiality", "Keep it to yourself.", acting_user=administrator, now=now)


def test_without_a_text_nobody_is_asked(client_of, reviewer):
    assert client_of(reviewer).get("/").status_code == 200
    assert "Nothing yet" in client_of(reviewer).get("/texts/").content.decode()


def test_whoever_has_not_read_it_is_sent_there_and_back(client_of, reviewer, text):
    client = client_of(reviewer)
    assert client.get("/today/")["Location"] == "/texts/?next=%2Ftoday%2F"
    assert client.get("/help/").status_code == 200
    assert client.get("/api/v1/me/pace/").json()["code"] == "text-unread"
    page = client.get(f"/texts/{text.pk}/").content.decode()
    assert "Keep it to yourself." in page
    assert "Reporting a crime" in page
    answer = client.post(f"/texts/{text.pk}/acknowledge/", {"next": "/today/"})
    assert answer["Location"] == "/today/"
    assert client.get("/today/").status_code == 200


def test_a_new_version_asks_again_and_the_old_one_stays_as_it_was(client_of, reviewer, administrator, text, now):
    client = client_of(reviewer)
    client.post(f"/texts/{text.pk}/acknowledge/")
    second = publish("confidentiality", "Confidentiality", "And tell nobody.", acting_user=administrator, now=now)
    assert second.version == 2
    assert client.get("/").status_code == 302
    old = client.get(f"/texts/{text.pk}/file/").content.decode()
    assert "Keep it to yourself." in old
    assert "And tell nobody." not in old
    assert "Version 1" in client.get("/texts/").content.decode().replace("version 1", "Version 1")


def test_the_file_holds_what_no_text_forbids_and_when(client_of, reviewer, text):
    client = client_of(reviewer)
    assert "Not acknowledged" in client.get(f"/texts/{text.pk}/file/").content.decode()
    client.post(f"/texts/{text.pk}/acknowledge/")
    answer = client.get(f"/texts/{text.pk}/file/")
    said = answer.content.decode()
    assert NEVER_FORBIDDEN in said
    assert "Acknowledged 20" in said
    assert answer["Content-Disposition"] == 'attachment; filename="confidentiality-1.txt"'
    for right in ("crime", "regulator", "union", "Seeking help"):
        assert right in said


def test_twice_is_once_and_in_the_ledger_once(reviewer, text, now):
    for _ in range(2):
        acknowledge(text.pk, acting_user=reviewer, now=now)
    assert Acknowledgement.objects.count() == 1
    assert Entry.objects.filter(event="text.acknowledged").count() == 1


def test_where_to_go_back_to_is_never_another_site(client_of, reviewer, text):
    for bad in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = client_of(reviewer).post(f"/texts/{text.pk}/acknowledge/", {"next": bad})
        assert answer["Location"] == "/", bad


def test_only_an_administrator_publishes_and_freshly_signed_in(client_of, reviewer, administrator):
    given = {"slug": "confidentiality", "title": "Confidentiality", "body": "A text."}
    assert client_of(reviewer).post("/texts/publish/", given).status_code == 404
    assert client_of(administrator).get("/texts/publish/").status_code == 405
    client = client_of(administrator)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 600
    session.save()
    assert client.post("/texts/publish/", given)["Location"].startswith("/accounts/reauthenticate/")
    assert client_of(administrator).post("/texts/publish/", given).status_code == 302
    assert HouseText.objects.get().published_by == administrator
    assert Entry.objects.filter(event="text.published").count() == 1


@pytest.mark.parametrize("wrong", [{"title": ""}, {"body": ""}, {"body": "x" * 20_001}, {"slug": "no slug"}])
def test_an_empty_or_endless_text_is_refused(client_of, administrator, wrong):
    given = {"slug": "confidentiality", "title": "Confidentiality", "body": "A text.", **wrong}
    assert client_of(administrator).post("/texts/publish/", given).status_code == 422
    assert not HouseText.objects.exists()


def test_no_html_of_a_text_reaches_a_page(client_of, reviewer, administrator, now):
    bad = publish("house", "<b>Title", "<script>alert(1)</script>", acting_user=administrator, now=now)
    page = client_of(reviewer).get(f"/texts/{bad.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<b>Title" not in page


def test_a_program_with_a_token_is_not_asked(api_of, reviewer, text):
    assert api_of(reviewer).get("/api/v1/me/pace/").status_code == 200


def test_once_settled_a_page_asks_the_database_nothing_more(client_of, reviewer, text, django_assert_max_num_queries):
    client = client_of(reviewer)
    client.post(f"/texts/{text.pk}/acknowledge/")
    client.get("/texts/")
    client.get("/notices/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get("/notices/")
    assert not [one for one in seen.captured_queries if "acknowledgement" in one["sql"] or "housetext" in one["sql"]]


def test_no_socket_opens_for_a_session_that_owes_one(client_of, reviewer, text, now):
    cookie = f"earshot_session={client_of(reviewer).cookies['earshot_session'].value}".encode()
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookie)]
    let_in = []

    async def room(scope, receive, send):
        let_in.append(scope["user"].is_authenticated)

    door = admitted(room, what_stands_between)
    asyncio.run(door({"type": "websocket", "path": "/ws/live/", "headers": headers}, None, None))
    acknowledge(text.pk, acting_user=reviewer, now=now)
    asyncio.run(door({"type": "websocket", "path": "/ws/live/", "headers": headers}, None, None))
    assert let_in == [False, True]
