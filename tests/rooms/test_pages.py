"""The pages of rooms, as a browser without sockets or scripts uses them."""

from collections.abc import Callable

import pytest
from django.test import Client

from project.accounts.models import User
from tests.rooms.cast import Post
from wellbeing.models import Message, Report, Room

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
CARD = "4111 1111 1111 1111"


def test_the_list_shows_own_rooms_only(room: Room, client_of: SignIn, reviewer: User, far_reviewer: User) -> None:
    assert room.name in client_of(reviewer).get("/rooms/").content.decode()
    assert "You belong to no room yet" in client_of(far_reviewer).get("/rooms/").content.decode()


def test_the_room_shows_its_messages_and_the_help_card(
    room: Room, post: Post, client_of: SignIn, reviewer: User, other_reviewer: User
) -> None:
    post(other_reviewer, "hello <b>you</b>")
    page = client_of(reviewer).get(f"/rooms/{room.slug}/").content.decode()
    assert "hello &lt;b&gt;you&lt;/b&gt;" in page
    assert "116 123" in page
    assert "112" in page
    assert other_reviewer.email not in page


def test_a_stranger_cannot_tell_a_room_from_nothing(
    room: Room, client_of: SignIn, far_reviewer: User, supervisor: User, administrator: User
) -> None:
    for user in (far_reviewer, supervisor, administrator):
        there, nothing = (client_of(user).get(f"/rooms/{slug}/") for slug in (room.slug, "nothing-here"))
        assert (there.status_code, nothing.status_code) == (404, 404)
    assert client_of(None).get(f"/rooms/{room.slug}/").status_code == 302


def test_a_form_posts_and_says_what_was_masked(room: Room, client_of: SignIn, reviewer: User) -> None:
    client = client_of(reviewer)
    answer = client.post(f"/rooms/{room.slug}/post/", {"client_id": "a", "text": f"card {CARD}"}, follow=True)
    page = answer.content.decode()
    assert "card [card number removed]" in page
    assert "It looked like a card number." in page
    assert CARD not in page


def test_a_form_sent_twice_posts_once(room: Room, client_of: SignIn, reviewer: User) -> None:
    client = client_of(reviewer)
    for _ in range(2):
        client.post(f"/rooms/{room.slug}/post/", {"client_id": "a", "text": "once"})
    assert Message.objects.count() == 1


def test_posting_refuses_get_and_unknown_fields(room: Room, client_of: SignIn, reviewer: User) -> None:
    client = client_of(reviewer)
    assert client.get(f"/rooms/{room.slug}/post/").status_code == 405
    odd = {"client_id": "a", "text": "x", "pseudonym": "Boss"}
    assert client.post(f"/rooms/{room.slug}/post/", odd).status_code == 400
    assert not Message.objects.exists()


def test_the_script_without_a_socket_gets_the_same_frames(
    room: Room, client_of: SignIn, reviewer: User, other_reviewer: User
) -> None:
    sending = client_of(reviewer).post(
        f"/rooms/{room.slug}/post/", {"client_id": "a", "text": "I want to die"}, headers={"accept": "application/json"}
    )
    assert [frame["type"] for frame in sending.json()["frames"]] == ["care"]
    asked = client_of(other_reviewer).get(f"/rooms/{room.slug}/frames/?after=0").json()
    assert [frame["type"] for frame in asked["frames"]] == ["message", "room"]
    assert "client_id" not in asked["frames"][0]
    assert asked["upto"] == 1
    again = client_of(other_reviewer).get(f"/rooms/{room.slug}/frames/?after=1").json()
    assert [frame["type"] for frame in again["frames"]] == ["room"]
    assert client_of(other_reviewer).get(f"/rooms/{room.slug}/frames/?after=x").status_code == 400


def test_signs_of_a_crisis_lead_a_browser_without_scripts_to_help(
    room: Room, client_of: SignIn, reviewer: User
) -> None:
    answer = client_of(reviewer).post(f"/rooms/{room.slug}/post/", {"client_id": "a", "text": "I want to die"})
    assert answer.headers["Location"] == "/help/"


def test_a_report_by_form_names_nobody(
    room: Room, post: Post, client_of: SignIn, reviewer: User, other_reviewer: User, moderator: User
) -> None:
    number = post(reviewer, "rude").message.number
    client_of(other_reviewer).post(f"/rooms/{room.slug}/report/", {"message_id": number, "reason": "it is rude"})
    assert Report.objects.count() == 1
    page = client_of(moderator).get("/moderation/").content.decode()
    reporter = Report.objects.get().reporter.pseudonym
    assert "it is rude" in page
    assert reporter not in page
    assert other_reviewer.email not in page


def test_nothing_of_a_room_may_be_kept_by_a_browser(room: Room, client_of: SignIn, reviewer: User) -> None:
    assert "no-store" in client_of(reviewer).get(f"/rooms/{room.slug}/").headers["Cache-Control"]
