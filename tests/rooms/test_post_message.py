from datetime import timedelta

import pytest

from project import vault
from project.accounts.models import User
from project.ledger.models import Entry
from project.problems import Absent
from tests.rooms.cast import Post
from wellbeing.actions.messages import BURST, post_message
from wellbeing.actions.moderation import close_room, mute_member
from wellbeing.actions.rooms import end_membership
from wellbeing.history import happened_after, latest
from wellbeing.models import Alert, Duty, Membership, Message, Room
from wellbeing.room_errors import BadMessage, Muted, ReadOnly, RoomClosed, TooFast
from wellbeing.sealing import open_message

pytestmark = pytest.mark.django_db

CARD = "4111 1111 1111 1111"


def test_it_is_shown_under_a_pseudonym(room: Room, post: Post, reviewer: User) -> None:
    post(reviewer, "good morning")
    [shown] = latest(room.pk)
    assert shown.text == "good morning"
    assert shown.pseudonym == Membership.objects.get(room=room, person=reviewer).pseudonym
    assert reviewer.name not in shown.pseudonym


def test_what_was_masked_is_never_stored(room: Room, post: Post, reviewer: User) -> None:
    posted = post(reviewer, f"she said {CARD} out loud")
    stored = Message.objects.get(pk=posted.message.pk)
    assert open_message(stored) == "she said [card number removed] out loud"
    assert stored.masked == ["payment_card"]
    assert CARD.encode() not in bytes(stored.sealed_text or b"")


def test_the_text_is_sealed_for_its_own_row(room: Room, post: Post, reviewer: User) -> None:
    one, two = post(reviewer, "the first").message, post(reviewer, "the second").message
    one.sealed_text = two.sealed_text
    with pytest.raises(vault.Tampered):
        open_message(one)


def test_ids_ascend(room: Room, post: Post, reviewer: User, other_reviewer: User) -> None:
    numbers = [post(person, "hello").message.number for person in (reviewer, other_reviewer, reviewer)]
    assert numbers == sorted(set(numbers))
    assert [event.number for event in happened_after(room.pk, 0)[0]] == numbers


def test_the_same_client_id_posts_once(room: Room, post: Post, reviewer: User) -> None:
    first, second = post(reviewer, "only once", "a-1"), post(reviewer, "only once", "a-1")
    assert second.repeated
    assert second.message.pk == first.message.pk
    assert second.text == "only once"
    assert Message.objects.count() == 1


def test_two_people_may_use_the_same_client_id(room: Room, post: Post, reviewer: User, other_reviewer: User) -> None:
    post(reviewer, "mine", "a-1")
    post(other_reviewer, "mine too", "a-1")
    assert Message.objects.count() == 2


@pytest.mark.parametrize(("text", "client_id"), [("", "a"), ("   ", "a"), ("x" * 2001, "a"), ("x", "a b"), ("x", "é")])
def test_it_refuses_what_has_no_words_or_too_many(
    room: Room, post: Post, reviewer: User, text: str, client_id: str
) -> None:
    with pytest.raises(BadMessage):
        post(reviewer, text, client_id)


def test_2000_characters_are_fine(room: Room, post: Post, reviewer: User) -> None:
    assert post(reviewer, "x y " * 499 + "1234").message.state == Message.State.SHOWN


def test_a_stranger_finds_nothing(room: Room, post: Post, reviewer: User, stranger: User) -> None:
    membership = Membership.objects.get(room=room, person=reviewer)
    with pytest.raises(Absent):
        post_message(membership.pk, client_id="a", text="hi", acting_user=stranger, now=room.created_at)


def test_somebody_who_was_taken_out_finds_nothing(room: Room, post: Post, reviewer: User, moderator: User) -> None:
    membership = Membership.objects.get(room=room, person=reviewer)
    end_membership(membership.pk, acting_user=moderator, now=room.created_at)
    with pytest.raises(Absent):
        post(reviewer, "still here?")


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"roles": ["auditor"]}, {"roles": ["reviewer", "supervisor"]}]
)
def test_a_role_that_shuts_out_or_no_role_finds_nothing(
    room: Room, post: Post, reviewer: User, change: dict[str, object]
) -> None:
    User.objects.filter(pk=reviewer.pk).update(**change)
    with pytest.raises(Absent):
        post(reviewer, "still here?")


