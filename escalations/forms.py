"""Forms of the case page. Each knows the words that its verb takes; a field it does not know is refused."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.utils import timezone

from escalations.actions.disclosures import Details
from escalations.actions.merging import offered_to
from escalations.actions.moves import Words
from escalations.models import Case
from escalations.states import Decision, Tier
from escalations.tree import Answer, Answers, tier_of
from project.accounts.models import Team, User

LONGEST: Final = 10_000
_IGNORED: Final = frozenset({"csrfmiddlewaretoken", "next", "proposal"})


def _words(
    label: str, *, required: bool = True, rows: int = 3, help_text: str = "", longest: int = LONGEST
) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, max_length=longest, widget=area, help_text=help_text)


class StrictForm(forms.Form):
    """Refuses fields that it does not know, and gives each rendering ids of its own."""

    prefix_of_ids: ClassVar[str] = "form"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        about = kwargs.pop("about", None)
        kwargs.setdefault("auto_id", f"{self.prefix_of_ids}-%s")
        super().__init__(*args, **kwargs)
        if about is not None:
            self.offer(*about)
        for name, bound in self.fields.items():
            if self.is_bound and name in self.errors:
                bound.widget.attrs["aria-invalid"] = "true"

    def offer_of(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def offer(self, user: User, case: Case) -> None:
        """Fill in what can be chosen in this case, before anything is checked; most forms have nothing of the kind."""

    def clean(self) -> dict[str, Any]:
        if set(self.data) - set(self.fields) - _IGNORED:
            raise forms.ValidationError("This form was sent with fields that are not known here.")
        return super().clean() or self.cleaned_data


class VerbForm(StrictForm):
    """A verb that needs no words."""

    def words(self) -> Words:
        return Words()


class ReasonForm(VerbForm):
    reason = _words("Why?", help_text="Sealed with the case; only who may see it can read this.")

    def words(self) -> Words:
        return Words(reason=self.cleaned_data["reason"])


class ReopenForm(ReasonForm):
    prefix_of_ids = "reopen"


class DismissForm(ReasonForm):
    prefix_of_ids = "dismiss"


class QuestionForm(ReasonForm):
    prefix_of_ids = "question"
    reason = _words("What do you need to know?", required=False, help_text="Sealed with the case.")


class NoteForm(VerbForm):
    prefix_of_ids = "note"
    text = _words("Note")

    def words(self) -> Words:
        return Words(text=self.cleaned_data["text"])


_ANSWERS: Final = [(Answer.YES.value, "Yes"), (Answer.NO.value, "No"), (Answer.UNSURE.value, "Unsure")]


def _question(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_ANSWERS, widget=forms.RadioSelect)


class TriageForm(VerbForm):
    """The decision tree. Whoever answers may set the tier themselves; the answers are kept either way."""

    prefix_of_ids = "triage"
    danger = _question("Is somebody's life or safety in danger now, or likely to be?")
    offence = _question("Could what is heard be an offence?")
    ongoing_or_child = _question("Does it go on, or does it concern a child?")
    tier = forms.ChoiceField(
        label="Tier",
        required=False,
        choices=[("", "As the answers say"), *Tier.choices],
        help_text="Unsure counts as yes.",
    )
    facts = _words("What is known", help_text="What was reported and heard, not who is suspected.")
    basis = forms.CharField(label="Legal basis", required=False, max_length=500)
    jurisdiction = forms.CharField(label="Jurisdiction", required=False, max_length=200)
    QUESTIONS: ClassVar = ("danger", "offence", "ongoing_or_child")

    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in self.QUESTIONS]

    def words(self) -> Words:
        given = self.cleaned_data
        answers = Answers(*(Answer(given[name]) for name in self.QUESTIONS))
        facts = {"what is known": given["facts"], **{name.replace("_", " "): given[name] for name in self.QUESTIONS}}
        return Words(
            tier=Tier(given["tier"]) if given["tier"] else tier_of(answers),
            facts=facts,
            basis=given["basis"],
            jurisdiction=given["jurisdiction"],
        )


class DecideForm(VerbForm):
    prefix_of_ids = "decide"
    decision = forms.ChoiceField(label="Decision", choices=Decision.choices, widget=forms.RadioSelect)
    reason = _words("Why?", help_text="No action is a decision too. A second legal person must agree.")

    def words(self) -> Words:
        return Words(decision=Decision(self.cleaned_data["decision"]), reason=self.cleaned_data["reason"])


class HandOverForm(VerbForm):
    prefix_of_ids = "hand-over"
    team = forms.ChoiceField(label="Which team", help_text="It keeps its state; its clocks follow that team's days.")
    reason = _words("Why?", required=False, rows=2, help_text="Sealed with the case.")

    def offer(self, user: User, case: Case) -> None:
        others = [one for one in Team.objects.order_by("name", "pk") if one.pk != case.team_id]
        self.offer_of("team", [("", "Choose a team"), *((str(one.pk), one.name) for one in others)])

    def words(self) -> Words:
        return Words(team=UUID(self.cleaned_data["team"]), reason=self.cleaned_data["reason"])


class MergeForm(ReasonForm):
    prefix_of_ids = "merge"
    into = forms.ChoiceField(
        label="Into which case", help_text="Evidence and reports go on there. This case ends and leads to it for good."
    )
    field_order = ("into", "reason")

    def offer(self, user: User, case: Case) -> None:
        offered = [(str(one.pk), self._said(one)) for one in offered_to(user, case)]
        self.offer_of("into", [("", "Choose a case"), *offered])

    @staticmethod
    def _said(case: Case) -> str:
        team = f", {case.team.name}" if case.team else ""
        return f"{case.number}: {case.tier}, {case.get_state_display().lower()}{team}, {case.opened_at:%d %b %H:%M} UTC"

    def words(self) -> Words:
        return Words(into=UUID(self.cleaned_data["into"]), reason=self.cleaned_data["reason"])


class OpenEvidenceForm(StrictForm):
    purpose = forms.CharField(label="What do you need to hear it for?", max_length=500)


class DayField(forms.DateField):
    """A day, meaning nine o'clock UTC."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return datetime.combine(day, time(9), tzinfo=UTC) if day else None


