"""The forms of the account pages."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms

from project.accounts.actions.texts import LONGEST

_CONFIDENTIALITY: Final = """\
What you hear here was said by people who did not know that you would listen. They trust whoever holds the recording.

- Keep to yourself what you hear, and who you think is speaking. Do not write it down, copy it or record it.
- Do not look for the people you hear, and do not try to find out who or where they are.
- Talk about a recording only inside Earshot: with a flag, or with your supervisor about a case.
- In support rooms talk about yourself and your colleagues, never about what was said in a recording.
- If you recognise a voice, skip the clip. Nobody asks why."""


class TextForm(forms.Form):
    """A new version of a text that everybody acknowledges."""

    TO_START_WITH: ClassVar[dict[str, Any]] = {
        "slug": "confidentiality",
        "title": "Confidentiality",
        "body": _CONFIDENTIALITY,
    }

    slug = forms.SlugField(max_length=40, label="Short name", help_text="The same name again is a new version of it.")
    title = forms.CharField(max_length=120)
    body = forms.CharField(max_length=LONGEST, label="Text", widget=forms.Textarea(attrs={"rows": 18}))
