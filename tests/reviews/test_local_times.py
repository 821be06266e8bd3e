"""Local times and the instants they mean, in every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.localtimes import (
    NoSuchTime,
    Twice,
    Which,
    day_begins,
    days_of_week,
    instant,
    instants,
    monday_of,
    place,
    span,
)

BERLIN, NEW_YORK, HAVANA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("America/Havana")
LORD_HOWE, KATHMANDU = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)  # Berlin: 02:00 -> 03:00, 03:00 -> 02:00
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
TIMES = st.times(timezones=st.none()).map(lambda at: at.replace(second=0, microsecond=0, fold=0))
A_DAY = timedelta(days=1)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_an_ordinary_night_shift_lasts_nine_hours() -> None:
    begins, ends = span(date(2026, 11, 23), time(22), time(7), BERLIN)
    assert (begins, ends) == (datetime(2026, 11, 23, 21, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC))


def test_the_night_the_clock_is_set_forward_lasts_eight() -> None:
    begins, ends = span(SPRING - A_DAY, time(22), time(7), BERLIN)
    assert ends - begins == hours(8)


def test_the_night_the_clock_is_set_back_lasts_ten() -> None:
    begins, ends = span(AUTUMN - A_DAY, time(22), time(7), BERLIN)
    assert ends - begins == hours(10)


def test_a_time_that_the_clock_jumps_over_is_refused_with_where_it_goes_on() -> None:
    with pytest.raises(NoSuchTime) as refused:
        instant(SPRING, time(2, 30), BERLIN)
    assert refused.value.goes_on_at.astimezone(BERLIN) == datetime(2027, 3, 28, 3, 0, tzinfo=BERLIN)


def test_a_time_that_comes_twice_asks_which() -> None:
    with pytest.raises(Twice) as asked:
        instant(AUTUMN, time(2, 30), BERLIN)
    assert asked.value.second - asked.value.first == hours(1)
    assert instant(AUTUMN, time(2, 30), BERLIN, Which.FIRST) == asked.value.first
    assert instant(AUTUMN, time(2, 30), BERLIN, Which.SECOND) == asked.value.second


def test_a_clock_may_be_moved_by_half_an_hour() -> None:
    assert len(instants(date(2027, 4, 4), time(1, 45), LORD_HOWE)) == 2
    assert instants(date(2026, 10, 4), time(2, 15), LORD_HOWE) == ()


def test_a_day_without_midnight_begins_at_the_jump() -> None:
    """Cuba sets its clocks forward at midnight."""
    jump = date(2027, 3, 14)
    assert instants(jump, time(0, 30), HAVANA) == ()
    assert day_begins(jump, HAVANA).astimezone(HAVANA).time() == time(1)


@pytest.mark.parametrize(("zone", "monday", "odd"), [(BERLIN, date(2027, 3, 22), 23), (BERLIN, date(2027, 10, 25), 25)])
def test_a_week_knows_its_odd_day(zone: ZoneInfo, monday: date, odd: int) -> None:
    assert [day.hours for day in days_of_week(monday, zone)] == [24] * 6 + [odd]
    assert [day.is_odd for day in days_of_week(monday, zone)] == [False] * 6 + [True]


def test_places_in_a_week() -> None:
    week = days_of_week(date(2026, 11, 23), KATHMANDU)
    noon = instant(date(2026, 11, 25), time(12), KATHMANDU)
    assert place(noon, week) == 2.5
    assert (place(week[0].begins - A_DAY, week), place(week[6].ends + A_DAY, week)) == (0.0, 7.0)


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_an_instant_shows_the_time_it_was_meant_as(zone: ZoneInfo, day: date, at: time) -> None:
    for found in instants(day, at, zone):
        assert found.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, at)


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_a_time_is_there_once_or_the_clock_was_changed(zone: ZoneInfo, day: date, at: time) -> None:
    around = datetime.combine(day, at, tzinfo=zone)
    changed = (around - hours(26)).utcoffset() != (around + hours(26)).utcoffset()
    offsets = {(around + hours(h / 2)).utcoffset() for h in range(-6, 7)}
    assert len(instants(day, at, zone)) == 1 or changed or len(offsets) > 1


def changes_of(zone: ZoneInfo, year: int = 2027) -> list[datetime]:
    """The instants, to the second, at which the zone's clock is moved in a year."""
    found = []
    for count in range(366):
        low = datetime(year, 1, 1, tzinfo=UTC) + count * A_DAY
        high, before = low + A_DAY, low.astimezone(zone).utcoffset()
        if high.astimezone(zone).utcoffset() == before:
            continue
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
        found.append(high.replace(microsecond=0))
    return found


CHANGES = [(zone, at) for zone in map(ZoneInfo, sorted(available_timezones())) for at in changes_of(zone)]


@given(change=st.sampled_from(CHANGES), minute=st.integers(0, 119))
def test_around_every_change_of_clocks_nothing_is_guessed(change: tuple[ZoneInfo, datetime], minute: int) -> None:
    zone, at = change
    before, after = [(at + shift).astimezone(zone).utcoffset() for shift in (-A_DAY / 24, timedelta(0))]
    moved = after - before
    shown = at.astimezone(zone).replace(tzinfo=None) - max(moved, timedelta(0)) + timedelta(minutes=minute)
    inside = timedelta(minutes=minute) < abs(moved)
    if inside and moved > timedelta(0):
        with pytest.raises(NoSuchTime) as refused:
            instant(shown.date(), shown.time(), zone)
        assert refused.value.goes_on_at == at
    elif inside:
        with pytest.raises(Twice) as asked:
            instant(shown.date(), shown.time(), zone)
        assert asked.value.second - asked.value.first == -moved
    else:
        assert instant(shown.date(), shown.time(), zone) >= at


@given(zone=ZONES, day=DAYS)
def test_days_follow_each_other_without_a_gap(zone: ZoneInfo, day: date) -> None:
    begins = day_begins(day, zone)
    assert begins.astimezone(zone).date() == day
    assert (begins - timedelta(seconds=2)).astimezone(zone).date() == day - A_DAY
    week = days_of_week(monday_of(day), zone)
    assert [one.ends for one in week[:-1]] == [one.begins for one in week[1:]]
    assert all(hours(22) <= one.ends - one.begins <= hours(26) for one in week)


@settings(max_examples=300)
@given(zone=ZONES, day=DAYS, begins=TIMES, ends=TIMES, which=st.sampled_from(Which))
def test_a_shift_lasts_what_the_wall_clock_shows_give_or_take_the_change(
    zone: ZoneInfo, day: date, begins: time, ends: time, which: Which
) -> None:
    """Real time, not the difference of the two figures: they differ by exactly the change of offset."""
    try:
        starts_at, ends_at = span(day, begins, ends, zone, which)
    except NoSuchTime:
        return
    local = [at.astimezone(zone) for at in (starts_at, ends_at)]
    shown = local[1].replace(tzinfo=None) - local[0].replace(tzinfo=None)
    assert timedelta(0) < shown <= A_DAY
    assert ends_at - starts_at == shown - (local[1].utcoffset() - local[0].utcoffset())


@given(zone=ZONES, day=DAYS, seconds=st.lists(st.integers(0, 8 * 86400), min_size=2, max_size=6))
def test_places_keep_the_order_of_time(zone: ZoneInfo, day: date, seconds: list[int]) -> None:
    week = days_of_week(monday_of(day), zone)
    found = [place(week[0].begins + timedelta(seconds=count), week) for count in sorted(seconds)]
    assert found == sorted(found)
    assert all(0 <= one <= 7 for one in found)
