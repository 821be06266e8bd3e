"""What counts as heard, how heavy, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from project.accounts.models import User
from tests.wellbeing.people import shift_of
from wellbeing.actions.exposure import Span, exposure_of, note_sound, settle
from wellbeing.actions.pace import pace_for
from wellbeing.models import Heard
from wellbeing.pace import Decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> UUID:
    return uuid4()


def heard(person: User) -> int:
    return sum(Heard.objects.filter(person=person).values_list("heard_ms", flat=True))


def test_sound_served_without_a_report_counts_as_heard(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    assert heard(reviewer) == 7000


def test_what_the_player_reports_is_what_counts(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=3000, now=now + timedelta(seconds=5))
    assert heard(reviewer) == 3000


def test_a_report_cannot_outrun_the_clock(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=60_000, now=now + timedelta(seconds=5))
    assert heard(reviewer) == 5000


def test_fetched_ahead_counts_once_it_is_played(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=0, now=now + timedelta(seconds=1))
    assert heard(reviewer) == 0
    note_sound(reviewer.pk, lease, heard_ms=7000, now=now + timedelta(seconds=60))
    assert heard(reviewer) == 7000


def test_replays_count(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=21_000, now=now + timedelta(seconds=30))
    assert heard(reviewer) == 21_000


def test_sound_served_after_the_last_report_counts(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=7000, now=now + timedelta(seconds=8))
    note_sound(reviewer.pk, lease, served_ms=7000, now=now + timedelta(seconds=9))
    assert heard(reviewer) == 14_000


def test_a_total_never_falls(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=7000, now=now)
    note_sound(reviewer.pk, lease, heard_ms=6000, now=now + timedelta(seconds=8))
    note_sound(reviewer.pk, lease, heard_ms=2000, now=now + timedelta(seconds=9))
    assert heard(reviewer) == 6000


def test_one_row_a_source_and_person(reviewer: User, other_reviewer: User, lease: UUID, now: datetime) -> None:
    for person in (reviewer, reviewer, other_reviewer):
        note_sound(person.pk, lease, served_ms=1000, now=now)
    assert Heard.objects.count() == 2


def test_unknown_weighs_one_until_the_person_has_said(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=10_000, now=now)
    assert exposure_of(reviewer.pk, now).hour == Span(10, 10, 0)
    settle(lease, reviewer.pk, 3, now)
    assert exposure_of(reviewer.pk, now).hour == Span(10, 30, 10)


def test_the_prediction_does_not_overrule_the_person(reviewer: User, lease: UUID, now: datetime) -> None:
    note_sound(reviewer.pk, lease, served_ms=10_000, severity=3, now=now)
    settle(lease, reviewer.pk, 1, now)
    note_sound(reviewer.pk, lease, heard_ms=0, severity=3, now=now)
    assert Heard.objects.get().severity == 1


def test_settling_twice_is_once(reviewer: User, lease: UUID, now: datetime) -> None:
    settle(lease, reviewer.pk, 3, now)
    until = pace_for(reviewer.pk, shift_of(begins=now), now=now).until
    settle(lease, reviewer.pk, 3, now + timedelta(minutes=5))
    assert pace_for(reviewer.pk, shift_of(begins=now), now=now + timedelta(minutes=5)).until == until


def test_a_gravest_clip_cools_down_even_when_only_its_words_were_read(
    reviewer: User, lease: UUID, now: datetime
) -> None:
    settle(lease, reviewer.pk, 3, now)
    answer = pace_for(reviewer.pk, shift_of(begins=now), now=now)
    assert (answer.decision, answer.until) == (Decision.COOL_DOWN, now + timedelta(minutes=15))


def test_the_windows_of_time_roll(reviewer: User, now: datetime) -> None:
    for ago in (timedelta(days=8), timedelta(days=3), timedelta(hours=5), timedelta(minutes=30)):
        note_sound(reviewer.pk, uuid4(), served_ms=60_000, severity=2, now=now - ago)
    found = exposure_of(reviewer.pk, now)
    assert (found.hour.seconds, found.shift.seconds, found.seven_days.seconds) == (60, 120, 180)
    assert found.seven_days.weighted == 360


def test_a_day_of_work_brings_the_break(reviewer: User, now: datetime) -> None:
    window = shift_of(begins=now)
    for count in range(51):
        note_sound(reviewer.pk, uuid4(), served_ms=30_000, now=now + timedelta(minutes=count))
    at = now + timedelta(minutes=50)
    assert pace_for(reviewer.pk, window, now=at).decision is Decision.BREAK
    assert pace_for(reviewer.pk, window, now=at + timedelta(minutes=10, seconds=30)).may_go


def test_pace_costs_one_round_trip_whatever_the_history(
    reviewer: User, now: datetime, django_assert_num_queries
) -> None:
    for count in range(30):
        note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now + timedelta(seconds=count))
    with django_assert_num_queries(1):
        pace_for(reviewer.pk, shift_of(begins=now), now=now)


def test_counting_a_sound_costs_two_round_trips(reviewer: User, now: datetime, django_assert_num_queries) -> None:
    note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now)
    with django_assert_num_queries(2):
        note_sound(reviewer.pk, uuid4(), served_ms=1000, now=now)