def test_it_is_read_only_while_nobody_is_on_duty(room: Room, post: Post, reviewer: User) -> None:
    Duty.objects.update(ends_at=room.created_at)
    with pytest.raises(ReadOnly):
        post(reviewer, "anybody?")


def test_a_moderator_who_lost_the_role_is_not_on_duty(room: Room, post: Post, reviewer: User, moderator: User) -> None:
    User.objects.filter(pk=moderator.pk).update(roles=["reviewer"])
    with pytest.raises(ReadOnly):
        post(reviewer, "anybody?")


def test_a_closed_room_refuses(room: Room, post: Post, reviewer: User, moderator: User) -> None:
    close_room(room.slug, version=0, acting_user=moderator, now=room.created_at)
    with pytest.raises(RoomClosed):
        post(reviewer, "anybody?")


def test_a_muted_member_may_not_post_until_then(room: Room, post: Post, reviewer: User, moderator: User) -> None:
    membership = Membership.objects.get(room=room, person=reviewer)
    mute_member(membership.pk, minutes=5, acting_user=moderator, now=room.created_at)
    with pytest.raises(Muted):
        post(reviewer, "but", now=room.created_at + timedelta(minutes=4))
    assert post(reviewer, "sorry", now=room.created_at + timedelta(minutes=6)).message.number


def test_bursts_are_bounded_and_wear_off(room: Room, post: Post, reviewer: User) -> None:
    at = room.created_at
    for _ in range(BURST):
        post(reviewer, "quick", now=at)
    with pytest.raises(TooFast) as refused:
        post(reviewer, "too quick", now=at)
    later = at + timedelta(milliseconds=refused.value.extra["retry_after_ms"])
    assert post(reviewer, "patient", now=later).message.number


def test_slow_mode_allows_one_in_its_time(room: Room, post: Post, reviewer: User) -> None:
    Room.objects.update(slow_mode_seconds=30)
    post(reviewer, "one", now=room.created_at)
    with pytest.raises(TooFast):
        post(reviewer, "two", now=room.created_at + timedelta(seconds=29))
    assert post(reviewer, "three", now=room.created_at + timedelta(seconds=30)).message.number


def test_a_red_sign_alerts_the_moderator_on_duty_and_is_shown(
    room: Room, post: Post, reviewer: User, moderator: User
) -> None:
    posted = post(reviewer, "I want to die")
    alert = Alert.objects.get()
    assert posted.crisis == "red"
    assert posted.message.state == Message.State.SHOWN
    assert (alert.kind, alert.level, alert.first_paged) == ("crisis", "red", moderator)
    assert alert.due_at - alert.raised_at == timedelta(minutes=3)
    assert alert.half_time_at - alert.raised_at == timedelta(seconds=90)
    assert list(moderator.notices.values_list("code", flat=True)) == ["room-alert"]


def test_a_yellow_sign_has_fifteen_minutes(room: Room, post: Post, reviewer: User) -> None:
    post(reviewer, "I feel so alone with this")
    alert = Alert.objects.get()
    assert alert.level == "yellow"
    assert alert.due_at - alert.raised_at == timedelta(minutes=15)


def test_encouragement_is_held_before_anybody_sees_it(room: Room, post: Post, reviewer: User) -> None:
    posted = post(reviewer, "just kill yourself")
    assert posted.message.state == Message.State.HELD
    assert posted.message.number is None
    assert latest(room.pk) == []
    assert Alert.objects.get().kind == "held"


def test_the_ledger_never_learns_who_wrote(room: Room, post: Post, reviewer: User) -> None:
    post(reviewer, "nothing to see")
    post(reviewer, "just kill yourself")
    assert not Entry.objects.filter(actor_id=reviewer.pk).exists()
