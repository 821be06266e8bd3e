"""Forms of the person's own pages. A field that is not known is refused."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from project.problems import Invalid
from wellbeing.categories import GRAVE
from wellbeing.day import BreakKind
from wellbeing.limits import Policy, Preferences, clip_ceiling
from wellbeing.models.preferences import WISHES
from wellbeing.questions import Question

LABELS: Final = {
    "max_clips": ("Clips a shift, at most", ""),
    "break_after_minutes": ("A break after, minutes", ""),
    "break_minutes": ("Length of a break, minutes", ""),
    "heavy_day_minutes": ("Heavy material a day, minutes at most", "0 means none."),
    "heavy_run_minutes": ("Heavy material on end, minutes at most", ""),
    "heaviest": ("Heaviest material, 0 to 3", "2 and 3 are heavy, 3 is gravest."),
    "cool_down_minutes": ("Cool-down after a gravest clip, minutes", ""),
    "wind_down_minutes": ("Only lighter material before the end of a shift, minutes", ""),
}


class KnownFields(forms.Form):
    """Raises Invalid for a field that the form does not have: a misspelt one is never silently dropped."""

    def full_clean(self) -> None:
        if self.is_bound and set(self.data) - set(self.fields) - {"csrfmiddlewaretoken"}:
            raise Invalid("This form has fields that are not known here.")
        super().full_clean()


class BreakForm(KnownFields):
    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in BreakKind])


class CheckInForm(KnownFields):
    """The items of one check-in as radio buttons."""

    def __init__(self, question: Question, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{question.kind}-%s")
        self.question = question
        self.fields["kind"] = forms.CharField(initial=question.kind, widget=forms.HiddenInput, max_length=40)
        for item, text in question.items.items():
            self.fields[item] = forms.TypedChoiceField(
                label=text, coerce=int, choices=question.answers, widget=forms.RadioSelect
            )

    @property
    def answers(self) -> dict[str, int]:
        return {item: self.cleaned_data[item] for item in self.question.items}


class PreferencesForm(KnownFields):
    """Every wish, bounded by the policy on its harsher side."""

    opt_out = forms.MultipleChoiceField(
        label="Leave these out", required=False, choices=GRAVE, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, policy: Policy, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for name in WISHES:
            label, hint = LABELS[name]
            limit = _limit(policy, name)
            self.fields[name] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=1000, help_text=f"The policy says {limit}. {hint}"
            )

    @property
    def wishes(self) -> Preferences:
        given = self.cleaned_data
        return Preferences(opt_out=frozenset(given["opt_out"]), **{name: given[name] for name in WISHES})


def initial_of(wishes: Preferences) -> dict[str, Any]:
    return {"opt_out": sorted(wishes.opt_out), **{name: getattr(wishes, name) for name in WISHES}}


def _limit(policy: Policy, name: str) -> int:
    if name == "max_clips":
        return clip_ceiling(policy, Preferences.none(), policy.shift_minutes)
    return int(getattr(policy, name))
