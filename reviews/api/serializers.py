"""What comes in over the wire, every field bounded; unknown fields are refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, NamedTuple
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from project.accounts.skills import SKILL
from project.api import StrictSerializer
from reviews.actions.clips import Handed
from reviews.actions.findings import Findings, Raised
from reviews.cursors import LONGEST as LONGEST_CURSOR
from reviews.locales import LOCALE
from reviews.models.clips import GRAVEST
from reviews.models.shifts import MOST_CLIPS
from reviews.states import ALL_CATEGORIES, CATEGORIES, CATEGORY_CHOICES, Activation, FlagKind, Trigger, Version
from reviews.turns import ADJUDICATOR
from wellbeing.day import BreakKind

LONGEST_REF: Final = 200
LONGEST_TRANSCRIPT: Final = 20_000
LONGEST_NOTE: Final = 2_000
MOST_FLAGS: Final = 20
MOST_LABELS: Final = 20
LONGEST_HEARD_MS: Final = 12 * 3600 * 1000


class LocaleField(serializers.CharField):
    """A BCP 47 tag, spelt as RFC 5646 section 2.1.1 recommends, so that `EN-us` and `en-US` are one queue."""

    pattern = f"^{LOCALE.pattern}$"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=35, **options)

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not LOCALE.fullmatch(text):
            raise serializers.ValidationError("This is not a BCP 47 language tag.")
        first, *rest = text.split("-")
        return "-".join([first.lower(), *(_SPELT.get(len(part), str.lower)(part) for part in rest)])


_SPELT: Final = {2: str.upper, 4: str.title}


class SkillField(serializers.CharField):
    """A short word of a-z, 0-9, - and _."""

    pattern = f"^{SKILL.pattern}$"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, trim_whitespace=False, **options)
        if self.allow_blank:
            self.pattern = f"^({SKILL.pattern})?$"

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if text and not SKILL.fullmatch(text):
            raise serializers.ValidationError("A skill is a short word of a-z, 0-9, - and _.")
        return text


class ClipIn(StrictSerializer):
    """The fields of a clip beside its audio, for the API's form and for a manifest's line."""

    external_ref = serializers.CharField(max_length=LONGEST_REF)
    subject_ref = serializers.CharField(max_length=LONGEST_REF, required=False, allow_blank=True)
    device = serializers.CharField(max_length=LONGEST_REF, required=False, allow_blank=True)
    household = serializers.CharField(max_length=LONGEST_REF, required=False, allow_blank=True)
    locale = LocaleField(required=False)
    recorded_at = serializers.DateTimeField(required=False)
    trigger = serializers.ChoiceField(choices=Trigger.choices, required=False)
    transcript = serializers.CharField(
        max_length=LONGEST_TRANSCRIPT, required=False, allow_blank=True, trim_whitespace=False
    )
    predicted_severity = serializers.IntegerField(min_value=0, max_value=GRAVEST, required=False)
    predicted_categories = serializers.ListField(
        child=serializers.ChoiceField(choices=CATEGORY_CHOICES), max_length=len(ALL_CATEGORIES), required=False
    )
    priority = serializers.IntegerField(min_value=0, max_value=9, required=False)
    reviews_wanted = serializers.IntegerField(min_value=1, max_value=3, required=False)
    skill = SkillField(required=False, allow_blank=True, help_text="What its listener must hold; not adjudicator.")

    def validate_skill(self, value: str) -> str:
        """Deciding disagreements is not for a source to ask."""
        if value == ADJUDICATOR:
            raise serializers.ValidationError("No source asks for an adjudicator.")
        return value

    def validate_recorded_at(self, value: datetime) -> datetime:
        """Clocks of devices go wrong by hours; a recording from next week is a mistake in the source."""
        if value > timezone.now() + timedelta(days=1):
            raise serializers.ValidationError("This lies in the future.")
        return value

    def handed(self) -> Handed:
        """Call after `is_valid`."""
        return Handed(**{name: value for name, value in self.validated_data.items() if name != "audio"})


@extend_schema_field(OpenApiTypes.BINARY)
class SoundField(serializers.FileField):
    """A file of the form."""


class UploadIn(ClipIn):
    """The multipart form of POST clips/."""

    audio = SoundField(allow_empty_file=True, max_length=255)


class ShiftIn(StrictSerializer):
    """Both only gentler than the policy; without them the shift is what the policy allows, or what was planned.

    `plan` starts a planned shift by name; one that is planned for now needs no naming.
    """

    max_clips = serializers.IntegerField(min_value=1, max_value=MOST_CLIPS, required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=24 * 60, required=False)
    plan = serializers.UUIDField(required=False, source="plan_id")


class NothingIn(StrictSerializer):
    """For verbs that take no body."""


class PauseIn(StrictSerializer):
    """What kind of break it is; a screen break unless said."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in BreakKind], default=BreakKind.SCREEN.value)


