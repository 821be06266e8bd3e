"""A walk over every act of every socket: every role, a member, a member of another room, and nobody.

The table of expectations (tests/accounts/expectations.py) says who gets what; docs/access-table.md shows it.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from importlib import import_module, util
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from websockets.exceptions import ConnectionClosed

from project.accounts.access import Role
from project.accounts.models import User
from tests.accounts.expectations import SOCKETS
from tests.cast import make_user
from tests.realtime.server import Client, Server
from tests.rooms.cast import Post
from wellbeing.actions.messages import post_message
from wellbeing.actions.private_sessions import accept_session, request_session
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Alert, Membership, Message, Report, Room

pytestmark = pytest.mark.django_db(transaction=True)


def sockets() -> dict[str, set[str]]:
    """Every socket's address with its acts, from the code."""
    found = {}
    for app in apps.get_app_configs():
        if util.find_spec(f"{app.name}.routing"):
            for route in getattr(import_module(f"{app.name}.routing"), "websocket_urlpatterns", ()):
                acts = getattr(route.callback.consumer_class, "acts", {})
                found[str(route.pattern)] = {"open", *acts}
    return found


def test_every_socket_and_every_act_stands_in_the_table() -> None:
    assert sockets() == {path: set(acts) for path, acts in SOCKETS.items()}


@pytest.fixture
def elsewhere(far_reviewer: User, now: datetime) -> Room:
    """A room that the other one shares nobody with, and what was said there."""
    keeper = make_user("keeper", Role.MODERATOR)
    room = create_room(slug=f"room-{uuid4().hex[:8]}", name="Elsewhere", acting_user=None, now=now)
    for person in (far_reviewer, keeper):
        add_member(room.pk, person.pk, acting_user=None, now=now)
    roster(room.pk, keeper.pk, starts_at=now - timedelta(hours=1), acting_user=None, now=now)
    return room


def every_act(client: Client, number: int, message: Any) -> None:
    """Each act of a room, one behind the other, whatever is answered."""
    for frame in (
        {"type": "resume", "after": 0},
        {"type": "post", "client_id": "walker", "text": "from the walk"},
        {"type": "report", "message_id": number, "reason": "from the walk"},
        {"type": "attend"},
        {"type": "typing"},
        {"type": "about", "message": str(message), "answer": "me"},
    ):
        with contextlib.suppress(ConnectionClosed):  # the server may have closed it already
            client.send(**frame)


def test_rooms_let_their_members_act_and_nobody_else(
    web: Server, room: Room, elsewhere: Room, post: Post, reviewer: User, other_reviewer: User, far_reviewer: User,
    moderator: User, supervisor: User, legal: User, auditor: User, administrator: User, works_council: User,
    ingest_service: User, stranger: User,
) -> None:  # fmt: skip
    said = post(reviewer, "I want to die").message
    outside = (
        far_reviewer, supervisor, legal, auditor, administrator, works_council, ingest_service, stranger, None,
    )  # fmt: skip
    for person in outside:
        client = web.enter(room.slug, person)
        every_act(client, said.number, said.pk)
        assert client.closed_with() == (4404 if person else 4401), person
        assert client.frames == [], person
    assert (Message.objects.count(), Report.objects.count(), Alert.objects.get().about) == (1, 0, "")
    for person in (other_reviewer, moderator):
        client = web.enter(room.slug, person)
        every_act(client, said.number, said.pk)
        assert client.until("error")["code"] == "absent"  # `about` is for whoever wrote the message, and comes last
        assert {frame["type"] for frame in client.frames} == {"message", "room", "reported", "error"}
        client.leave()
    assert Report.objects.count() == 2


def test_what_is_of_another_room_is_absent(
    web: Server, room: Room, elsewhere: Room, far_reviewer: User, reviewer: User, now: datetime
) -> None:
    theirs = Membership.objects.get(room=elsewhere, person=far_reviewer)
    for count in range(3):
        post_message(theirs.pk, client_id=str(count), text="I want to die", acting_user=far_reviewer, now=now)
        now += timedelta(seconds=2)
    foreign = Message.objects.order_by("number").last()
    assert foreign is not None
    client = web.enter(room.slug, reviewer)
    assert client.resume() == []
    client.send(type="report", message_id=foreign.number, reason="of another room")
    client.send(type="about", message=str(foreign.pk), answer="me")
    client.send(type="about", message=str(uuid4()), answer="me")
    told = [client.read() for _ in range(3)]
    assert {frame["code"] for frame in told} == {"absent"}
    assert told[1] == told[2]
    assert not Report.objects.exists()
    assert set(Alert.objects.values_list("about", flat=True)) == {""}


def test_a_private_session_is_open_to_the_two_and_to_nobody_else(
    web: Server, room: Room, reviewer: User, other_reviewer: User, moderator: User, other_moderator: User,
    supervisor: User, now: datetime,
) -> None:  # fmt: skip
    asked = request_session(acting_user=reviewer, now=now)
    session = accept_session(asked.pk, version=asked.version, acting_user=moderator, now=now)
    assert session.room is not None
    for person in (other_reviewer, other_moderator, supervisor, None):
        client = web.enter(session.room.slug, person)
        every_act(client, 1, uuid4())
        assert client.closed_with() == (4404 if person else 4401)
        assert client.frames == []
    assert not Message.objects.exists()
    one, two = web.enter(session.room.slug, reviewer), web.enter(session.room.slug, moderator)
    one.resume(), two.resume()
    one.post("can we talk")
    assert two.until("message")["text"] == "can we talk"