class HoldForm(StrictForm):
    prefix_of_ids = "hold"
    reason = _words("Why must the evidence be kept?", rows=2)
    review_at = DayField(label="Look at it again on")


class UnmaskForm(StrictForm):
    reason = forms.CharField(label="Why must you know?", max_length=2_000)


class EmergencyForm(StrictForm):
    prefix_of_ids = "emergency"
    number = forms.CharField(label="Number of the case", max_length=20)
    minutes = forms.IntegerField(label="For how many minutes", min_value=5, max_value=240, initial=30)
    reason = _words("Why can it not wait?", rows=2, help_text="Sealed with the case; its team reads it.", longest=2_000)


class CounselForm(StrictForm):
    prefix_of_ids = "counsel"
    email = forms.EmailField(label="Their account's address", help_text="An administrator makes it: role counsel.")
    until = DayField(label="Last day", help_text="Ends at nine o'clock UTC by itself. 92 days at most.")
    reason = _words("Why do they need the case?", rows=2, help_text="Sealed with the case.", longest=2_000)


class LiftForm(StrictForm):
    reason = forms.CharField(label="Why may it end?", max_length=LONGEST)


class ReviewHoldForm(StrictForm):
    review_at = DayField(label="Look at it again on")


class DisclosureForm(StrictForm):
    prefix_of_ids = "disclosure"
    authority = forms.CharField(label="Which authority", max_length=300)
    basis = forms.CharField(label="On what legal basis", max_length=2_000)
    reference = forms.CharField(label="Their reference", required=False, max_length=300)
    what = _words("What was sent", rows=2)
    sent_at = forms.DateTimeField(
        label="When (UTC; now if empty)", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    asked = forms.BooleanField(label="They had asked for it", required=False)
    called_back = forms.CharField(
        label="Whom you called back",
        required=False,
        max_length=500,
        help_text="Name and number, one that you found yourself. An emergency request needs it: many are forged.",
    )

    def details(self) -> Details:
        return Details(**{name: value for name, value in self.cleaned_data.items() if name != "sent_at"})

    def sent(self) -> datetime:
        return self.cleaned_data["sent_at"] or timezone.now()


class ReceiptForm(StrictForm):
    receipt = forms.CharField(label="What the authority answered", max_length=2_000)


class MoreForm(StrictForm):
    prefix_of_ids = "more"
    text = _words("What else do you remember?")


FORMS: Final[dict[str, type[VerbForm]]] = {
    "acknowledge": VerbForm,
    "triage": TriageForm,
    "refer": VerbForm,
    "request-information": QuestionForm,
    "hand-over": HandOverForm,
    "merge": MergeForm,
    "note": NoteForm,
    "dismiss": DismissForm,
    "decide": DecideForm,
    "close": VerbForm,
    "reopen": ReopenForm,
}


def form_of(verb: str, user: User, case: Case, data: Any = None) -> VerbForm:
    """The form of a verb, with what can be chosen in this case."""
    return FORMS[verb](data, about=(user, case))


# What a button says: the verb, in words that say what will happen.
LABELS: Final[dict[str, str]] = {
    "acknowledge": "Acknowledge",
    "triage": "Triage",
    "refer": "Refer to legal",
    "request-information": "Ask for more",
    "hand-over": "Hand to another team",
    "merge": "Merge into another case",
    "note": "Add a note",
    "dismiss": "Propose to dismiss",
    "decide": "Decide",
    "close": "Close",
    "reopen": "Reopen",
}
