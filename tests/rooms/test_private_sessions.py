"""Private sessions: one click to ask, one counsellor, a colleague who goes on, an end; and who never sees any of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from project.ledger.models import Entry
from project.problems import Absent, Invalid
from tests.rooms.cast import Post
from wellbeing.actions.messages import post_message
from wellbeing.actions.moderation import close_room
from wellbeing.actions.private_sessions import (
    accept_session,
    end_session,
    forget_old_sessions,
    move_session,
    remind_of_waiting_sessions,
    request_session,
)
from wellbeing.actions.room_retention import forget_old_messages
from wellbeing.actions.rooms import add_member, roster
from wellbeing.models import Alert, Membership, Message, PrivateSession, Room
from wellbeing.room_errors import NotInPrivate, Overtaken, OwnAct, ReadOnly, RoomClosed

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


@pytest.fixture
def asked(reviewer: User, moderator: User, other_moderator: User, now: datetime) -> PrivateSession:
    return request_session(acting_user=reviewer, now=now)


@pytest.fixture
def opened(asked: PrivateSession, moderator: User, now: datetime) -> PrivateSession:
    return accept_session(asked.pk, version=0, acting_user=moderator, now=now)


def write(session: PrivateSession, person: User, text: str = "hello") -> object:
    own = Membership.objects.get(room=session.room, person=person)
    return post_message(own.pk, client_id=uuid4().hex, text=text, acting_user=person, now=timezone.now())


def test_one_click_a_place_in_the_queue_and_a_room_for_two(
    client_of: SignIn, reviewer: User, moderator: User, other_reviewer: User
) -> None:
    person, counsellor = client_of(reviewer), client_of(moderator)
    assert "Ask for somebody to talk to" in person.get("/rooms/").content.decode()
    assert "You have asked" in person.post("/private/ask/", follow=True).content.decode()
    queue = counsellor.get("/moderation/").content.decode()
    assert "Somebody has asked for a private session" in queue
    assert reviewer.email not in queue
    session = PrivateSession.objects.get()
    page = counsellor.post(f"/private/{session.pk}/accept/", {"version": 0}, follow=True)
    address = page.redirect_chain[-1][0]
    assert "only the two of you read it" in page.content.decode()
    assert person.get(address).status_code == 200
    assert address in person.get("/rooms/").content.decode()
    assert client_of(other_reviewer).get(address).status_code == 404
    assert list(reviewer.notices.values_list("code", flat=True)) == ["session-accepted"]


def test_asked_twice_is_asked_once(asked: PrivateSession, reviewer: User, moderator: User, now: datetime) -> None:
    assert request_session(acting_user=reviewer, now=now).pk == asked.pk
    assert moderator.notices.filter(code="session-asked").count() == 1


def test_both_write_without_any_duty_and_the_colleague_reads_nothing(
    opened: PrivateSession, client_of: SignIn, reviewer: User, moderator: User, other_moderator: User
) -> None:
    write(opened, reviewer), write(opened, moderator)
    assert opened.room is not None
    assert client_of(other_moderator).get(f"/rooms/{opened.room.slug}/").status_code == 404
    assert client_of(other_moderator).get(f"/moderation/rooms/{opened.room.slug}/").status_code == 404


def test_the_second_of_two_counsellors_is_told(
    opened: PrivateSession, client_of: SignIn, other_moderator: User, now: datetime
) -> None:
    with pytest.raises(Overtaken):
        accept_session(opened.pk, version=0, acting_user=other_moderator, now=now)
    late = client_of(other_moderator).post(f"/private/{opened.pk}/accept/", {"version": 1})
    assert late.status_code == 409


def test_nobody_is_their_own_counsellor(moderator: User, now: datetime) -> None:
    own = request_session(acting_user=moderator, now=now)
    with pytest.raises(OwnAct):
        accept_session(own.pk, version=0, acting_user=moderator, now=now)


def test_a_colleague_goes_on_and_the_first_is_out(
    opened: PrivateSession, reviewer: User, moderator: User, other_moderator: User, client_of: SignIn, now: datetime
) -> None:
    write(opened, reviewer, "what I said before")
    moved = move_session(opened.pk, other_moderator.pk, version=1, acting_user=moderator, now=now)
    assert moved.room is not None
    address = f"/rooms/{moved.room.slug}/"
    assert "what I said before" in client_of(other_moderator).get(address).content.decode()
    assert client_of(moderator).get(address).status_code == 404
    assert reviewer.notices.filter(code="session-moved").count() == 1
    write(moved, other_moderator)
    with pytest.raises(Absent):
        move_session(opened.pk, moderator.pk, version=2, acting_user=moderator, now=now)


def test_it_moves_to_counsellors_only(
    opened: PrivateSession, reviewer: User, moderator: User, far_reviewer: User, now: datetime
) -> None:
    for somebody in (reviewer, moderator, far_reviewer):
        with pytest.raises(Invalid):
            move_session(opened.pk, somebody.pk, version=1, acting_user=moderator, now=now)
    with pytest.raises(Absent):
        move_session(opened.pk, moderator.pk, version=1, acting_user=reviewer, now=now)


def test_once_ended_the_person_reads_and_nobody_writes(
    opened: PrivateSession, client_of: SignIn, reviewer: User, moderator: User, now: datetime
) -> None:
    write(opened, reviewer, "thank you")
    ended = client_of(reviewer).post(f"/private/{opened.pk}/end/", {"version": 1}, follow=True)
    assert "It is ended" in ended.content.decode()
    assert opened.room is not None
    address = f"/rooms/{opened.room.slug}/"
    assert "thank you" in client_of(reviewer).get(address).content.decode()
    assert client_of(moderator).get(address).status_code == 404
    with pytest.raises((RoomClosed, ReadOnly)):
        write(opened, reviewer, "one more")
    assert request_session(acting_user=reviewer, now=now).pk != opened.pk


def test_a_request_can_be_taken_back_by_its_person_only(
    asked: PrivateSession, reviewer: User, moderator: User, other_reviewer: User, now: datetime
) -> None:
    for somebody in (moderator, other_reviewer):
        with pytest.raises(Absent):
            end_session(asked.pk, version=0, acting_user=somebody, now=now)
    assert end_session(asked.pk, version=0, acting_user=reviewer, now=now).state == "ended"
    with pytest.raises(Overtaken):
        accept_session(asked.pk, version=0, acting_user=moderator, now=now)


def test_a_counsellor_who_loses_the_role_is_out_and_nobody_writes(
    opened: PrivateSession, reviewer: User, moderator: User, client_of: SignIn
) -> None:
    User.objects.filter(pk=moderator.pk).update(roles=["auditor"])
    with pytest.raises(ReadOnly):
        write(opened, reviewer)
    assert opened.room is not None
    assert client_of(User.objects.get(pk=moderator.pk)).get(f"/rooms/{opened.room.slug}/").status_code == 404


def test_nobody_is_added_rostered_or_shut_out(
    opened: PrivateSession, other_reviewer: User, moderator: User, now: datetime
) -> None:
    assert opened.room is not None
    with pytest.raises(NotInPrivate):
        add_member(opened.room.pk, other_reviewer.pk, acting_user=moderator, now=now)
    with pytest.raises(NotInPrivate):
        roster(opened.room.pk, moderator.pk, starts_at=now, acting_user=moderator, now=now)
    with pytest.raises(NotInPrivate):
        close_room(opened.room.slug, version=0, acting_user=moderator, now=now)


def test_after_a_quarter_of_an_hour_everybody_is_asked_again_once(
    asked: PrivateSession, moderator: User, other_moderator: User, now: datetime
) -> None:
    assert remind_of_waiting_sessions(now=now + timedelta(minutes=14)) == 0
    assert remind_of_waiting_sessions(now=now + timedelta(minutes=15)) == 1
    assert remind_of_waiting_sessions(now=now + timedelta(minutes=16)) == 0
    for counsellor in (moderator, other_moderator):
        assert counsellor.notices.filter(code="session-waits").count() == 1


def test_signs_of_a_crisis_page_the_counsellor(opened: PrivateSession, reviewer: User, moderator: User) -> None:
    write(opened, reviewer, "I want to die")
    assert Alert.objects.get().first_paged == moderator


def test_the_ledger_tells_each_step_and_not_for_whom(
    opened: PrivateSession, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    move_session(opened.pk, other_moderator.pk, version=1, acting_user=moderator, now=now)
    end_session(opened.pk, version=2, acting_user=reviewer, now=now)
    steps = Entry.objects.filter(event__startswith="session.").order_by("pk")
    assert [(step.event, step.actor_id) for step in steps] == [
        ("session.requested", None),
        ("session.accepted", moderator.pk),
        ("session.moved", moderator.pk),
        ("session.ended", None),
    ]
    assert str(reviewer.pk) not in str([step.facts for step in steps])


def test_that_somebody_asked_is_forgotten(
    opened: PrivateSession, reviewer: User, room: Room, post: Post, now: datetime
) -> None:
    end_session(opened.pk, version=1, acting_user=reviewer, now=now)
    assert forget_old_sessions(now=now + timedelta(days=89)) == 0
    assert forget_old_sessions(now=now + timedelta(days=91)) == 1
    assert not PrivateSession.objects.exists()
    assert not Room.objects.filter(kind="private").exists()
    assert not Membership.objects.filter(person=reviewer).exclude(room=room).exists()


def test_a_session_row_that_is_gone_leaves_nobody_in_the_room(
    opened: PrivateSession, client_of: SignIn, reviewer: User, moderator: User, now: datetime
) -> None:
    write(opened, reviewer, "between us")
    room = opened.room
    assert room is not None
    PrivateSession.objects.filter(pk=opened.pk).delete()  # by whatever hand: no action of ours
    assert Membership.objects.filter(room=room, left_at=None).count() == 0
    room.refresh_from_db()
    assert room.is_closed
    for person in (reviewer, moderator):
        assert client_of(person).get(f"/rooms/{room.slug}/").status_code == 404
    forget_old_sessions(now=now + timedelta(days=91))
    assert Room.objects.filter(pk=room.pk).exists()  # while a word is left
    Message.objects.all().delete()
    forget_old_messages(now=now + timedelta(days=92))
    forget_old_sessions(now=now + timedelta(days=92))
    assert not Room.objects.filter(pk=room.pk).exists()
