"""Two moderators at once: whatever they do, one of them acts and the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from project.accounts.models import Role, User
from project.ledger.models import Entry
from tests.cast import make_user
from tests.races.conftest import Outcome
from tests.rooms.cast import Post, member, post, room
from wellbeing.actions import appeals, moderation, private_sessions
from wellbeing.actions.appeals import appeal_removal, decide_appeal
from wellbeing.actions.moderation import release_message, remove_message
from wellbeing.actions.private_sessions import accept_session, request_session
from wellbeing.models import Alert, Appeal, Membership, Message, PrivateSession, Room
from wellbeing.room_errors import Overtaken

__all__ = ["member", "post", "room"]  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)
Together = Callable[..., list[Outcome]]
HELD = "just kill yourself"


def one_was_overtaken(outcomes: list[Outcome]) -> bool:
    lost = [outcome.error for outcome in outcomes if not outcome.succeeded]
    return len(lost) == len(outcomes) - 1 and all(isinstance(error, Overtaken) for error in lost)


def both_decide(message: Message, one: User, two: User, now: datetime) -> list[Callable[[], object]]:
    """One shows a held message, the other removes it; both saw its first version."""
    return [
        lambda: release_message(message.pk, version=0, acting_user=one, now=now),
        lambda: remove_message(message.pk, Message.Removal.ABUSE, version=0, acting_user=two, now=now),
    ]


def acts_on(message: Message) -> int:
    events = ["message.released", "message.removed"]
    return Entry.objects.filter(subject_id=str(message.pk), event__in=events).count()


def test_a_held_message_is_shown_or_removed_and_never_both(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime, together: Together
) -> None:
    for _ in range(4):
        message = post(reviewer, HELD).message
        assert one_was_overtaken(together(*both_decide(message, moderator, other_moderator, now)))
        assert acts_on(message) == 1
        message.refresh_from_db()
        assert (message.state, message.version) in {("shown", 1), ("removed", 1)}
        assert Alert.objects.get(message=message).resolved_by in {moderator, other_moderator}


def test_without_the_lock_both_act(
    room: Room,
    post: Post,
    reviewer: User,
    moderator: User,
    other_moderator: User,
    now: datetime,
    together: Together,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If this fails, the test above proves nothing. The removal is written last: of the other order PostgreSQL refuses
    the second, because words that are kept for an appeal are a removed message's alone."""
    message = post(reviewer, HELD).message
    both_have_read, released = threading.Barrier(2), threading.Event()

    def read(message_id: UUID, version: int, *, acting_user: User) -> tuple[Room, Message]:
        seen = Message.objects.select_related("room", "author__person").get(pk=message_id)
        assert seen.version == version
        both_have_read.wait(30)
        assert acting_user == moderator or released.wait(30)
        return seen.room, seen

    def release_first() -> None:
        release()
        released.set()

    release, remove = both_decide(message, moderator, other_moderator, now)
    monkeypatch.setattr(moderation, "lock_message", read)
    assert all(outcome.succeeded for outcome in together(release_first, remove))
    assert acts_on(message) == 2


@pytest.fixture
def asked(room: Room, post: Post, reviewer: User, moderator: User, now: datetime) -> Appeal:
    """The author's appeal against a removal by the moderator on duty."""
    message = post(reviewer, "hm").message
    remove_message(message.pk, Message.Removal.OTHER, version=0, acting_user=moderator, now=now)
    return appeal_removal(message.pk, "why?", acting_user=reviewer, now=now).appeal


@pytest.fixture
def third(room: Room, now: datetime) -> User:
    third = make_user("third", Role.MODERATOR)
    Membership.objects.create(room=room, person=third, pseudonym="Third One", joined_at=now)
    return third


def decides(asked: Appeal, who: User, now: datetime, *, restore: bool) -> Callable[[], object]:
    return lambda: decide_appeal(asked.pk, restore=restore, version=0, acting_user=who, now=now)


def decisions() -> int:
    return Entry.objects.filter(event__in=["appeal.upheld", "appeal.restored"]).count()


def test_an_appeal_is_decided_once(
    asked: Appeal, third: User, other_moderator: User, now: datetime, together: Together
) -> None:
    whos = ((other_moderator, True), (third, False), (other_moderator, False))
    assert one_was_overtaken(together(*(decides(asked, who, now, restore=restore) for who, restore in whos)))
    assert decisions() == 1


def test_without_the_lock_an_appeal_is_both_granted_and_refused(
    asked: Appeal,
    third: User,
    other_moderator: User,
    now: datetime,
    together: Together,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If this fails, the test above proves nothing."""
    both_have_read = threading.Barrier(2)

    def read(appeal: Appeal) -> tuple[Room, Message, Appeal]:
        message = Message.objects.select_related("room", "author__person", "removed_by").get(pk=appeal.message_id)
        seen = Appeal.objects.get(pk=appeal.pk)
        both_have_read.wait(30)
        return message.room, message, seen

    monkeypatch.setattr(appeals, "lock_appeal", read)
    both = decides(asked, other_moderator, now, restore=True), decides(asked, third, now, restore=False)
    assert all(outcome.succeeded for outcome in together(*both))
    assert decisions() == 2
    told = User.objects.get(pk=asked.message.author.person_id).notices
    assert set(told.values_list("code", flat=True)) >= {"room-appeal-restored", "room-appeal-upheld"}


def two_accept(session: PrivateSession, one: User, two: User, now: datetime) -> list[Callable[[], object]]:
    return [
        lambda who=who: accept_session(session.pk, version=0, acting_user=who, now=now)  # type: ignore[misc]
        for who in (one, two)
    ]


def test_one_of_two_counsellors_who_accept_at_once_has_the_session(
    reviewer: User, moderator: User, other_moderator: User, now: datetime, together: Together
) -> None:
    session = request_session(acting_user=reviewer, now=now)
    assert one_was_overtaken(together(*two_accept(session, moderator, other_moderator, now)))
    session.refresh_from_db()
    assert Room.objects.get().memberships.count() == 2
    assert session.counsellor in {moderator, other_moderator}


def test_without_the_lock_both_would_sit_in_a_room_with_the_person(
    reviewer: User,
    moderator: User,
    other_moderator: User,
    now: datetime,
    together: Together,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If this fails, the test above proves nothing."""
    session = request_session(acting_user=reviewer, now=now)
    both_have_read = threading.Barrier(2)

    def read(session_id: UUID, version: int, *states: str) -> PrivateSession:
        seen = PrivateSession.objects.select_related("person", "counsellor").get(pk=session_id)
        assert seen.version == version
        both_have_read.wait(30)
        return seen

    monkeypatch.setattr(private_sessions, "lock_session", read)
    assert all(outcome.succeeded for outcome in together(*two_accept(session, moderator, other_moderator, now)))
    assert Membership.objects.filter(person=reviewer, left_at=None).count() == 2
