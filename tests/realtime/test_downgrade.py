"""Somebody who may no longer, with a socket open: nothing that follows reaches them, and nothing of theirs is taken.

What ended it and what is said next follow each other at once: no poll of two seconds lies between them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client as Browser
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from project.accounts.access import Role
from project.accounts.actions.accounts import deactivate
from project.accounts.actions.sessions import end_all, end_session
from project.accounts.actions.tokens import withdraw_token
from project.accounts.models import ApiToken, Session, Team, User
from project.notices import tell
from project.notices.kinds import PROPOSAL_WAITS
from tests.cast import make_user
from tests.realtime.server import Client, Server
from tests.realtime.test_session import cookie
from tests.rooms.cast import Post
from wellbeing.actions.private_sessions import accept_session, request_session
from wellbeing.actions.rooms import add_member, end_membership
from wellbeing.models import Membership, Message, Room

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Browser]
BY_SESSION = ("signed out elsewhere", "signed out everywhere", "session of a closed account")
HOW = ("role taken", "made a boss", "taken out", "account closed", "token withdrawn", *BY_SESSION)


def end(how: str, person: User, now: datetime) -> None:
    """What happens to this person, by the acts that do it."""
    if how == "role taken":
        User.objects.filter(pk=person.pk).update(roles=[Role.AUDITOR.value])
    elif how == "made a boss":
        User.objects.filter(pk=person.pk).update(roles=[Role.REVIEWER.value, Role.SUPERVISOR.value])
    elif how == "taken out":
        end_membership(Membership.objects.get(person=person).pk, acting_user=None, now=now)
    elif how == "token withdrawn":
        withdraw_token(ApiToken.objects.get(user=person).digest, acting_user=person, now=now)
    elif how == "signed out elsewhere":
        end_session(Session.objects.get(user=person).handle, acting_user=person, now=now)
    elif how == "signed out everywhere":
        end_all(acting_user=person, now=now)
    else:
        deactivate(person.pk, acting_user=None, now=now)


def still_says(client: Client, text: str) -> None:
    with contextlib.suppress(ConnectionClosed):  # closed already
        client.post(text)


def test_a_room_tells_nothing_more_and_takes_nothing_more(
    web: Server, room: Room, post: Post, reviewer: User, team: Team, client_of: SignIn, now: datetime
) -> None:
    own, sockets, people = f"http://127.0.0.1:{web.port}", {}, {}
    for number, how in enumerate(HOW):
        people[how] = make_user(f"leaver-{number}", Role.REVIEWER, team=team)
        add_member(room.pk, people[how].pk, acting_user=None, now=now)
    for how in HOW:
        sockets[how] = (
            Client(web.open(room.slug, cookie(client_of(people[how])), origin=own))
            if how in BY_SESSION
            else web.enter(room.slug, people[how])
        )
    stays = web.enter(room.slug, reviewer)
    for client in (stays, *sockets.values()):
        assert client.resume() == []
    for how in HOW:
        end(how, people[how], timezone.now())
    post(reviewer, "not for you")
    for how, client in sockets.items():
        still_says(client, f"from beyond: {how}")
        assert client.closed_with() in {4401, 4404}, how
        assert [frame["type"] for frame in client.frames if frame["type"] != "room"] == [], how
    assert stays.until("message")["text"] == "not for you"
    assert Message.objects.count() == 1


def test_a_counsellor_who_is_none_any_more_leaves_the_private_session(
    web: Server, room: Room, reviewer: User, moderator: User, now: datetime
) -> None:
    asked = request_session(acting_user=reviewer, now=now)
    session = accept_session(asked.pk, version=asked.version, acting_user=moderator, now=now)
    assert session.room is not None
    theirs, counsellors = web.enter(session.room.slug, reviewer), web.enter(session.room.slug, moderator)
    theirs.resume(), counsellors.resume()
    User.objects.filter(pk=moderator.pk).update(roles=[Role.AUDITOR.value])
    theirs.post("are you there?")
    assert theirs.until("error")["code"] == "read-only"  # nobody would read it
    still_says(counsellors, "I still am")
    assert counsellors.closed_with() == 4404
    assert "message" not in {frame["type"] for frame in counsellors.frames}
    assert not Message.objects.exists()


def test_an_open_page_is_nudged_no_more(web: Server, room: Room, team: Team, client_of: SignIn, now: datetime) -> None:
    own, sockets, people = f"http://127.0.0.1:{web.port}", {}, {}
    stays = make_user("reader-who-stays", Role.REVIEWER, team=team)
    here = Client(web.open_at("/ws/live/", cookie(client_of(stays)), origin=own))
    here.until("live")
    tell(stays, PROPOSAL_WAITS, now=now, about=stays)
    here.until("changed")  # from here on this process hears, and nudges nobody for having begun to
    for number, how in enumerate(("role taken", *BY_SESSION)):
        people[how] = make_user(f"reader-{number}", Role.REVIEWER, team=team)
        sockets[how] = Client(web.open_at("/ws/live/", cookie(client_of(people[how])), origin=own))
        sockets[how].until("live")
        sockets[how].frames.clear()
    for how, person in people.items():
        end(how, person, timezone.now())
        User.objects.filter(pk=person.pk, roles=[Role.AUDITOR.value]).update(roles=[])  # an auditor has pages too
        tell(person, PROPOSAL_WAITS, now=now, about=person)
    for how, client in sockets.items():
        assert client.closed_with() == 4401, how
        assert client.frames == [], how
    here.leave()
