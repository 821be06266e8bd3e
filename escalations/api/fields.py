"""What comes in over the API about cases: bounded, strict, per verb."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from escalations.actions.custody import Version
from escalations.actions.duties import MOST_WEEKS
from escalations.states import VERBS, Decision, State, Tier
from project.api import TEXT, StrictSerializer

LONGEST_TEXT: Final = 10_000
_MOST_FACTS: Final = 30
_OTHER_NAMES: Final = {"disclose": Decision.REPORT.value, "report_to_authority": Decision.REPORT.value}


class WordsField(serializers.CharField):
    """Words of a person: 1 to 10,000 characters, no NUL."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_TEXT)
        super().__init__(**kwargs)


_FACT: Final = {"oneOf": [TEXT | {"maxLength": 2_000}, {"type": "number"}, {"type": "boolean"}]}


@extend_schema_field(
    {
        "oneOf": [
            TEXT | {"maxLength": LONGEST_TEXT},
            {"type": "object", "minProperties": 1, "maxProperties": _MOST_FACTS, "additionalProperties": _FACT},
            {"type": "array", "minItems": 1, "maxItems": _MOST_FACTS, "items": _FACT},
        ]
    }
)
class FactsField(serializers.Field):
    """Facts behind a tier: words, or up to 30 of them by name or in a list."""

    def to_internal_value(self, data: Any) -> str | dict[str, str]:
        if isinstance(data, list):
            data = {str(index): fact for index, fact in enumerate(data, start=1)}
        if isinstance(data, str):
            return WordsField().run_validation(data)
        if not isinstance(data, dict) or not 0 < len(data) <= _MOST_FACTS:
            raise serializers.ValidationError(f"Words, or 1 to {_MOST_FACTS} facts.")
        return {self._name(name): self._fact(fact) for name, fact in data.items()}

    def to_representation(self, value: Any) -> Any:
        return value

    @staticmethod
    def _name(name: Any) -> str:
        return serializers.CharField(max_length=100).run_validation(str(name))

    @staticmethod
    def _fact(fact: Any) -> str:
        if isinstance(fact, bool | int | float):
            return str(fact).lower()
        return serializers.CharField(max_length=2_000).run_validation(fact)


class DecisionField(serializers.ChoiceField):
    """A decision; spelt with dashes or spaces it is the same one, and `disclose` is `report`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Decision.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Decision:
        name = str(data)[:40].strip().lower().replace("-", "_").replace(" ", "_")
        return Decision(super().to_internal_value(_OTHER_NAMES.get(name, name)))


class DayOrInstantField(serializers.DateTimeField):
    """An RFC 3339 instant, or a day, which means nine o'clock UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str) and len(value) == len("2026-01-01"):
            try:
                return datetime.combine(date.fromisoformat(value), time(9), tzinfo=UTC)
            except ValueError:
                self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class VerbIn(StrictSerializer):
    """What every verb takes: a reason, sealed with the move."""

    reason = WordsField(required=False)


class TriageIn(VerbIn):
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    facts = FactsField(required=False)
    basis = WordsField(required=False, max_length=500)
    jurisdiction = WordsField(required=False, max_length=200)


class DecideIn(VerbIn):
    decision = DecisionField(required=False)


class NoteIn(VerbIn):
    text = WordsField(required=False)
    note = WordsField(required=False, help_text="The same as text.")


class HandOverIn(VerbIn):
    team = serializers.UUIDField(required=False, help_text="The team that takes the case.")


class MergeIn(VerbIn):
    into = serializers.UUIDField(required=False, help_text="The case that goes on.")


class SettleIn(VerbIn):
    proposal = serializers.UUIDField(required=False, help_text="Which proposal, where more than one waits.")


SETTLING: Final = ("approve", "decline", "withdraw")
INPUT_OF: Final[dict[str, type[VerbIn]]] = {
    **dict.fromkeys(VERBS, VerbIn),
    "triage": TriageIn,
    "decide": DecideIn,
    "note": NoteIn,
    "hand-over": HandOverIn,
    "merge": MergeIn,
    **dict.fromkeys(SETTLING, SettleIn),
}


class AnyVerbIn(TriageIn, DecideIn, NoteIn, HandOverIn, MergeIn, SettleIn):
    """For the schema: all that some verb takes. Each verb refuses what is not its own."""


class HoldIn(StrictSerializer):
    reason = WordsField()
    review_at = DayOrInstantField(required=False, help_text="When legal looks at it again; in 90 days without.")


class UnmaskIn(StrictSerializer):
    reason = WordsField(max_length=2_000, help_text="Why the two of you must know. Sealed with the case.")


class CounselIn(StrictSerializer):
    email = serializers.EmailField(help_text="Address of an account with the role counsel.")
    until = DayOrInstantField(help_text="When it ends by itself, 92 days ahead at most.")
    reason = WordsField(max_length=2_000, help_text="Why they need the case. Sealed with it.")


class LiftIn(StrictSerializer):
    reason = WordsField()


class ReviewHoldIn(StrictSerializer):
    review_at = DayOrInstantField()


class DisclosureIn(StrictSerializer):
    authority = WordsField(max_length=300)
    basis = WordsField(max_length=2_000)
    what = WordsField()
    reference = WordsField(max_length=300, required=False, default="", allow_blank=True)
    sent_at = serializers.DateTimeField(required=False)
    asked = serializers.BooleanField(required=False, default=False, help_text="The authority had asked for it.")
    called_back = WordsField(
        max_length=500, required=False, default="", allow_blank=True,
        help_text="Whom you called back, and on which number. Needed for an emergency request.",
    )  # fmt: skip


class ReceiptIn(StrictSerializer):
    receipt = WordsField(max_length=2_000, help_text="What the authority answered: number, name, time.")


class CalendarHoursIn(StrictSerializer):
    opens = serializers.TimeField(input_formats=["%H:%M"])
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), min_length=1, max_length=7, help_text="0 is Monday."
    )


class CalendarDayIn(StrictSerializer):
    day = serializers.DateField()
    works = serializers.BooleanField(allow_null=True)


class DutyIn(StrictSerializer):
    person = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField(max_length=60, required=False, help_text="In which it was meant; yours without.")
    weeks = serializers.IntegerField(
        min_value=1, max_value=MOST_WEEKS, required=False, default=1, help_text="So often, weekly, on that clock."
    )

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError("No time zone of the IANA list, such as Europe/Madrid.")
        return value


class DutyCancelIn(StrictSerializer):
    following = serializers.BooleanField(
        required=False, default=False, help_text="With the later weeks of what was planned together."
    )


class OpeningIn(StrictSerializer):
    exhibit = serializers.IntegerField(min_value=1, max_value=32_767, required=False, default=1)
    purpose = WordsField(max_length=500)


class SoundQuery(StrictSerializer):
    """The query of openings/{id}/audio/."""

    version = serializers.ChoiceField(choices=[one.value for one in Version], default=Version.SOFTENED.value)


class OpeningHeardIn(StrictSerializer):
    heard_ms = serializers.IntegerField(min_value=0, max_value=86_400_000)


class MoreIn(StrictSerializer):
    text = WordsField()


class CasesQuery(StrictSerializer):
    """What GET cases/ may be asked for; `cursor` and `limit` page through it."""

    state = serializers.ChoiceField(choices=State.choices, required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    open = serializers.BooleanField(required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)
