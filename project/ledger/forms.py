from __future__ import annotations

from django import forms

from project.ledger.events import Event, in_words
from project.ledger.reading import Cursor


class FilterForm(forms.Form):
    """What an auditor may ask the page for; anything else in the address is ignored by nobody: it is refused."""

    event = forms.ChoiceField(
        choices=[("", "Everything"), *((event.value, in_words(event)) for event in Event)], required=False
    )
    subject = forms.CharField(max_length=40, required=False, label="Object's id")
    before = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)

    def clean_before(self) -> Cursor | None:
        text = self.cleaned_data["before"]
        try:
            return Cursor.parse(text) if text else None
        except ValueError:
            raise forms.ValidationError("This page's address is damaged; start from the newest entry.") from None
