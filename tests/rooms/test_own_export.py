"""What somebody said in rooms is their own to take away, as it is kept: masked, and without anybody else's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from project.accounts.models import User
from tests.rooms.cast import Post
from wellbeing.actions.appeals import appeal_removal
from wellbeing.actions.messages import report_message
from wellbeing.actions.moderation import remove_message
from wellbeing.actions.private_sessions import request_session
from wellbeing.models import Membership, Message, Room, Unmasking

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


def test_what_one_asked_of_moderators_is_ones_own_too(
    room: Room,
    post: Post,
    member: Callable[[User], Membership],
    reviewer: User,
    other_reviewer: User,
    moderator: User,
    other_moderator: User,
    client_of: Callable[..., Client],
    now: datetime,
) -> None:
    words = "unkind marmalade"
    theirs = post(other_reviewer, words).message
    assert theirs.number is not None
    report_message(member(reviewer).pk, theirs.number, "it hurt, call 0722 123 456", acting_user=reviewer, now=now)
    own = post(reviewer, "mine").message
    remove_message(own.pk, Message.Removal.OTHER, version=0, acting_user=moderator, now=now)
    appeal_removal(own.pk, "it was about breakfast", acting_user=reviewer, now=now)
    request_session(acting_user=reviewer, now=now)
    Unmasking.objects.create(
        membership=member(reviewer), proposer=moderator, approver=other_moderator, reason="danger-to-life",
        unmasked_at=now, readable_until=now,
    )  # fmt: skip
    answer = client_of(reviewer).get("/check-ins/export/")
    body = answer.json()
    assert [(one["room"], one["reason"]) for one in body["reports"]] == [
        (room.slug, "it hurt, call [phone number removed]")
    ]
    assert [(one["state"], one["text"]) for one in body["appeals"]] == [("open", "it was about breakfast")]
    assert [one["state"] for one in body["private_sessions"]] == ["waiting"]
    assert [one["reason"] for one in body["lifted_pseudonyms"]] == ["danger-to-life"]
    others = [words, member(other_reviewer).pseudonym, moderator.email, str(moderator.pk), str(other_reviewer.pk)]
    assert not [one for one in others if one in answer.content.decode()]
    empty = client_of(other_reviewer).get("/check-ins/export/").json()
    assert [empty[name] for name in ("reports", "appeals", "private_sessions", "lifted_pseudonyms")] == [[], [], [], []]
