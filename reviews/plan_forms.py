"""What a supervisor types into the week: a person, a day, two times of the team's clock, gentler limits."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet

from project.accounts.models import User
from project.problems import Refusal
from reviews.actions.plans import Wish
from reviews.localtimes import Which
from reviews.models import PlannedShift
from reviews.models.plans import CEILINGS, LIMITS
from reviews.plan_errors import LocalTimeTwice

LABELS: Final = {
    "max_clips": "Clips, at most",
    "max_listening_minutes": "Minutes of listening, at most",
    "max_heavy_minutes": "Minutes of heavy material, at most",
    "break_after_minutes": "A break after, minutes",
    "break_minutes": "Length of a break, minutes",
    "heavy_run_minutes": "Heavy material on end, minutes at most",
    "heaviest": "Heaviest material, 0 to 3",
    "cool_down_minutes": "Cool-down after a gravest clip, minutes",
    "wind_down_minutes": "Only lighter material before the end, minutes",
}
WHICH: Final = [("", "Choose"), (Which.FIRST.value, "the first, before"), (Which.SECOND.value, "the second, after")]


class PlanChangeForm(forms.Form):
    """Empty limits leave it to the policy. `asks_which` after a time that the clock shows twice."""

    asks_which = False
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    begins = forms.TimeField(
        label="Begins", input_formats=["%H:%M"], widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label="Ends", input_formats=["%H:%M"], widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    which = forms.ChoiceField(label="The clock shows this time twice. Which is meant?", choices=WHICH, required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for name, label in LABELS.items():
            self.fields[name] = forms.IntegerField(label=label, required=False, min_value=0, max_value=1000)
        self.asks_which = bool(self.is_bound and self.data.get("which"))

    @property
    def limits(self) -> list[Any]:
        return [self[name] for name in LABELS]

    @property
    def has_limits(self) -> bool:
        return any(self[name].value() not in (None, "") or self[name].errors for name in LABELS)

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        which = Which(given["which"]) if given["which"] else None
        limits = {name: given[name] for name in (*CEILINGS, *LIMITS)}
        return Wish(given["day"], given["begins"], given["ends"], which, limits)

    def take(self, refusal: Refusal) -> None:
        """Say a refusal beside the field that it is about."""
        if isinstance(refusal, LocalTimeTwice):
            self.asks_which = True
        for name, words in refusal.extra.get("errors", {}).items():
            self.add_error(name, words)
        if not refusal.extra.get("errors"):
            where = refusal.extra.get("field")
            self.add_error(where if where in self.fields else None, refusal.detail or refusal.title)


class PlanForm(PlanChangeForm):
    team = forms.UUIDField(widget=forms.HiddenInput)
    person = forms.UUIDField(label="For")

    def __init__(self, members: QuerySet[User], data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.members = members
        choices = [("", "Choose somebody"), *((member.pk, member.display_name) for member in members)]
        self.fields["person"].widget = forms.Select(choices=choices)

    def clean_person(self) -> User:
        person = self.members.filter(pk=self.cleaned_data["person"]).first()
        if person is None:
            raise forms.ValidationError("Choose somebody of this team.")
        return person


class CopyWeekForm(forms.Form):
    team = forms.UUIDField()
    week = forms.DateField()
    to_week = forms.DateField()


def initial_of(plan: PlannedShift) -> dict[str, Any]:
    zone = ZoneInfo(plan.team.time_zone)
    begins, ends = plan.starts_at.astimezone(zone), plan.ends_at.astimezone(zone)
    times = {"day": begins.date(), "begins": begins.time(), "ends": ends.time()}
    return {**times, **{name: getattr(plan, name) for name in (*CEILINGS, *LIMITS)}}
