"""What people type into the pages of shifts and queue, bounded."""

from django import forms

from reviews.models.shifts import MOST_CLIPS


class ShiftForm(forms.Form):
    """Both empty: all that the policy allows."""

    max_clips = forms.IntegerField(min_value=1, max_value=MOST_CLIPS, required=False)
    minutes = forms.IntegerField(min_value=1, max_value=24 * 60, required=False)


class PriorityForm(forms.Form):
    """A locale's priority in the queue, 9 first."""

    locale = forms.CharField(max_length=35)
    priority = forms.IntegerField(min_value=0, max_value=9)