class HeardIn(StrictSerializer):
    """The player's running total of what it played of this lease. With a heartbeat, a skip or a release."""

    heard_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_HEARD_MS, required=False)


class AudioQuery(StrictSerializer):
    """The query of leases/{id}/audio/: softened unless the original is asked for."""

    version = serializers.ChoiceField(choices=Version.choices, default=Version.SOFTENED)


def _of(kind: FlagKind) -> dict[str, Any]:
    """How the API's description tells what goes with a kind of flag."""
    return {
        "kind": {"type": "string", "enum": [kind.value]},
        "category": {"type": "string", "enum": sorted(CATEGORIES[kind])},
        "danger_now": {"type": "boolean", **({} if kind == FlagKind.CRIMINAL else {"enum": [False]})},
    }


class FlagIn(StrictSerializer):
    either: ClassVar[Sequence[tuple[str, Mapping[str, Any]]]] = tuple(("kind", _of(kind)) for kind in FlagKind)

    kind = serializers.ChoiceField(choices=FlagKind.choices)
    category = serializers.ChoiceField(choices=CATEGORY_CHOICES)
    start_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)
    end_ms = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True)
    danger_now = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Danger told with the wrong kind of flag would reach nobody: say so rather than drop it."""
        if attrs.get("danger_now") and attrs["kind"] != FlagKind.CRIMINAL:
            raise serializers.ValidationError({"danger_now": ["Tell of danger with a flag of kind criminal."]})
        return attrs


class ReviewIn(StrictSerializer):
    """The body of leases/{id}/review/."""

    activation = serializers.ChoiceField(choices=Activation.choices)
    severity = serializers.IntegerField(min_value=0, max_value=GRAVEST)
    transcript = serializers.CharField(
        max_length=LONGEST_TRANSCRIPT, required=False, allow_blank=True, allow_null=True, trim_whitespace=False
    )
    labels = serializers.ListField(child=serializers.CharField(max_length=60), max_length=MOST_LABELS, required=False)
    blind = serializers.BooleanField(required=False)
    flags = FlagIn(many=True, required=False)
    heard_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_HEARD_MS, required=False)
    next = serializers.UUIDField(required=False, help_text="A lease fetched ahead: may it be opened after this review?")

    def validate_flags(self, flags: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(flags) > MOST_FLAGS:
            raise serializers.ValidationError(f"At most {MOST_FLAGS} flags.")
        return flags

    def findings(self) -> Findings:
        """Call after `is_valid`."""
        data = {name: value for name, value in self.validated_data.items() if name not in {"heard_ms", "next"}}
        flags = [Raised(**{**flag, "kind": FlagKind(flag["kind"])}) for flag in data.pop("flags", [])]
        return Findings(**{**data, "activation": Activation(data["activation"]), "flags": flags})


class Reviewed(NamedTuple):
    """A review as it came in, whole and within bounds."""

    findings: Findings
    heard_ms: int | None = None
    next: UUID | None = None


def review_in(data: Any) -> Reviewed:
    """Raises ValidationError. The body that nearly every review has is looked at here, anything else by ReviewIn."""
    if _is_plain(data):
        return Reviewed(Findings(Activation(data["activation"]), data["severity"], blind=data.get("blind", False)))
    body = ReviewIn(data=data)
    body.is_valid(raise_exception=True)
    return Reviewed(body.findings(), body.validated_data.get("heard_ms"), body.validated_data.get("next"))


_ACTIVATIONS: Final = frozenset(Activation.values)
_PLAIN_FIELDS: Final = frozenset({"activation", "severity", "blind", "flags"})


def _is_plain(data: Any) -> bool:
    """Nothing written, nothing flagged, every value already of its type: what ReviewIn would let through unchanged."""
    if type(data) is not dict or not {"activation", "severity"} <= data.keys() <= _PLAIN_FIELDS:
        return False
    activation, severity = data["activation"], data["severity"]
    return (
        type(activation) is str and activation in _ACTIVATIONS
        and type(severity) is int and 0 <= severity <= GRAVEST
        and type(data.get("blind", False)) is bool and data.get("flags", []) == []
    )  # fmt: skip


def nothing_in(data: Any) -> None:
    """Raises ValidationError for any field."""
    if type(data) is not dict or data:
        NothingIn(data=data).is_valid(raise_exception=True)


class FeedCursorField(serializers.CharField):
    """Empty or 0 is the start of the feed."""

    pattern = "^(0|[A-Za-f][A-Za-z0-9_-]{20}[AQgw])?$"  # 16 bytes, the first bit 0; the last letter carries two


class FeedQuery(StrictSerializer):
    after = FeedCursorField(max_length=LONGEST_CURSOR, default="", allow_blank=True, trim_whitespace=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=100)
