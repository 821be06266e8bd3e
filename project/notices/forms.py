"""Forms of notices. A field that is not known is refused."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms

from project.accounts.models import User
from project.notices.models import QuietHours
from project.problems import Invalid


class KnownFields(forms.Form):
    """Raises Invalid for a field that the form does not have: a misspelt one is never silently dropped."""

    def full_clean(self) -> None:
        if self.is_bound and set(self.data) - set(self.fields) - {"csrfmiddlewaretoken"}:
            raise Invalid("This form has fields that are not known here.")
        super().full_clean()


@cache
def zones() -> list[str]:
    return sorted(available_timezones())


class QuietForm(KnownFields):
    begins = forms.TimeField(label="Quiet from", required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    ends = forms.TimeField(label="Until", required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    time_zone = forms.CharField(
        label="By the clock of",
        max_length=60,
        help_text="A place of the IANA list, such as Europe/Madrid.",
        widget=forms.TextInput({"list": "zones", "autocomplete": "off"}),
    )

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if name not in zones():
            raise forms.ValidationError("This is no place of the list, such as Europe/Madrid.")
        return name


class RetryForm(KnownFields):
    """Whose sends; empty: the organisation's."""

    person = forms.UUIDField(required=False)


def initial_of(user: User) -> dict[str, Any]:
    quiet = QuietHours.objects.filter(person=user).first()
    if quiet is None:
        return {"time_zone": user.time_zone}
    return {"begins": quiet.begins, "ends": quiet.ends, "time_zone": quiet.time_zone}
