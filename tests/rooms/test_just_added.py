"""Somebody becomes a member and sits down while the room is being looked at: that look cannot know them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from project.accounts.credentials import Credential
from project.accounts.models import User
from project.beside import in_thread
from wellbeing import feeds
from wellbeing.actions.rooms import add_member, end_membership
from wellbeing.feeds import Feed
from wellbeing.models import Membership, Room
from wellbeing.seats import NOT_A_MEMBER, Seat
from wellbeing.wires import Block

pytestmark = pytest.mark.django_db(transaction=True)


class Wire:
    """A socket's end that only notes how it was closed."""

    closed_with: int | None = None

    def write(self, block: Block) -> None: ...

    def backlog(self) -> int:
        return 0

    def close(self, code: int) -> None:
        self.closed_with = code


class HeldLook:
    """The real look at the room; its answer is kept back until it is let go, as a slow database would."""

    def __init__(self) -> None:
        self.looked, self.let_go = threading.Event(), threading.Event()
        self._look = feeds.look_at

    def __call__(self, *arguments: Any) -> Any:
        found = self._look(*arguments)
        self.looked.set()
        assert self.let_go.wait(60)
        return found


async def told_of(held: HeldLook, room: Room, sitting: Seat, coming: Seat, now: datetime) -> tuple[int | None, ...]:
    """How the newcomer's socket ended: after the look that could not know them, and after they were taken out."""
    feed = Feed(room.pk)
    feed.seats.add(sitting)
    looking = feed.refresh()
    assert await asyncio.to_thread(held.looked.wait, 60)
    membership: Membership = await in_thread(add_member, room.pk, coming.person_id, acting_user=None, now=now)
    feed.seats.add(coming)
    held.let_go.set()
    await looking
    after_the_look = coming.closing
    await in_thread(end_membership, membership.pk, acting_user=None, now=now)
    await feed.refresh()
    assert sitting.closing is None
    return after_the_look, coming.closing


def test_they_stay_until_they_are_taken_out(
    room: Room, reviewer: User, far_reviewer: User, now: datetime, seat_of: Callable[[User], Seat], monkeypatch: Any
) -> None:
    held = HeldLook()
    monkeypatch.setattr(feeds, "look_at", held)
    ended = asyncio.run(told_of(held, room, seat_of(reviewer), seat_of(far_reviewer), now))
    assert ended == (None, NOT_A_MEMBER)


@pytest.fixture
def seat_of(room: Room) -> Callable[[User], Seat]:
    def seat(person: User) -> Seat:
        browser = Client()
        browser.force_login(person)
        return Seat(Wire(), room.pk, person.pk, Credential("session", browser.session.session_key or ""))

    return seat
