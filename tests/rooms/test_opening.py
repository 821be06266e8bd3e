"""Opening hours (pure): on the room's own wall clock, across midnights, weeks and changes of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.opening import DAY_MINUTES, FOREVER, Hours, is_open, next_time, openings

BERLIN = ZoneInfo("Europe/Berlin")
MINUTES = st.integers(0, DAY_MINUTES - 1)
LONG = st.integers(1, DAY_MINUTES)
HOURS = st.builds(lambda day, opens, long: Hours(day, opens, opens + long), st.integers(0, 6), MINUTES, LONG)
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia")])
# No change of clocks there, which could skip an hour.
STEADY = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "America/Bogota")])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(HOURS, ZONES, MOMENTS)
@settings(max_examples=40)
def test_open_is_what_the_rooms_own_clock_says(one: Hours, zone: ZoneInfo, now: datetime) -> None:
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if any((local + timedelta(days=days)).utcoffset() != local.utcoffset() for days in (-2, -1, 0, 1)):
        return  # clocks change hereabouts: the examples below
    since = (now - midnight.astimezone(UTC)) / timedelta(minutes=1)
    today = one.weekday == local.weekday() and one.opens <= since < one.closes
    yesterday = one.weekday == (local.weekday() - 1) % 7 and since + DAY_MINUTES < one.closes
    assert is_open([one], zone, now) == (today or yesterday)


@given(st.lists(HOURS, min_size=1, max_size=5), STEADY, MOMENTS)
@settings(max_examples=40)
def test_it_opens_again_within_two_weeks_and_not_before(hours: list[Hours], zone: ZoneInfo, now: datetime) -> None:
    opens_at = next_time(openings(hours, zone, now), [(now, FOREVER)], now)
    assert opens_at is not None
    assert now <= opens_at <= now + timedelta(days=9)
    assert is_open(hours, zone, opens_at)
    assert (opens_at == now) == is_open(hours, zone, now)
    assert next_time(openings(hours, zone, now), [], now) is None


@pytest.mark.parametrize(("day", "utc_hour"), [((2026, 3, 27), 8), ((2026, 3, 30), 7), ((2026, 10, 26), 8)])
def test_nine_stays_nine_when_clocks_change(day: tuple[int, int, int], utc_hour: int) -> None:
    nine = [Hours(datetime(*day).weekday(), 9 * 60, 17 * 60)]
    opens = datetime(*day, utc_hour, tzinfo=UTC)
    assert is_open(nine, BERLIN, opens)
    assert not is_open(nine, BERLIN, opens - timedelta(seconds=1))


def test_an_hour_that_is_skipped_opens_nothing_and_a_duty_that_begins_later_opens_later() -> None:
    skipped = [Hours(6, 2 * 60, 3 * 60)]  # in that night 02:00 to 03:00 does not exist
    assert not is_open(skipped, BERLIN, datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    now = datetime(2026, 11, 18, 6, tzinfo=UTC)
    nine = [Hours(2, 9 * 60, 17 * 60)]
    begins = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert next_time(openings(nine, BERLIN, now), [(begins, FOREVER)], now) == begins
    assert next_time(openings(nine, BERLIN, now), [(now, now + timedelta(hours=1))], now) is None
