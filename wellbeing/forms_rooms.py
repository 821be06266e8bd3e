"""What pages of rooms and moderation take. Actions say no to what is out of bounds; here types are made."""

from typing import Any

from django import forms

from project.problems import Invalid
from wellbeing.actions.rooms import SHARED_KINDS
from wellbeing.actions.unmasking import Why
from wellbeing.models import Alert, Message
from wellbeing.opening import DAY_MINUTES, Hours


class Strict(forms.Form):
    """A form that knows all its fields: an unknown one is an error."""

    def clean(self) -> dict[str, Any]:
        known = {*self.fields, "csrfmiddlewaretoken"}
        if set(self.data) - known:
            raise forms.ValidationError("This form has other fields.")
        return self.cleaned_data


class PostForm(Strict):
    client_id = forms.CharField(max_length=64)
    text = forms.CharField(max_length=2000, strip=True)


class ReportForm(Strict):
    message_id = forms.IntegerField(min_value=1, max_value=2**62)
    reason = forms.CharField(max_length=500, required=False)


class AboutForm(Strict):
    message = forms.UUIDField()
    answer = forms.ChoiceField(choices=Alert.About.choices)


class AfterForm(forms.Form):
    after = forms.IntegerField(min_value=0, max_value=2**62)


class VersionForm(Strict):
    version = forms.IntegerField(min_value=0)


class MoveForm(VersionForm):
    colleague = forms.UUIDField()


class ShareForm(Strict):
    counsellor = forms.UUIDField()
    days = forms.IntegerField(min_value=1, max_value=90)


class RemoveForm(VersionForm):
    reason = forms.ChoiceField(choices=Message.Removal.choices)


class AppealForm(Strict):
    text = forms.CharField(max_length=1000)


class DecideForm(VersionForm):
    decision = forms.ChoiceField(choices=[("restore", "Put it back"), ("uphold", "It stays removed")])


class MuteForm(Strict):
    minutes = forms.IntegerField(min_value=0, max_value=10_080)


class SlowForm(VersionForm):
    seconds = forms.IntegerField(min_value=0, max_value=600)


class NoteForm(Strict):
    text = forms.CharField(max_length=1000)


class NewRoomForm(Strict):
    name = forms.CharField(max_length=100)
    slug = forms.SlugField(max_length=60)
    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in SHARED_KINDS], required=False)


class HoursForm(VersionForm):
    """Seven pairs of times; a day without both is closed, one that closes no later than it opens runs past midnight."""

    time_zone = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in range(7):
            for name in ("opens", "closes"):
                self.fields[f"{name}_{weekday}"] = forms.TimeField(required=False)

    def hours(self) -> list[Hours]:
        """What was filled in."""
        found = []
        for weekday in range(7):
            opens, closes = (self.cleaned_data[f"{name}_{weekday}"] for name in ("opens", "closes"))
            if (opens is None) != (closes is None):
                raise Invalid("A day has both times, or none.")
            if opens is not None and closes is not None:
                since, until = (at.hour * 60 + at.minute for at in (opens, closes))
                found.append(Hours(weekday, since, until if until > since else until + DAY_MINUTES))
        return found


class MemberForm(Strict):
    email = forms.EmailField()


class DutyForm(Strict):
    moderator = forms.UUIDField()
    starts_at = forms.DateTimeField(required=False)
    ends_at = forms.DateTimeField(required=False)


class UnmaskForm(Strict):
    why = forms.ChoiceField(choices=Why.choices)
