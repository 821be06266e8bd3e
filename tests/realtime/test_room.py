"""Two and more clients in one room, over real sockets, a real web process, PostgreSQL and Valkey."""

from datetime import timedelta

import pytest
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from project.accounts.models import ApiToken, User
from tests.realtime.server import Server
from tests.rooms.cast import Post
from wellbeing.actions.moderation import (
    close_room,
    hold_message,
    mute_member,
    release_message,
    remove_message,
    reopen_room,
)
from wellbeing.actions.rooms import end_membership
from wellbeing.models import Alert, Duty, Membership, Message, Report, Room

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "4111 1111 1111 1111"


def test_what_one_posts_the_other_reads(web: Server, room: Room, reviewer: User, other_reviewer: User) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume(), one.resume()
    client_id = one.post("good morning")
    mine, theirs = one.until("message"), two.until("message")
    assert mine["client_id"] == client_id
    assert mine["mine"] is True
    assert "client_id" not in theirs
    assert "mine" not in theirs
    assert (theirs["text"], theirs["id"]) == ("good morning", mine["id"])
    assert theirs["pseudonym"] == Membership.objects.get(room=room, person=reviewer).pseudonym


def test_a_card_number_is_masked_for_everybody_and_its_author_told_why(
    web: Server, room: Room, reviewer: User, other_reviewer: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume(), one.resume()
    client_id = one.post(f"he read out {CARD}")
    masked = one.until("masked")
    assert masked["client_id"] == client_id
    assert masked["kinds"] == ["payment_card"]
    assert masked["why"][0]["why"]
    assert two.until("message")["text"] == "he read out [card number removed]"
    assert two.silence(0.3) == []


def test_a_client_that_never_resumes_hears_what_comes(
    web: Server, room: Room, reviewer: User, other_reviewer: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    one.post("hello")
    assert two.until("message")["text"] == "hello"
    assert one.until("message")["text"] == "hello"


def test_the_same_client_id_posts_once_and_is_answered_again(
    web: Server, room: Room, reviewer: User, other_reviewer: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume()
    one.post("once", "the-id")
    first = one.until("message")
    one.post("once", "the-id")
    assert one.until("message") == first
    two.until("message")
    assert two.silence(0.5) == []
    assert Message.objects.count() == 1


def test_resume_brings_exactly_what_followed(web: Server, room: Room, post: Post, reviewer: User) -> None:
    numbers = [post(reviewer, f"message {count}").message.number for count in range(5)]
    client = web.enter(room.slug, reviewer)
    assert [frame["id"] for frame in client.resume(after=numbers[1])] == numbers[2:]
    post(reviewer, "and now live")
    assert client.until("message")["text"] == "and now live"


def test_a_web_process_hears_of_posts_made_elsewhere(web: Server, room: Room, post: Post, reviewer: User) -> None:
    client = web.enter(room.slug, reviewer)
    client.resume()
    post(reviewer, "from another process")
    assert client.until("message")["text"] == "from another process"


def test_a_crisis_shows_help_at_once_and_the_message_stays(
    web: Server, room: Room, reviewer: User, other_reviewer: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume()
    one.post("I want to die")
    care = one.until("care")
    assert (care["level"], care["card"], care["question"]["answers"]) == ("red", "help", ["me", "colleague", "clip"])
    assert two.until("message")["text"] == "I want to die"
    assert two.silence(0.3) == []
    one.send(type="about", message=care["question"]["message"], answer="me")
    one.until("noted")
    assert Alert.objects.get().about == "me"


def test_encouragement_waits_for_a_moderator(
    web: Server, room: Room, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    one, two = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    two.resume()
    one.post("just kill yourself")
    assert one.until("held")["because"] == "encouragement"
    assert two.silence(0.5) == []
    message = Message.objects.get()
    release_message(message.pk, version=message.version, acting_user=moderator, now=timezone.now())
    assert two.until("message")["id"] == one.until("message")["id"]


def test_a_held_message_leaves_and_comes_back_under_a_new_id(
    web: Server, room: Room, post: Post, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    client = web.enter(room.slug, other_reviewer)
    client.resume()
    message = post(reviewer, "hmm").message
    shown = client.until("message")
    held = hold_message(message.pk, version=message.version, acting_user=moderator, now=timezone.now())
    assert client.until("held")["id"] == shown["id"]
    post(reviewer, "something in between")
    between = client.until("message")
    release_message(message.pk, version=held.version, acting_user=moderator, now=timezone.now())
    again = client.until("message")
    assert again["text"] == "hmm"
    assert again["id"] > between["id"]


def test_a_removed_message_disappears_everywhere_and_its_words_are_gone(
    web: Server, room: Room, post: Post, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    live, away = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    live.resume(), away.resume()
    message = post(reviewer, "an address").message
    seen = away.until("message")["id"]
    away.leave()
    remove_message(
        message.pk, Message.Removal.PERSONAL_DATA, version=message.version, acting_user=moderator, now=timezone.now()
    )
    assert live.until("removed")["id"] == message.number
    back = web.enter(room.slug, other_reviewer).resume(after=seen)
    assert [(frame["type"], frame["id"]) for frame in back] == [("removed", message.number)]
    assert Message.objects.get().sealed_text is None


def test_a_muted_author_is_told_until_when(web: Server, room: Room, reviewer: User, moderator: User) -> None:
    membership = Membership.objects.get(room=room, person=reviewer)
    mute_member(membership.pk, minutes=5, acting_user=moderator, now=timezone.now())
    client = web.enter(room.slug, reviewer)
    client_id = client.post("but")
    muted = client.until("muted")
    assert muted["until"].endswith("Z")
    assert muted["client_id"] == client_id
    assert not Message.objects.exists()


def test_closing_and_opening_is_told_to_everybody(web: Server, room: Room, reviewer: User, moderator: User) -> None:
    client = web.enter(room.slug, reviewer)
    client.resume()
    closed = close_room(room.slug, version=0, acting_user=moderator, now=timezone.now())
    assert client.until("room")["closed"] is True
    client.post("hello?")
    assert client.until("error")["code"] == "closed"
    reopen_room(room.slug, version=closed.version, acting_user=moderator, now=timezone.now())
    assert client.until("room")["writable"] is True


def test_without_a_moderator_on_duty_it_is_read_only(web: Server, room: Room, reviewer: User) -> None:
    Duty.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    client = web.enter(room.slug, reviewer)
    client_id = client.post("anybody?")
    error = client.until("error")
    assert (error["code"], error["client_id"]) == ("read-only", client_id)


def test_a_report_reaches_moderators_and_nobody_else(
    web: Server, room: Room, post: Post, reviewer: User, other_reviewer: User
) -> None:
    number = post(reviewer, "rude").message.number
    author, reporter = web.enter(room.slug, reviewer), web.enter(room.slug, other_reviewer)
    author.resume(), reporter.resume()
    reporter.send(type="report", message_id=number, reason="this is rude")
    reporter.until("reported")
    assert author.silence(0.5) == []
    assert Report.objects.get().message.number == number
    assert Alert.objects.get().kind == "report"
    reporter.send(type="report", message_id=number, reason="again")
    assert reporter.until("error")["code"] == "already-reported"
    reporter.send(type="report", message_id=999, reason="nothing there")
    assert reporter.until("error")["code"] == "absent"


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "null", '{"type": "dance"}', '{"type": "post"}', '{"type": "post", "client_id": 1, "text": "x"}',
        '{"type": "post", "client_id": "a", "text": "x", "admin": true}', '{"type": "resume", "after": -1}',
        '{"type": "resume", "after": true}', '{"type": "report", "message_id": "1", "reason": ""}', "[" * 9000,
    ],
)  # fmt: skip
def test_a_malformed_frame_is_answered_and_the_socket_lives(web: Server, room: Room, reviewer: User, text: str) -> None:
    client = web.enter(room.slug, reviewer)
    client.connection.send(text)
    assert client.until("error")["code"] == "malformed"
    client.post("still here")
    assert client.until("message")["text"] == "still here"


def test_bytes_are_malformed_too(web: Server, room: Room, reviewer: User) -> None:
    client = web.enter(room.slug, reviewer)
    client.connection.send(b"\x00\xff")
    assert client.until("error")["code"] == "malformed"


def test_too_fast_says_when(web: Server, room: Room, reviewer: User) -> None:
    client = web.enter(room.slug, reviewer)
    Room.objects.update(slow_mode_seconds=60)
    client.post("one"), client.post("two")
    error = client.until("error")
    assert error["code"] == "too-fast"
    assert 0 < error["retry_after_ms"] <= 60_000


def test_strangers_and_nothing_look_the_same(
    web: Server, room: Room, stranger: User, supervisor: User, legal: User, administrator: User, auditor: User
) -> None:
    codes = {web.enter(room.slug, user).closed_with() for user in (stranger, supervisor, legal, administrator, auditor)}
    codes |= {web.enter("nothing-here", stranger).closed_with()}
    assert codes == {4404}


def test_a_reviewer_who_is_no_member_is_a_stranger(web: Server, room: Room, far_reviewer: User) -> None:
    assert web.enter(room.slug, far_reviewer).closed_with() == 4404


def test_nobody_in_particular_is_asked_to_sign_in(web: Server, room: Room) -> None:
    assert web.enter(room.slug, None).closed_with() == 4401


def test_a_foreign_origin_is_refused(web: Server, room: Room, reviewer: User) -> None:
    with pytest.raises(InvalidStatus) as refused:
        web.enter(room.slug, reviewer, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    assert web.enter(room.slug, reviewer, origin=f"http://127.0.0.1:{web.port}").resume() == []


def test_somebody_taken_out_receives_nothing_from_then_on(
    web: Server, room: Room, post: Post, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    leaver, stays = web.enter(room.slug, other_reviewer), web.enter(room.slug, reviewer)
    leaver.resume(), stays.resume()
    membership = Membership.objects.get(room=room, person=other_reviewer)
    end_membership(membership.pk, acting_user=moderator, now=timezone.now())
    post(reviewer, "not for you")
    assert leaver.closed_with() == 4404
    assert [frame for frame in leaver.frames if frame["type"] == "message"] == []
    assert stays.until("message")["text"] == "not for you"


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": ["auditor"]}])
def test_an_account_that_may_no_longer_loses_its_socket_within_seconds(
    web: Server, room: Room, reviewer: User, change: dict[str, object]
) -> None:
    client = web.enter(room.slug, reviewer)
    client.resume()
    User.objects.filter(pk=reviewer.pk).update(**change)
    assert client.closed_with(timeout=6) == 4404


def test_a_withdrawn_token_ends_its_socket(web: Server, room: Room, reviewer: User) -> None:
    client = web.enter(room.slug, reviewer)
    client.resume()
    ApiToken.objects.all().delete()
    assert client.closed_with(timeout=6) == 4401
