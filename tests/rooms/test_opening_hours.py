"""A room's own hours, apart from its roster: outside them it is read, not written in, and says when it opens."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from project.accounts.models import User
from project.problems import Absent, Invalid
from tests.rooms.cast import Post
from wellbeing.actions.opening_hours import set_opening_hours
from wellbeing.actions.rooms import create_room
from wellbeing.history import as_state
from wellbeing.models import Duty, OpeningHours, Room
from wellbeing.opening import Hours
from wellbeing.room_errors import Overtaken, ReadOnly

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]


@pytest.fixture
def nine_to_five(room: Room, moderator: User, now: datetime, noon: datetime) -> Room:
    """Open on Wednesdays, Berlin time, with somebody on duty round the clock."""
    Duty.objects.update(starts_at=noon - timedelta(days=30))
    hours = [Hours(2, 9 * 60, 17 * 60)]
    return set_opening_hours(room.slug, hours, time_zone="Europe/Berlin", version=0, acting_user=moderator, now=now)


def test_outside_its_hours_it_is_read_only_and_says_when_it_opens(
    nine_to_five: Room, post: Post, reviewer: User, noon: datetime
) -> None:
    post(reviewer, "within", now=noon)
    evening = noon.replace(hour=16)  # five in Berlin
    with pytest.raises(ReadOnly) as refused:
        post(reviewer, "after", now=evening)
    next_week = (noon + timedelta(days=7)).replace(hour=8)
    assert refused.value.extra == {"opens_at": next_week}
    state = as_state(nine_to_five, evening)
    assert (state.writable, state.opens_at) == (False, next_week)
    assert as_state(nine_to_five, noon).writable


def test_within_its_hours_but_with_nobody_on_duty_it_says_when_somebody_is(
    nine_to_five: Room, post: Post, reviewer: User, noon: datetime
) -> None:
    Duty.objects.update(starts_at=noon + timedelta(hours=1))
    with pytest.raises(ReadOnly) as refused:
        post(reviewer, "too early", now=noon)
    assert refused.value.extra == {"opens_at": noon + timedelta(hours=1)}
    Duty.objects.all().delete()
    assert as_state(nine_to_five, noon).opens_at is None


def test_a_moderator_sets_them_on_the_page_and_members_read_them(
    room: Room, client_of: SignIn, reviewer: User, moderator: User, noon: datetime
) -> None:
    address = f"/moderation/rooms/{room.slug}/hours/"
    week = {f"{name}_{day}": "" for name in ("opens", "closes") for day in range(7)}
    filled = {"version": 0, "time_zone": "Europe/Madrid", **week, "opens_4": "22:00", "closes_4": "06:00"}
    assert client_of(reviewer).post(address, filled).status_code == 404
    assert client_of(moderator).get(address).status_code == 405
    assert client_of(moderator).post(address, {**filled, "opens_1": "09:00"}).status_code == 400
    assert client_of(moderator).post(address, filled).status_code == 302
    assert client_of(moderator).post(address, filled).status_code == 409
    assert list(OpeningHours.objects.values_list("weekday", "opens", "closes")) == [(4, 22 * 60, 30 * 60)]
    care = client_of(moderator).get(f"/moderation/rooms/{room.slug}/").content.decode()
    assert "On the clock of Europe/Madrid" in care
    in_two_days = (timezone.now() + timedelta(days=2)).weekday()
    OpeningHours.objects.update(weekday=in_two_days, opens=10 * 60, closes=11 * 60)
    page = client_of(reviewer).get(f"/rooms/{room.slug}/").content.decode()
    assert "Read-only: opens" in page
    assert "Opens" in client_of(reviewer).get("/rooms/").content.decode()
    assert client_of(moderator).post(address, {"version": 1, "time_zone": "", **week}).status_code == 302
    assert as_state(Room.objects.get(), noon).slug == room.slug
    assert Room.objects.get().time_zone == ""


@pytest.mark.parametrize(
    ("hours", "zone"),
    [
        ([Hours(2, 0, 60), Hours(2, 90, 120)], "UTC"),
        ([Hours(7, 0, 60)], "UTC"),
        ([Hours(1, 60, 60)], "UTC"),
        ([Hours(1, 0, 60)], "Europe/Nowhere"),
    ],
)
def test_what_is_no_week_is_refused(room: Room, moderator: User, now: datetime, hours: list[Hours], zone: str) -> None:
    with pytest.raises(Invalid):
        set_opening_hours(room.slug, hours, time_zone=zone, version=0, acting_user=moderator, now=now)


def test_only_whoever_looks_after_the_room_sets_them_in_the_version_they_saw(
    nine_to_five: Room, reviewer: User, moderator: User, now: datetime
) -> None:
    with pytest.raises(Absent):
        set_opening_hours(nine_to_five.slug, [], time_zone="", version=1, acting_user=reviewer, now=now)
    with pytest.raises(Overtaken):
        set_opening_hours(nine_to_five.slug, [], time_zone="", version=0, acting_user=moderator, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        OpeningHours.objects.update(closes=9 * 60)


def test_a_new_room_is_for_a_team_a_topic_or_all_hands(client_of: SignIn, moderator: User, now: datetime) -> None:
    for kind in ("team", "topic", "all-hands"):
        client_of(moderator).post("/moderation/rooms/new/", {"name": kind, "slug": f"room-{kind}", "kind": kind})
        assert Room.objects.get(slug=f"room-{kind}").kind == kind
    fields = {"name": "x", "slug": "x", "kind": "private"}
    assert client_of(moderator).post("/moderation/rooms/new/", fields).status_code == 400
    with pytest.raises(Invalid):
        create_room(slug="x", name="x", kind=Room.Kind.PRIVATE, acting_user=moderator, now=now)
