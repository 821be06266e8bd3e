"""Moderators get breaks too: what they looked after counts, whoever is tired is passed over, and only they know."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from project.accounts.models import User
from tests.rooms.cast import Post
from wellbeing.actions.alerts import page_second_moderators, resolve_alert, take_alert
from wellbeing.actions.breaks import take_break
from wellbeing.actions.private_sessions import accept_session, end_session, request_session
from wellbeing.day import BreakKind
from wellbeing.handling import LIMIT, REST, WEIGHTS, WINDOW, Advice, Handled, Rest, load
from wellbeing.loads import load_of
from wellbeing.models import Alert, Room
from wellbeing.room_errors import RestFirst

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
SignIn = Callable[[User | None], Client]
SECONDS = st.integers(0, 10_800).map(lambda seconds: timedelta(seconds=seconds))
THINGS = st.lists(st.builds(lambda ago, kind: Handled(NOW - ago, kind), SECONDS, st.sampled_from(sorted(WEIGHTS))))
RESTS = st.lists(st.builds(lambda ago, long: Rest(NOW - ago, NOW - ago + long + REST, None), SECONDS, SECONDS))


@given(THINGS, RESTS)
@settings(max_examples=40)
def test_more_never_weighs_less_and_a_rest_never_weighs_more(things: list[Handled], rests: list[Rest]) -> None:
    whole = load(things, rests, NOW)
    assert load(things[1:], rests, NOW).points <= whole.points
    assert whole.points <= load(things, rests[1:], NOW).points
    assert load(things, [*rests, Rest(NOW - REST, NOW, None)], NOW).points == 0


@given(THINGS)
@settings(max_examples=40)
def test_it_is_over_by_itself_after_the_window_and_at_once_after_a_rest(things: list[Handled]) -> None:
    assert load(things, [], NOW + WINDOW).advice is Advice.GO
    assert (load(things, [], NOW).advice is Advice.DUE) == (load(things, [], NOW).points >= LIMIT)
    short = Rest(NOW - REST, NOW, NOW - timedelta(seconds=1))  # ended early: no rest
    assert load(things, [short], NOW) == load(things, [], NOW)
    assert load(things, [Rest(NOW, NOW + REST, None)], NOW).advice is Advice.RESTING


def red(post: Post, author: User, moderator: User, now: datetime, count: int = 1) -> None:
    """So many red signs that this moderator looks after."""
    for _ in range(count):
        alert = Alert.objects.get(message=post(author, "I want to die", now=now).message)
        take_alert(alert.pk, version=alert.version, acting_user=moderator, now=now)
        resolve_alert(alert.pk, version=alert.version + 1, acting_user=moderator, now=now)


@pytest.mark.django_db
def test_whoever_needs_a_rest_is_passed_over_until_they_had_one(
    room: Room, post: Post, client_of: SignIn, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    red(post, reviewer, moderator, now, 3)
    assert load_of(moderator, now).advice is Advice.DUE
    alert = Alert.objects.get(message=post(reviewer, "I want to die", now=now).message)
    assert alert.first_paged == other_moderator  # on duty or not: rested
    with pytest.raises(RestFirst):
        take_alert(alert.pk, version=0, acting_user=moderator, now=now)
    assert "A rest is due" in client_of(moderator).get("/moderation/").content.decode()
    assert "A rest is due" not in client_of(other_moderator).get("/moderation/").content.decode()

    rest = take_break(BreakKind.SCREEN, acting_user=moderator, now=now)
    assert load_of(moderator, now).advice is Advice.RESTING
    with pytest.raises(RestFirst):
        take_alert(alert.pk, version=0, acting_user=moderator, now=now)
    assert load_of(moderator, rest.ends_at).advice is Advice.GO
    assert take_alert(alert.pk, version=0, acting_user=moderator, now=rest.ends_at).taken_by == moderator


@pytest.mark.django_db
def test_somebody_tired_is_better_than_nobody(
    room: Room, post: Post, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    red(post, reviewer, moderator, now, 3)
    alert = Alert.objects.get(message=post(reviewer, "I want to die", now=now).message)
    assert page_second_moderators(now=alert.half_time_at) == 1
    assert moderator.notices.filter(code="room-alert-half-time").count() == 1  # tired, but nobody else is left
    late = take_alert(alert.pk, version=0, acting_user=moderator, now=alert.half_time_at)  # red, and it waits
    assert late.taken_by == moderator
    red(post, reviewer, other_moderator, now, 3)  # now nobody is rested
    yellow = Alert.objects.get(message=post(reviewer, "I feel so alone with this", now=now).message)
    assert yellow.first_paged == moderator
    assert take_alert(yellow.pk, version=0, acting_user=moderator, now=now).taken_by == moderator


@pytest.mark.django_db
def test_a_tired_counsellor_leaves_a_request_to_a_rested_colleague_and_to_nobody_is_it_lost(
    room: Room, post: Post, client_of: SignIn, reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    red(post, reviewer, moderator, now, 3)
    session = request_session(acting_user=reviewer, now=now)
    asked = User.objects.filter(notices__code="session-asked")
    assert list(asked) == [other_moderator]
    refused = client_of(moderator).post(f"/private/{session.pk}/accept/", {"version": 0})
    assert refused.status_code == 409
    assert f"If nobody has come by {session.remind_at:%H:%M} UTC" in refused.content.decode()
    session.refresh_from_db()
    assert (session.state, session.version) == ("waiting", 0)
    assert f"/private/{session.pk}/accept/" in client_of(moderator).get("/moderation/").content.decode()
    late = accept_session(session.pk, version=0, acting_user=moderator, now=session.remind_at)
    assert late.counsellor == moderator  # everybody was asked again by then

    end_session(session.pk, version=1, acting_user=reviewer, now=now)
    again = request_session(acting_user=reviewer, now=now)
    assert accept_session(again.pk, version=0, acting_user=other_moderator, now=now).counsellor == other_moderator


@pytest.mark.django_db
def test_with_nobody_rested_a_tired_counsellor_accepts_at_once(
    room: Room, post: Post, reviewer: User, other_reviewer: User, moderator: User, other_moderator: User, now: datetime
) -> None:
    for one in (moderator, other_moderator):
        red(post, reviewer, one, now, 3)
    session = request_session(acting_user=other_reviewer, now=now)
    assert User.objects.filter(notices__code="session-asked").count() == 2
    assert accept_session(session.pk, version=0, acting_user=moderator, now=now).counsellor == moderator


@pytest.mark.django_db
def test_resting_is_one_click_for_moderators_only(
    room: Room, client_of: SignIn, reviewer: User, moderator: User
) -> None:
    assert client_of(reviewer).post("/moderation/rest/").status_code == 404
    assert client_of(moderator).get("/moderation/rest/").status_code == 405
    page = client_of(moderator).post("/moderation/rest/", follow=True).content.decode()
    assert "You are resting until" in page
    assert "You are resting until" in client_of(moderator).post("/moderation/rest/", follow=True).content.decode()
