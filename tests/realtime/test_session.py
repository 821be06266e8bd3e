"""Browsers come with a session and an origin."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from project.accounts.models import User
from tests.realtime.server import Client, Server
from wellbeing.models import Room

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Browser]


def cookie(browser: Browser) -> dict[str, str]:
    return {"Cookie": f"earshot_session={browser.cookies['earshot_session'].value}"}


def test_a_session_of_our_own_origin_enters(web: Server, room: Room, reviewer: User, client_of: SignIn) -> None:
    own = f"http://127.0.0.1:{web.port}"
    client = Client(web.open(room.slug, cookie(client_of(reviewer)), origin=own))
    client.post("by session")
    assert client.until("message")["mine"] is True


def test_a_session_without_an_origin_does_not(web: Server, room: Room, reviewer: User, client_of: SignIn) -> None:
    assert Client(web.open(room.slug, cookie(client_of(reviewer)))).closed_with() == 4401


def test_signing_out_ends_the_socket(web: Server, room: Room, reviewer: User, client_of: SignIn) -> None:
    browser = client_of(reviewer)
    client = Client(web.open(room.slug, cookie(browser), origin=f"http://127.0.0.1:{web.port}"))
    client.resume()
    browser.logout()
    assert client.closed_with(timeout=6) == 4401
