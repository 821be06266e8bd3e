"""What somebody said in rooms is their own to take away, as it is kept: masked, and without anybody else's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from project.accounts.models import User
from tests.rooms.cast import Post
from wellbeing.models import Membership, Room

pytestmark = pytest.mark.django_db


def test_the_export_has_ones_own_messages_and_nobody_elses(
    room: Room, post: Post, reviewer: User, other_reviewer: User, client_of: Callable[..., Client]
) -> None:
    post(reviewer, "my card is 4111 1111 1111 1111")
    post(other_reviewer, "somebody else spoke")
    body = client_of(reviewer).get("/check-ins/export/").json()
    assert [(one["room"], one["text"]) for one in body["messages"]] == [
        (room.slug, "my card is [card number removed]"),
    ]
    pseudonym = Membership.objects.get(room=room, person=reviewer).pseudonym
    assert [(one["room__slug"], one["pseudonym"]) for one in body["rooms"]] == [(room.slug, pseudonym)]
