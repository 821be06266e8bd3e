"""What a supervisor types into the roster: a person and two times of one wall clock."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from escalations.actions.duties import MOST_WEEKS, people_to_plan
from escalations.forms import StrictForm
from escalations.roster import Span, span_of, weekly
from project.accounts.models import Team, User

_TIMES = ("%Y-%m-%dT%H:%M",)


class DutyForm(StrictForm):
    prefix_of_ids = "duty"
    person = forms.UUIDField(label="Who")
    begins = forms.DateTimeField(
        label="From", input_formats=_TIMES, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends = forms.DateTimeField(
        label="Until", input_formats=_TIMES, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    zone = forms.ChoiceField(label="These are times of")
    weeks = forms.IntegerField(
        label="Weeks", min_value=1, max_value=MOST_WEEKS, required=False, initial=1,
        help_text="The same days and times in each of so many weeks. 1: once.",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, about=(user, None), **kwargs)

    def offer(self, user: User, case: Any) -> None:
        people = [("", "Choose somebody"), *((one.pk, one.display_name) for one in people_to_plan())]
        self.fields["person"].widget = forms.Select(choices=people)
        zones = dict.fromkeys(
            [user.time_zone, *Team.objects.order_by("name").values_list("time_zone", flat=True), "UTC"]
        )
        self.offer_of("zone", [(name, name.replace("_", " ")) for name in zones])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if {"begins", "ends", "zone"} <= given.keys():
            begins, ends = (given[name].replace(tzinfo=None) for name in ("begins", "ends"))
            zone = ZoneInfo(given["zone"])
            try:
                first = span_of(begins, ends, zone)
                self.spans: list[Span] = weekly(first, begins, ends, zone, given.get("weeks") or 1)
            except ValueError:
                self.add_error("ends", "It must end after it began.")
        return given
