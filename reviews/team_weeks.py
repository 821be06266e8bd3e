"""A team's week: its days by the team's clock, days off by the calendar that the clocks of cases use too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from escalations.actions.calendars import calendar_of_team
from project.accounts.models import Team
from reviews.localtimes import LocalDay, days_of_week


def week_of_team(team: Team, monday: date) -> list[LocalDay]:
    calendar = calendar_of_team(team)
    days = days_of_week(monday, ZoneInfo(team.time_zone))
    return [replace(day, is_off=not calendar.is_working_day(day.day)) for day in days]
