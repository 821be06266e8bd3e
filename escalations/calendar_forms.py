"""What is typed into a team's working calendar."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms

from escalations.actions.calendars import forget_day, set_day, set_hours
from escalations.forms import StrictForm
from project.accounts.models import User

WEEKDAYS = list(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")))
_DATE = {"type": "date"}


class HoursForm(StrictForm):
    prefix_of_ids = "hours"
    opens = forms.TimeField(label="The day begins at", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekdays = forms.TypedMultipleChoiceField(
        label="Working days", coerce=int, choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )

    def carry_out(self, team_id: UUID, user: User, now: datetime) -> None:
        given = self.cleaned_data
        set_hours(team_id, opens=given["opens"], weekdays=given["weekdays"], acting_user=user, now=now)


class SpecialDayForm(StrictForm):
    prefix_of_ids = "day"
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs=_DATE))
    works = forms.TypedChoiceField(
        label="On this day the team",
        choices=[("no", "is off"), ("yes", "works all the same")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        initial="no",
    )

    def carry_out(self, team_id: UUID, user: User, now: datetime) -> None:
        set_day(team_id, self.cleaned_data["day"], works=self.cleaned_data["works"], acting_user=user, now=now)


class ForgetDayForm(StrictForm):
    day = forms.DateField()

    def carry_out(self, team_id: UUID, user: User, now: datetime) -> None:
        forget_day(team_id, self.cleaned_data["day"], acting_user=user, now=now)
