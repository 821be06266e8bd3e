"""What people type into the pages of shifts and queue, bounded."""

from django import forms

from reviews.models.shifts import MOST_CLIPS


class ShiftForm(forms.Form):
    """Both empty: all that the policy or the plan allows."""

    plan = forms.UUIDField(required=False)
    max_clips = forms.IntegerField(min_value=1, max_value=MOST_CLIPS, required=False)
    minutes = forms.IntegerField(min_value=1, max_value=24 * 60, required=False)


class PriorityForm(forms.Form):
    """A lane's priority in the queue, 9 first."""

    locale = forms.CharField(max_length=35)
    skill = forms.CharField(max_length=40, required=False)
    to_decide = forms.BooleanField(required=False)
    priority = forms.IntegerField(min_value=0, max_value=9)


class SkillsForm(forms.Form):
    """Skills as people write them: words with spaces or commas between."""

    skills = forms.CharField(max_length=500, required=False)

    def clean_skills(self) -> list[str]:
        return self.cleaned_data["skills"].lower().replace(",", " ").split()
