"""When a team works: set by its supervisors and by administrators, bounded, in the ledger, told to the clocks."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from escalations.actions.calendars import (
    LONGEST_REST_DAYS,
    MOST_DAYS,
    calendar_of_team,
    forget_day,
    set_day,
    set_hours,
)
from escalations.models import TeamCalendar
from project.ledger.models import Entry
from project.problems import Absent, Invalid

pytestmark = pytest.mark.django_db


def changes() -> int:
    return Entry.objects.filter(event="calendar.changed").count()


def test_a_team_without_a_calendar_works_monday_to_friday_without_the_organisations_days_off(team, settings):
    settings.HOLIDAYS = ["2026-12-25"]
    calendar = calendar_of_team(team)
    assert [calendar.is_working_day(date(2026, 12, day)) for day in range(21, 28)] == [True] * 4 + [False] * 3


def test_a_team_is_off_or_works_on_days_of_its_own(team, other_team, supervisor, settings, noon):
    settings.HOLIDAYS = ["2026-12-25"]
    set_day(team.pk, date(2026, 12, 24), works=False, acting_user=supervisor, now=noon)
    set_day(team.pk, date(2026, 12, 25), works=True, acting_user=supervisor, now=noon)
    mine, theirs = calendar_of_team(team), calendar_of_team(other_team)
    days = (date(2026, 12, 24), date(2026, 12, 25))
    assert [mine.is_working_day(day) for day in days] == [False, True]
    assert [theirs.is_working_day(day) for day in days] == [True, False]


def test_a_day_is_one_or_the_other_and_can_be_taken_back(team, supervisor, noon):
    day = date(2026, 12, 24)
    for works in (False, True):
        set_day(team.pk, day, works=works, acting_user=supervisor, now=noon)
    row = TeamCalendar.objects.get(team=team)
    assert (row.days_off, row.days_worked) == ([], [day])
    row = forget_day(team.pk, day, acting_user=supervisor, now=noon)
    assert (row.days_off, row.days_worked) == ([], [])


def test_the_database_keeps_a_day_from_being_both(team, noon):
    day = date(2026, 12, 24)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamCalendar.objects.create(team=team, weekdays=[0], days_off=[day], days_worked=[day], changed_at=noon)


@pytest.mark.parametrize("weekdays", [[], [7]])
def test_a_team_works_on_some_weekday(team, supervisor, noon, weekdays):
    with pytest.raises(Invalid):
        set_hours(team.pk, opens=time(9), weekdays=weekdays, acting_user=supervisor, now=noon)
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamCalendar.objects.create(team=team, weekdays=weekdays, changed_at=noon)


def test_the_ledger_says_what_and_twice_is_once(team, supervisor, noon):
    for _ in range(2):
        set_day(team.pk, date(2026, 12, 24), works=False, acting_user=supervisor, now=noon)
        set_hours(team.pk, opens=time(8), weekdays=[0, 1], acting_user=supervisor, now=noon)
    assert changes() == 2
    assert Entry.objects.filter(event="calendar.changed", facts__day="2026-12-24", facts__works=False).exists()


def test_a_rest_without_end_is_refused(team, supervisor, noon):
    """Cases would wait: a deadline in working days must come."""
    set_hours(team.pk, opens=time(9), weekdays=[0], acting_user=supervisor, now=noon)
    mondays = [date(2026, 11, 23) + n * timedelta(days=7) for n in range(5)]
    for monday in mondays[:3]:
        set_day(team.pk, monday, works=False, acting_user=supervisor, now=noon)
    with pytest.raises(Invalid) as refused:
        set_day(team.pk, mondays[3], works=False, acting_user=supervisor, now=noon)
    assert str(LONGEST_REST_DAYS) in refused.value.detail
    assert changes() == 4


def test_there_is_an_end_to_the_list_and_to_the_years(team, supervisor, noon):
    days = [date(2027, 1, 2) + n * timedelta(days=7) for n in range(MOST_DAYS)]  # Saturdays
    TeamCalendar.objects.create(team=team, weekdays=[0, 1], days_off=days, changed_at=noon)
    for day in (date(2027, 1, 3), date(2035, 1, 1)):
        with pytest.raises(Invalid):
            set_day(team.pk, day, works=False, acting_user=supervisor, now=noon)


def test_other_teams_calendars_are_absent_administrators_set_all(
    team, other_team, supervisor, other_supervisor, administrator, reviewer, noon
):
    for person in (other_supervisor, reviewer):
        with pytest.raises(Absent):
            set_day(team.pk, date(2026, 12, 24), works=False, acting_user=person, now=noon)
    for one in (team, other_team):
        set_day(one.pk, date(2026, 12, 24), works=False, acting_user=administrator, now=noon)
    assert changes() == 2


def test_the_api_lists_and_sets(api_of, team, supervisor, administrator, other_team, now):
    client = api_of(supervisor)
    hours, days = (reverse(f"escalations-api:calendar-{noun}", args=[team.pk]) for noun in ("hours", "days"))
    soon = str(now.date() + timedelta(days=9))
    assert client.post(hours, {"opens": "08:30", "weekdays": [6, 0]}, format="json").json()["weekdays"] == [0, 6]
    assert client.post(days, {"day": soon, "works": False}, format="json").json()["days_off"] == [soon]
    assert client.post(days, {"day": soon, "works": None}, format="json").json()["days_off"] == []
    assert client.post(days, {"day": "soon", "works": False}, format="json").status_code == 400
    assert client.get(hours).status_code == 405
    (mine,) = client.get(reverse("escalations-api:calendars")).json()["results"]
    assert (mine["opens"], mine["time_zone"]) == ("08:30", "UTC")
    assert len(api_of(administrator).get(reverse("escalations-api:calendars")).json()["results"]) == 2


def test_the_page_sets_shows_and_takes_back(client_of, team, other_team, supervisor, other_supervisor, settings, now):
    soon = now.date() + timedelta(days=9)
    settings.HOLIDAYS = [str(soon + timedelta(days=1))]
    client = client_of(supervisor)
    text = client.get("/calendars/").content.decode()
    assert "the whole organisation is off" in text
    assert "Team two" not in text
    add, forget, hours = (
        reverse(f"escalations:calendar-{noun}", args=[team.pk]) for noun in ("day", "forget-day", "hours")
    )
    after = client.post(add, {"day": str(soon), "works": "no"}, follow=True).content.decode()
    assert "the team is off" in after
    assert client.post(add, {"day": "", "works": "no"}).status_code == 422
    assert client.post(hours, {"opens": "09:00"}).status_code == 422
    assert client.post(hours, {"opens": "07:15", "weekdays": ["0", "1"]}).status_code == 302
    assert 'value="07:15"' in client.get("/calendars/", {"team": team.pk}).content.decode()
    assert "the team is off" not in client.post(forget, {"day": str(soon)}, follow=True).content.decode()
    assert client.get("/calendars/", {"team": other_team.pk}).status_code == 404
    assert client.get("/calendars/", {"team": "nonsense"}).status_code == 404
