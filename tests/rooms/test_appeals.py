"""A removed message: its author is told why and may ask once; another moderator decides; words live no longer."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from project.accounts.models import User
from project.ledger.models import Entry
from project.problems import Absent, Invalid
from tests.rooms.cast import Post
from wellbeing.actions.alerts import page_second_moderators, resolve_alert
from wellbeing.actions.appeals import APPEAL_WINDOW, appeal_removal, decide_appeal, destroy_kept_words
from wellbeing.actions.moderation import hold_message, remove_message, restore_message
from wellbeing.actions.own import everything_of
from wellbeing.actions.room_retention import oldest_overdue
from wellbeing.feeds import frame_for
from wellbeing.history import happened_after, latest
from wellbeing.models import Alert, Appeal, Message, Room
from wellbeing.queue import queue_for
from wellbeing.room_errors import NoAppeal, NotTheRemover, Overtaken, OwnAct

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
Why = Message.Removal
WORDS = "tired of marmalade"


@pytest.fixture
def removed(room: Room, post: Post, reviewer: User, other_reviewer: User, moderator: User, now: datetime) -> Message:
    """A message of the reviewer that the moderator on duty removed, with one before it and one after."""
    post(other_reviewer, "before")
    message = post(reviewer, WORDS).message
    post(other_reviewer, "after")
    return remove_message(message.pk, Why.HARMFUL, version=0, acting_user=moderator, now=now)


@pytest.fixture
def asked(removed: Message, reviewer: User, now: datetime) -> Appeal:
    return appeal_removal(removed.pk, "It was about my breakfast", acting_user=reviewer, now=now).appeal


def told(room: Room, person: User, after: int = 0) -> list[dict[str, object]]:
    happenings, upto, more = happened_after(room.pk, after)
    assert not more
    assert upto == Room.objects.get(pk=room.pk).last_number
    return [frame_for(one, person.pk) for one in happenings]


def test_the_author_alone_is_told_why_in_the_room_and_by_a_notice(
    room: Room, removed: Message, client_of: SignIn, reviewer: User, other_reviewer: User
) -> None:
    own, others = told(room, reviewer)[-1], told(room, other_reviewer)[-1]
    assert own["because"] == "harmful"
    assert own["about"] == f"/removed/{removed.pk}/"
    assert set(others) == {"type", "id", "number"}
    assert reviewer.notices.get().code == "room-message-removed"
    assert "could harm" in client_of(reviewer).get(f"/rooms/{room.slug}/").content.decode()
    assert WORDS in client_of(reviewer).get(f"/removed/{removed.pk}/").content.decode()
    for somebody in (other_reviewer, None):
        answer = client_of(somebody).get(f"/removed/{removed.pk}/")
        assert answer.status_code in {302, 404}
        assert WORDS not in answer.content.decode()


@pytest.mark.parametrize("why", [Why.PERSONAL_DATA, Why.CLIP_CONTENT])
def test_what_must_not_exist_is_gone_at_once_and_no_appeal_brings_it_back(
    room: Room, post: Post, client_of: SignIn, reviewer: User, moderator: User, now: datetime, why: Why
) -> None:
    message = post(reviewer, WORDS).message
    remove_message(message.pk, why, version=0, acting_user=moderator, now=now)
    assert Message.objects.get().sealed_text is None
    with pytest.raises(NoAppeal):
        appeal_removal(message.pk, "please", acting_user=reviewer, now=now)
    with pytest.raises(NoAppeal):
        restore_message(message.pk, version=1, acting_user=moderator, now=now)
    assert "words are destroyed" in client_of(reviewer).get(f"/removed/{message.pk}/").content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():  # nor can anything else keep them
        Message.objects.update(sealed_text=b"x", kept_until=now)


def test_a_colleague_puts_it_back_where_it_was_for_everybody(
    room: Room, asked: Appeal, client_of: SignIn, reviewer: User, other_reviewer: User, other_moderator: User
) -> None:
    page = client_of(other_moderator).get("/moderation/").content.decode()
    assert "It was about my breakfast" in page
    assert reviewer.email not in page
    before = Room.objects.get().last_number
    client_of(other_moderator).post(f"/moderation/appeals/{asked.pk}/decide/", {"version": 0, "decision": "restore"})
    assert [shown.text for shown in latest(room.pk)] == ["before", WORDS, "after"]
    (back,) = told(room, other_reviewer, before)
    assert (back["type"], back["id"], back["text"]) == ("restored", 2, WORDS)
    assert back["number"] == before + 1
    assert told(room, reviewer, before)[0]["mine"] is True
    whole = told(room, other_reviewer)
    assert [(frame["type"], frame["id"]) for frame in whole] == [
        ("message", 1), ("message", 2), ("message", 3), ("removed", 2), ("restored", 2),
    ]  # fmt: skip
    assert reviewer.notices.filter(code="room-appeal-restored").count() == 1
    assert "in its place" in client_of(reviewer).get(f"/removed/{asked.message_id}/").content.decode()
    assert not Alert.objects.exclude(state="resolved").exists()


def test_a_removal_that_stands_destroys_the_words_of_both(
    asked: Appeal, reviewer: User, other_moderator: User, now: datetime
) -> None:
    decided = decide_appeal(asked.pk, restore=False, version=0, acting_user=other_moderator, now=now)
    message = Message.objects.get(pk=asked.message_id)
    assert (decided.sealed_text, message.sealed_text, message.kept_until) == (None, None, None)
    assert reviewer.notices.filter(code="room-appeal-upheld").count() == 1
    with pytest.raises(NoAppeal):
        appeal_removal(message.pk, "again", acting_user=reviewer, now=now)
    with pytest.raises(Overtaken):
        decide_appeal(asked.pk, restore=True, version=0, acting_user=other_moderator, now=now)


def test_neither_the_remover_nor_a_stranger_decides(
    asked: Appeal, client_of: SignIn, moderator: User, other_reviewer: User, supervisor: User, now: datetime
) -> None:
    with pytest.raises(NotTheRemover):
        decide_appeal(asked.pk, restore=False, version=0, acting_user=moderator, now=now)
    address = f"/moderation/appeals/{asked.pk}/decide/"
    assert client_of(moderator).post(address, {"version": 0, "decision": "restore"}).status_code == 409
    assert client_of(moderator).get(address).status_code == 405
    for user in (other_reviewer, supervisor):
        assert client_of(user).post(address, {"version": 0, "decision": "restore"}).status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.update(state="upheld", decided_by=moderator, decided_at=now, sealed_text=None)


def test_only_the_author_appeals_and_once(
    removed: Message, client_of: SignIn, reviewer: User, other_reviewer: User, now: datetime
) -> None:
    with pytest.raises(Absent):
        appeal_removal(removed.pk, "not mine", acting_user=other_reviewer, now=now)
    address = f"/removed/{removed.pk}/appeal/"
    assert client_of(other_reviewer).post(address, {"text": "x"}).status_code == 404
    for text in (" ", "x" * 1001):
        with pytest.raises(Invalid):
            appeal_removal(removed.pk, text, acting_user=reviewer, now=now)
    page = client_of(reviewer).post(address, {"text": "call 4111 1111 1111 1111"}, follow=True).content.decode()
    assert "You asked for a second look" in page
    assert client_of(reviewer).post(address, {"text": "again"}).status_code == 409
    assert Appeal.objects.count() == 1


def test_an_appeal_is_masked_and_signs_of_a_crisis_in_it_are_as_urgent_as_in_the_room(
    room: Room, removed: Message, client_of: SignIn, reviewer: User, other_moderator: User, now: datetime
) -> None:
    answer = client_of(reviewer).post(
        f"/removed/{removed.pk}/appeal/", {"text": "I want to die, card 4111 1111 1111 1111"}
    )
    assert answer.headers["Location"] == "/help/"
    alert = Alert.objects.get(kind="appeal")
    assert alert.level == "red"
    (waiting,) = queue_for(other_moderator, now)
    assert "[card number removed]" in waiting.appeal_text


def test_an_appeal_waits_in_the_queue_with_a_clock_of_its_own_beside_signs_of_a_crisis(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    message = post(reviewer, "I want to die").message
    remove_message(message.pk, Why.OTHER, version=0, acting_user=moderator, now=now)
    appeal_removal(message.pk, "why?", acting_user=reviewer, now=now)
    assert set(Alert.objects.exclude(state="resolved").values_list("kind", flat=True)) == {"crisis", "appeal"}
    appeal = Alert.objects.get(kind="appeal")
    assert appeal.first_paged is None  # the only one on duty removed it
    with pytest.raises(Overtaken):
        resolve_alert(appeal.pk, version=appeal.version, acting_user=other_moderator, now=now)
    Alert.objects.filter(kind="crisis").update(second_paged_at=now)
    assert page_second_moderators(now=now + timedelta(hours=2, minutes=1)) == 1
    assert other_moderator.notices.filter(code="room-alert-half-time").count() == 1
    assert not moderator.notices.filter(code="room-alert-half-time").exists()


def test_a_moderator_takes_a_removal_back_unless_its_author_has_asked(
    room: Room, removed: Message, client_of: SignIn, reviewer: User, moderator: User, now: datetime
) -> None:
    address = f"/moderation/messages/{removed.pk}/restore/"
    assert client_of(reviewer).post(address, {"version": removed.version}).status_code == 404
    assert "Put it back" in client_of(moderator).get(f"/moderation/rooms/{room.slug}/").content.decode()
    assert client_of(moderator).post(address, {"version": removed.version}).status_code == 302
    assert client_of(moderator).post(address, {"version": removed.version}).status_code == 409
    assert [shown.text for shown in latest(room.pk)] == ["before", WORDS, "after"]
    again = remove_message(removed.pk, Why.OTHER, version=removed.version + 1, acting_user=moderator, now=now)
    assert [frame["type"] for frame in told(room, reviewer, 3)] == ["removed", "removed"]  # its return is over
    appeal_removal(removed.pk, "again?", acting_user=reviewer, now=now)
    with pytest.raises(Overtaken):
        restore_message(removed.pk, version=again.version, acting_user=moderator, now=now)


def test_nobody_restores_their_own(
    room: Room, post: Post, moderator: User, other_moderator: User, now: datetime
) -> None:
    message = post(moderator, "mine").message
    removed = remove_message(message.pk, Why.OTHER, version=0, acting_user=other_moderator, now=now)
    with pytest.raises(OwnAct):
        restore_message(message.pk, version=removed.version, acting_user=moderator, now=now)
    appeal = appeal_removal(message.pk, "please", acting_user=moderator, now=now).appeal
    with pytest.raises(OwnAct):
        decide_appeal(appeal.pk, restore=True, version=0, acting_user=moderator, now=now)


def test_one_that_nobody_had_seen_goes_last_and_a_held_one_back_to_where_it_was(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    unseen = post(reviewer, "just kill yourself").message
    seen = post(reviewer, "seen").message
    post(reviewer, "last")
    hold_message(seen.pk, version=0, acting_user=moderator, now=now)
    for message, version in ((unseen, 0), (seen, 1)):
        remove_message(message.pk, Why.ABUSE, version=version, acting_user=moderator, now=now)
    assert told(room, reviewer)[-1]["because"] == "abuse"  # what stood there as held says so now
    for message, version in ((unseen, 1), (seen, 2)):
        restore_message(message.pk, version=version, acting_user=other_moderator, now=now)
    assert [shown.text for shown in latest(room.pk)] == ["seen", "last", "just kill yourself"]


def test_kept_words_are_destroyed_when_their_time_is_over_but_not_under_appeal(
    room: Room, post: Post, asked: Appeal, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    other = post(reviewer, "never asked about").message
    remove_message(other.pk, Why.OTHER, version=0, acting_user=moderator, now=now)
    assert destroy_kept_words(now=now + APPEAL_WINDOW - timedelta(seconds=1)) == 0
    late = now + APPEAL_WINDOW
    assert oldest_overdue(late + timedelta(hours=3)) == "An alert of a support room is more than an hour late."
    with pytest.raises(NoAppeal):
        appeal_removal(other.pk, "too late", acting_user=reviewer, now=late)
    assert destroy_kept_words(now=late) == 1
    assert destroy_kept_words(now=late) == 0
    assert Message.objects.get(pk=other.pk).sealed_text is None
    assert Message.objects.get(pk=asked.message_id).sealed_text is not None
    decide_appeal(asked.pk, restore=False, version=0, acting_user=other_moderator, now=late)


def test_the_ledger_has_each_act_no_words_and_not_who_wrote_it(
    asked: Appeal, reviewer: User, other_moderator: User, now: datetime
) -> None:
    decide_appeal(asked.pk, restore=True, version=0, acting_user=other_moderator, now=now)
    made, decided = Entry.objects.filter(event__startswith="appeal.").order_by("pk")
    assert (made.event, made.actor_id) == ("appeal.made", None)
    assert (decided.event, decided.actor_id) == ("appeal.restored", other_moderator.pk)
    everything = json.dumps(list(Entry.objects.values("facts", "actor_name", "subject_id")), default=str)
    assert not [word for word in ("marmalade", "breakfast", str(reviewer.pk)) if word in everything]


def test_a_person_takes_their_removed_words_and_appeals_out(asked: Appeal, reviewer: User, now: datetime) -> None:
    own = everything_of(reviewer, now=now)
    assert [(said["state"], said["removed_because"], said["text"]) for said in own["messages"]] == [
        ("removed", "harmful", WORDS)
    ]
    assert [one["state"] for one in own["appeals"]] == ["open"]


def test_what_is_not_there_is_absent(room: Room, reviewer: User, moderator: User, now: datetime) -> None:
    with pytest.raises(Absent):
        appeal_removal(uuid4(), "x", acting_user=reviewer, now=now)
    with pytest.raises(Absent):
        decide_appeal(uuid4(), restore=True, version=0, acting_user=moderator, now=now)
