"""A team's calendar changes: running clocks get their new deadline by a sweep, what was missed stays missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from escalations.actions.calendars import set_day, set_hours
from escalations.actions.cases import tighten
from escalations.actions.clocks import climb
from escalations.actions.recounting import cases_to_recount, recount_all, recount_case
from escalations.states import State, Tier
from escalations.tasks import recount_clocks
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# The cast's noon is a Wednesday: T2's referral is due on Thursday noon, its decision on Wednesday noon a week later.
THURSDAY = date(2026, 11, 19)
DUE = datetime(2026, 11, 19, 12, tzinfo=UTC)


@pytest.fixture
def case(report, supervisor, bring, noon):
    return bring(report(now=noon), State.TRIAGED, tier=Tier.T2, now=noon)


def due(case, kind="refer"):
    return case.clocks.running().get(kind=kind).due_at


def entries():
    return Entry.objects.filter(event="case.clocks-recounted")


def test_nothing_is_left_to_count_after_a_case_was_opened(case, noon):
    assert due(case) == DUE
    assert list(cases_to_recount()) == []


def test_a_day_off_moves_the_clocks_that_count_working_days(case, supervisor, noon):
    set_day(case.team_id, THURSDAY, works=False, acting_user=supervisor, now=noon)
    assert recount_all(now=noon + HOUR) == 1
    assert due(case) == DUE + timedelta(days=1)
    assert due(case, "decide") == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert entries().get().facts == {"clocks": ["decide", "refer"]}
    assert case.events.filter(kind="recounted").count() == 1


def test_twice_is_once(case, supervisor, noon):
    set_day(case.team_id, THURSDAY, works=False, acting_user=supervisor, now=noon)
    assert [recount_all(now=noon + HOUR) for _ in range(2)] == [1, 0]
    assert entries().count() == 1


@pytest.mark.parametrize(
    "change, moved_to",
    [
        ("zone", datetime(2026, 11, 19, 14, tzinfo=UTC)),  # nine in New York: it had not opened when the case came
        ("organisation", DUE + timedelta(days=1)),
        ("hours", datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("weekdays", datetime(2026, 11, 23, 9, tzinfo=UTC)),
    ],
)
def test_whatever_changed_the_calendar_is_found(case, supervisor, settings, noon, change, moved_to):
    if change == "zone":
        case.team.time_zone = "America/New_York"
        case.team.save()
    elif change == "organisation":
        settings.HOLIDAYS = [str(THURSDAY)]
    elif change == "hours":
        set_hours(case.team_id, opens=time(15), weekdays=[0, 1, 2, 3, 4], acting_user=supervisor, now=noon)
    else:
        set_hours(case.team_id, opens=time(9), weekdays=[0, 4], acting_user=supervisor, now=noon)
    recount_all(now=noon + HOUR)
    assert due(case) == moved_to


def test_a_missed_clock_stays_missed_on_its_rung(case, supervisor, noon):
    late = DUE + HOUR
    clock = case.clocks.running().get(kind="refer")
    climb(clock.pk, now=late)
    set_day(case.team_id, THURSDAY, works=False, acting_user=supervisor, now=late)
    recount_all(now=late)
    clock.refresh_from_db()
    assert (clock.due_at, clock.rung, clock.stopped_at) == (DUE, 1, None)
    assert due(case, "decide") == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert list(cases_to_recount()) == []


def test_danger_that_was_reported_is_not_slowed_down_by_a_calendar(case, supervisor, noon):
    tighten(case, now=noon)
    set_day(case.team_id, THURSDAY, works=False, acting_user=supervisor, now=noon)
    assert recount_all(now=noon + timedelta(minutes=1)) == 0
    assert due(case) == noon + timedelta(minutes=15)
    assert list(cases_to_recount()) == []


def test_clocks_in_minutes_know_no_days_off(report, make_clip, supervisor, noon):
    grave = report(clip_id=make_clip(noon).pk, now=noon)
    set_day(grave.team_id, noon.date(), works=False, acting_user=supervisor, now=noon)
    assert recount_all(now=noon) == 0
    assert due(grave, "acknowledge") == noon + HOUR


def test_other_teams_clocks_stay(case, other_team, other_supervisor, noon):
    set_day(other_team.pk, THURSDAY, works=False, acting_user=other_supervisor, now=noon)
    assert recount_all(now=noon) == 0
    assert due(case) == DUE


def test_a_sweep_that_was_stopped_goes_on_where_it_was(case, report, make_clip, bring, supervisor, noon):
    second = bring(report(clip_id=make_clip(noon).pk, now=noon), State.TRIAGED, tier=Tier.T2, now=noon)
    set_day(case.team_id, THURSDAY, works=False, acting_user=supervisor, now=noon)
    assert recount_case(next(cases_to_recount()), now=noon)
    assert recount_all(now=noon) == 1
    assert due(case) == due(second) == DUE + timedelta(days=1)


def test_the_task_finds_it_by_itself(report, bring, supervisor, now):
    """Seven days off from today on: whatever today is, the deadline moves."""
    case = bring(report(now=now), State.TRIAGED, tier=Tier.T2, now=now)
    before = due(case)
    for ahead in range(8):
        set_day(case.team_id, (now + timedelta(days=ahead)).date(), works=False, acting_user=supervisor, now=now)
    assert recount_clocks() == 1
    assert due(case) > before
