"""What the wellbeing API takes in and gives out, bounded and strict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from rest_framework import serializers

from project.api import StrictSerializer
from wellbeing.categories import CHOICES
from wellbeing.limits import Preferences
from wellbeing.models.preferences import WISHES

CODE: Final = r"^[a-z0-9][a-z0-9_.-]{0,39}$"

MOST_ANSWERS: Final = 40
_ANSWERS: Final = {
    "type": "object",
    "additionalProperties": {"type": "integer", "minimum": -100, "maximum": 100},
    "minProperties": 1,
    "maxProperties": MOST_ANSWERS,
}


class CheckInIn(StrictSerializer):
    """`{"kind": "distress", "distress": 0-10}`, or `answers` by item for any kind."""

    either: ClassVar[Sequence[tuple[str, Mapping[str, Any]]]] = (
        ("distress", {"answers": None, "kind": {"type": "string", "enum": ["distress"], "default": "distress"}}),
        ("answers", {"distress": None, "answers": _ANSWERS}),
    )
    kind = serializers.RegexField(CODE, default="distress")
    distress = serializers.IntegerField(required=False, min_value=0, max_value=10)
    answers = serializers.DictField(
        child=serializers.IntegerField(min_value=-100, max_value=100), required=False, allow_empty=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("distress" in attrs) == ("answers" in attrs):
            raise serializers.ValidationError("Give either distress or answers.")
        if "distress" in attrs:
            if attrs["kind"] != "distress":
                raise serializers.ValidationError({"distress": ["Only a check-in of kind distress has it."]})
            attrs["answers"] = {"distress": attrs.pop("distress")}
        if len(attrs["answers"]) > MOST_ANSWERS:
            raise serializers.ValidationError({"answers": ["Too many answers."]})
        return attrs


class CheckInOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    kept_until = serializers.DateTimeField()
    answers = serializers.DictField(child=serializers.IntegerField())
    score = serializers.IntegerField()
    out_of = serializers.IntegerField()
    meaning = serializers.CharField()
    support = serializers.BooleanField(help_text="Support is offered; nothing happens by itself.")


class KindOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    items = serializers.DictField(child=serializers.CharField())
    least = serializers.IntegerField()
    most = serializers.IntegerField()
    origin = serializers.CharField(help_text="Where the scale comes from.")


class CheckInsOut(serializers.Serializer[Any]):
    before = serializers.CharField(help_text="What happens with an answer: to be shown before it is given.")
    kinds = KindOut(many=True)
    check_ins = CheckInOut(many=True)


class ShareIn(StrictSerializer):
    counsellor = serializers.UUIDField()
    days = serializers.IntegerField(min_value=1, max_value=90, default=30)


class ShareMadeOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    ends_at = serializers.DateTimeField()


class CounsellorOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ShareOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    counsellor = serializers.CharField()
    given_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.ListField(child=serializers.DateTimeField(), help_text="When they read, newest first.")


class SharesOut(serializers.Serializer[Any]):
    counsellors = CounsellorOut(many=True)
    shares = ShareOut(many=True)


class SharingOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.CharField()
    ends_at = serializers.DateTimeField()


def _wish(least: int, most: int) -> serializers.IntegerField:
    return serializers.IntegerField(required=False, allow_null=True, min_value=least, max_value=most)


class PreferencesIO(StrictSerializer):
    """All wishes at once; what is left out or null stays as the policy has it. Minutes are whole."""

    opt_out = serializers.ListField(child=serializers.ChoiceField(CHOICES), required=False, max_length=40)
    max_clips = _wish(0, 1000)
    break_after_minutes = _wish(5, 540)
    break_minutes = _wish(1, 120)
    heavy_day_minutes = _wish(0, 540)
    heavy_run_minutes = _wish(0, 540)
    heaviest = _wish(0, 3)
    cool_down_minutes = _wish(0, 540)
    wind_down_minutes = _wish(0, 540)

    @property
    def wishes(self) -> Preferences:
        given = self.validated_data
        return Preferences(opt_out=frozenset(given.get("opt_out", ())), **{name: given.get(name) for name in WISHES})


class SpanOut(serializers.Serializer[Any]):
    seconds = serializers.IntegerField()
    weighted = serializers.IntegerField()
    heavy_seconds = serializers.IntegerField()


class ExposureOut(serializers.Serializer[Any]):
    hour = SpanOut()
    shift = SpanOut(help_text="Since the running shift began; without one, the working day so far.")
    seven_days = SpanOut()


class FigureOut(serializers.Serializer[Any]):
    week = serializers.DateField(help_text="Its Monday.")
    team = serializers.UUIDField(allow_null=True, help_text="null: everybody.")
    measure = serializers.CharField()
    value = serializers.IntegerField(
        allow_null=True, help_text="0 to 100, or minutes where it is a time; rounded to 5."
    )
    withheld = serializers.CharField(
        allow_blank=True, help_text="Why there is no value: too_few, remainder, alike, changed."
    )


class InsightsOut(serializers.Serializer[Any]):
    fewest = serializers.IntegerField()
    figures = FigureOut(many=True)
