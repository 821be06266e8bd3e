"""Rooms for tests: one with two reviewers and two moderators, one of them on duty round the clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from project.accounts.models import User
from wellbeing.actions.messages import Posted, post_message
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Membership, Room

Post = Callable[..., Posted]


@pytest.fixture
def room(reviewer: User, other_reviewer: User, moderator: User, other_moderator: User, now: datetime) -> Room:
    room = create_room(slug=f"room-{uuid4().hex[:8]}", name="A room", acting_user=None, now=now)
    for person in (reviewer, other_reviewer, moderator, other_moderator):
        add_member(room.pk, person.pk, acting_user=None, now=now)
    roster(room.pk, moderator.pk, starts_at=now - timedelta(hours=1), acting_user=None, now=now)
    return room


@pytest.fixture
def member(room: Room) -> Callable[[User], Membership]:
    return lambda person: Membership.objects.get(room=room, person=person)


@pytest.fixture
def post(room: Room, member: Callable[[User], Membership]) -> Post:
    """Post as a person, with a client id of its own unless one is given."""

    def posting(person: User, text: str, client_id: str = "", now: datetime | None = None) -> Posted:
        return post_message(
            member(person).pk,
            client_id=client_id or uuid4().hex,
            text=text,
            acting_user=person,
            now=now or timezone.now(),
        )

    return posting
