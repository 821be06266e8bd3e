"""Clocks and ladders as arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from escalations import sla
from escalations.checks import holidays_are_days
from escalations.sla import Audience, Calendar, WorkingDays
from escalations.states import ClockKind, Tier

ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns")
instants = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))
holidays = st.frozensets(st.dates(date(2024, 1, 1), date(2033, 1, 1)), max_size=20)
weekdays = st.frozensets(st.integers(0, 6), min_size=1)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    holidays=holidays,
    opens=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    weekdays=weekdays,
    worked=holidays,
)
kinds, tiers = st.sampled_from(ClockKind), st.sampled_from(Tier)
SOON = st.timedeltas(timedelta(0), timedelta(days=30))
VIENNA = Calendar(ZoneInfo("Europe/Vienna"))


@pytest.mark.parametrize(
    "tier, kind, span",
    [
        (Tier.T0, ClockKind.ACKNOWLEDGE, timedelta(minutes=15)),
        (Tier.T0, ClockKind.DECIDE, timedelta(minutes=60)),
        (Tier.T0, ClockKind.REVIEW, timedelta(hours=24)),
        (Tier.T1, ClockKind.ACKNOWLEDGE, timedelta(hours=1)),
        (Tier.T1, ClockKind.DECIDE, timedelta(hours=24)),
        (Tier.T2, ClockKind.ACKNOWLEDGE, WorkingDays(1)),
        (Tier.T2, ClockKind.DECIDE, WorkingDays(5)),
    ],
)
def test_the_policys_numbers(tier, kind, span):
    assert sla.SPANS[tier][kind] == span


def test_every_tier_has_every_clock():
    assert all(set(spans) == set(ClockKind) for spans in sla.SPANS.values())


def test_five_working_days_from_a_wednesday_pass_one_weekend():
    start = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
    assert sla.due(ClockKind.DECIDE, Tier.T2, start, VIENNA) == datetime(2026, 11, 25, 15, 30, tzinfo=UTC)


def test_a_saturday_counts_from_monday_morning_of_the_team():
    saturday = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    assert VIENNA.after_working_days(saturday, 1) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # nine in Vienna


def test_a_holiday_is_no_working_day():
    calendar = Calendar(ZoneInfo("UTC"), frozenset({date(2026, 12, 25)}))
    thursday = datetime(2026, 12, 24, 10, tzinfo=UTC)
    assert calendar.after_working_days(thursday, 1) == datetime(2026, 12, 28, 10, tzinfo=UTC)


@given(calendar=calendars, day=st.dates(date(2024, 1, 1), date(2033, 1, 1)))
def test_a_day_off_is_none_unless_the_team_works_all_the_same(calendar, day):
    off = replace(calendar, holidays=calendar.holidays | {day}, worked=calendar.worked - {day})
    assert not off.is_working_day(day)
    assert replace(off, worked=off.worked | {day}).is_working_day(day)


@given(start=instants, calendar=calendars, days=st.integers(1, 10), ahead=st.integers(0, 30))
def test_one_more_day_off_never_makes_a_deadline_earlier(start, calendar, days, ahead):
    calendar = replace(calendar, opens=time(0))  # a day off that has begun moves a start to its opening
    more = replace(calendar, holidays=calendar.holidays | {start.date() + timedelta(days=ahead)})
    before, after = (one.after_working_days(start, days).astimezone(calendar.zone) for one in (calendar, more))
    assert after.date() >= before.date()


@given(one=calendars, other=calendars, days=st.permutations([date(2026, 12, day) for day in range(24, 29)]))
def test_a_fingerprint_tells_calendars_apart_and_knows_no_order(one, other, days):
    same = replace(one, holidays=frozenset(days), worked=frozenset())
    assert same.fingerprint() == replace(same, holidays=frozenset(sorted(days))).fingerprint()
    kept = [(c.zone.key, c.opens, c.weekdays, c.holidays - c.worked, c.worked) for c in (one, other)]
    assert (one.fingerprint() == other.fingerprint()) == (kept[0] == kept[1])


def test_the_longest_rest_is_counted_in_days_on_end():
    calendar = Calendar(holidays=frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    assert calendar.longest_rest(date(2026, 12, 21), date(2027, 1, 3)) == 4  # Thursday to Sunday


def test_the_day_is_the_teams_not_utcs():
    """Friday evening in UTC is Saturday in Auckland."""
    friday = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    due = Calendar(ZoneInfo("Pacific/Auckland")).after_working_days(friday, 1)
    assert due.astimezone(ZoneInfo("Pacific/Auckland")).strftime("%a %H:%M") == "Tue 09:00"


def test_the_wall_clock_stays_when_summer_time_ends():
    friday = datetime(2026, 10, 23, 7, 0, tzinfo=UTC)  # 09:00 in Vienna, summer time
    assert VIENNA.after_working_days(friday, 1) == datetime(2026, 10, 26, 8, 0, tzinfo=UTC)  # 09:00, winter time


@given(start=instants, calendar=calendars, kind=kinds, tier=tiers)
def test_a_deadline_lies_ahead(start, calendar, kind, tier):
    assert sla.due(kind, tier, start, calendar) > start


@given(start=instants, calendar=calendars, days=st.integers(1, 15))
def test_a_deadline_in_working_days_falls_on_one(start, calendar, days):
    due = calendar.after_working_days(start, days).astimezone(calendar.zone)
    assert calendar.is_working_day(due.date())


@given(start=instants, calendar=calendars, days=st.integers(1, 15))
def test_exactly_so_many_working_days_lie_between(start, calendar, days):
    first = start.astimezone(calendar.zone).date()
    last = calendar.after_working_days(start, days).astimezone(calendar.zone).date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    worked = sum(calendar.is_working_day(day) for day in between)
    assert worked == days + (not calendar.is_working_day(first))


@given(
    start=instants, later=st.timedeltas(timedelta(0), timedelta(days=30)), calendar=calendars, kind=kinds, tier=tiers
)
@example(
    start=datetime(2025, 2, 21, 23, tzinfo=UTC),
    later=timedelta(days=2),
    calendar=VIENNA,
    kind=ClockKind.ACKNOWLEDGE,
    tier=Tier.T2,
)  # midnight before a Saturday and before a Monday: the second was due first
def test_who_starts_later_is_due_no_earlier(start, later, calendar, kind, tier):
    zone = calendar.zone
    due, due_later = (sla.due(kind, tier, at, calendar) for at in (start, start + later))
    shift = due.astimezone(zone).utcoffset() - due_later.astimezone(zone).utcoffset()
    assert due_later >= due - abs(shift)  # in the repeated hour of autumn two instants share a wall clock


@given(start=instants, calendar=calendars, kind=kinds)
def test_graver_is_never_slower(start, calendar, kind):
    dues = [sla.due(kind, tier, start, calendar) for tier in (Tier.T0, Tier.T1, Tier.T2)]
    assert dues == sorted(dues)


@given(
    tier=tiers, kind=kinds, rung=st.integers(1, 400), due=instants, late=st.timedeltas(timedelta(0), timedelta(days=9))
)
def test_the_ladder_never_falls_silent_and_never_goes_back(tier, kind, rung, due, late):
    now = due + late
    following = sla.next_rung_at(rung, tier, kind, due_at=due, now=now)
    assert now <= following <= now + timedelta(days=1) + sla.pause_after(rung, tier, kind) * rung


def test_it_climbs_team_all_on_call_and_stays_there():
    assert [sla.audience(rung, legals_turn=False) for rung in (1, 2, 3, 4, 99)] == [
        Audience.TEAM_SUPERVISORS, Audience.ALL_SUPERVISORS, Audience.ON_CALL, Audience.ON_CALL, Audience.ON_CALL,
    ]  # fmt: skip


def test_what_is_legals_climbs_within_legal():
    assert {sla.audience(rung, legals_turn=True) for rung in range(1, 6)} == {Audience.LEGAL, Audience.ON_CALL}


def test_pauses_below_the_top_are_the_tiers_and_double_beyond():
    pauses = [sla.pause_after(rung, Tier.T0, ClockKind.DECIDE) for rung in (1, 2, 3, 4, 5)]
    assert pauses == [timedelta(minutes=m) for m in (5, 5, 10, 20, 40)]
    assert sla.pause_after(60, Tier.T0, ClockKind.DECIDE) == timedelta(days=1)


def test_a_holiday_that_is_no_day_is_found_at_start_up(settings):
    settings.HOLIDAYS = ("2026-12-25", "Christmas")
    assert [error.id for error in holidays_are_days(None)] == ["escalations.E001"]
