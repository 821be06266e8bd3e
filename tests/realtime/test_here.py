"""Who is here, told to members who let themselves be seen, over real sockets and the real Valkey."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
import redis
from django.conf import settings

from project.accounts.models import User
from tests.realtime.server import PATIENCE, Client, Server
from wellbeing.actions.rooms import end_membership
from wellbeing.announce import CHANNEL
from wellbeing.models import Membership, Room
from wellbeing.presence import Saying

pytestmark = pytest.mark.django_db(transaction=True)


def told(client: Client, *names: str, typing: tuple[str, ...] = ()) -> dict[str, object]:
    """Read until exactly these are told to be here and writing."""
    while True:
        frame = client.until("presence")
        if frame["here"] == sorted(names) and frame["typing"] == sorted(typing):
            return frame


def say_from_elsewhere(saying: Saying) -> None:
    """As another web process would, but with patience for a busy Valkey."""
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.publish(CHANNEL, saying.encoded())


def test_members_see_who_is_here_and_who_writes_as_long_as_it_is_so(
    web: Server,
    room: Room,
    member: Callable[[User], Membership],
    reviewer: User,
    other_reviewer: User,
    moderator: User,
    other_moderator: User,
    now: datetime,
) -> None:
    one, two, unseen = (web.enter(room.slug, person) for person in (reviewer, other_reviewer, moderator))
    first, second = member(reviewer).pseudonym, member(other_reviewer).pseudonym
    for client in (one, two, unseen):
        client.resume()
    one.send(type="attend")
    told(one, first)
    two.send(type="attend")
    for client in (one, two):
        assert set(told(client, first, second)) == {"type", "count", "here", "typing"}
    two.send(type="typing")
    told(one, first, second, typing=(second,))
    two.post("what I was writing")
    told(one, first, second)

    elsewhere = member(other_moderator).pseudonym  # somebody whose socket is in another process
    say_from_elsewhere(Saying(room.pk, "another", frozenset({elsewhere}), frozenset({elsewhere})))
    told(one, first, second, elsewhere, typing=(elsewhere,))
    told(one, first, second, elsewhere)  # writing is over by itself
    say_from_elsewhere(Saying(room.pk, "another", frozenset(), frozenset()))
    told(one, first, second)

    end_membership(member(other_reviewer).pk, acting_user=None, now=now)
    told(one, first)
    assert two.closed_with() == 4404
    unseen.post("who does not attend is neither counted nor told")
    unseen.until("message")
    assert unseen.presence == []


def test_what_somebody_was_told_while_there_is_not_new_to_them_later(
    web: Server, room: Room, member: Callable[[User], Membership], reviewer: User, other_reviewer: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    one.resume(), two.resume()
    one.post("good evening")
    two.until("message")
    assert member(other_reviewer).read_number == 0
    two.leave()
    until = time.monotonic() + PATIENCE
    while member(other_reviewer).read_number == 0:
        assert time.monotonic() < until, "it is still told as new"
        time.sleep(0.05)
    assert member(other_reviewer).read_number == 1
    assert member(reviewer).read_number == 0  # still there
