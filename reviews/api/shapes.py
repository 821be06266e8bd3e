"""What goes out over the wire. Times are RFC 3339 UTC, durations milliseconds."""

from functools import cache
from typing import Final

from rest_framework import serializers
from rest_framework.reverse import reverse

from reviews.actions.agreement import Opened
from reviews.actions.leases import Claimed
from reviews.actions.outcomes import Outcome
from reviews.models import Clip, Lease, Shift
from wellbeing.pace import Decision, Pace


class ClipOut(serializers.ModelSerializer[Clip]):
    class Meta:
        model = Clip
        fields = ("id", "sha256", "duration_ms", "sample_rate", "channels", "state", "audio_format", "byte_size")


class ShiftOut(serializers.ModelSerializer[Shift]):
    class Meta:
        model = Shift
        fields = (
            "id", "state", "plan", "max_clips", "clips_used", "max_listening_minutes", "max_heavy_minutes",
            "started_at", "ends_at", "paused_since", "ended_at",
        )  # fmt: skip


class PaceOut(serializers.Serializer[Pace]):
    decision = serializers.ChoiceField(choices=[decision.value for decision in Decision])
    max_severity = serializers.IntegerField()
    code = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    break_due_at = serializers.DateTimeField(allow_null=True)


class ListenersClipOut(serializers.Serializer[Clip]):
    """A clip as its listener sees it before any sound: the label and the machine's transcript."""

    id = serializers.UUIDField()
    locale = serializers.CharField()
    duration_ms = serializers.IntegerField()
    predicted_severity = serializers.IntegerField(allow_null=True)
    predicted_categories = serializers.ListField(child=serializers.CharField())
    transcript = serializers.CharField()


class OpinionOut(serializers.Serializer[Opened]):
    activation = serializers.CharField()
    severity = serializers.IntegerField()
    blind = serializers.BooleanField()
    transcript = serializers.CharField(allow_null=True)
    labels = serializers.ListField(child=serializers.CharField())


class AdjudicationOut(serializers.Serializer[object]):
    """What independent reviewers found, without names, times or order: for the adjudicator of that clip alone."""

    reviews = OpinionOut(many=True)


class LeaseOut(serializers.Serializer[Lease]):
    id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    audio_url = serializers.CharField()
    waveform_url = serializers.CharField()
    clip = ListenersClipOut()
    adjudication = AdjudicationOut(required=False)


class ClaimOut(serializers.Serializer[Claimed]):
    """201 with a lease; 200 without one, `waiting` saying why when it is not pace that says no."""

    lease = LeaseOut(required=False)
    pace = PaceOut()
    waiting = serializers.ChoiceField(choices=["empty", "all-leased", "desk-full"], required=False)


class LeaseStateOut(serializers.ModelSerializer[Lease]):
    class Meta:
        model = Lease
        fields = ("id", "state", "expires_at")


class LookOut(serializers.Serializer[object]):
    """May the lease that was fetched ahead be opened? Where not, it went back to the queue, unheard."""

    may_open = serializers.BooleanField()
    pace = PaceOut()


class OutcomeOut(serializers.Serializer[object]):
    id = serializers.UUIDField(source="review_id")
    clip_state = serializers.CharField()
    erasures = serializers.ListField(child=serializers.UUIDField())
    cases = serializers.ListField(child=serializers.UUIDField())
    next = LookOut(required=False)


def decided(outcome: Outcome) -> dict[str, object]:
    """OutcomeOut by hand, for the same reason as the next one."""
    return {
        "id": outcome.review_id,
        "clip_state": str(outcome.clip_state),
        "erasures": outcome.erasures,
        "cases": outcome.cases,
    }


def claimed(found: Claimed) -> dict[str, object]:
    """By hand rather than by serializers: this is the most frequent answer of all."""
    body: dict[str, object] = {"pace": found.pace.as_json()}
    if found.lease is not None:
        body["lease"] = leased(found.lease, found.transcript, found.opinions)
    if found.waiting is not None:
        body["waiting"] = found.waiting.value
    return body


_ANY_LEASE: Final = "00000000-0000-0000-0000-000000000000"


@cache
def _address(name: str) -> str:
    """Of no lease in particular: looking one up costs as much as reading a row."""
    return str(reverse(name, args=[_ANY_LEASE]))


def leased(lease: Lease, transcript: str, opinions: list[Opened] | None) -> dict[str, object]:
    clip = lease.clip
    body: dict[str, object] = {
        "id": lease.pk,
        "expires_at": lease.expires_at,
        "audio_url": _address("lease-audio").replace(_ANY_LEASE, str(lease.pk)),
        "waveform_url": _address("lease-waveform").replace(_ANY_LEASE, str(lease.pk)),
        "clip": {
            "id": clip.pk,
            "locale": clip.locale,
            "duration_ms": clip.duration_ms,
            "predicted_severity": clip.predicted_severity,
            "predicted_categories": clip.predicted_categories,
            "transcript": transcript,
        },
    }
    if opinions is not None:
        body["adjudication"] = {"reviews": [opinion.as_json() for opinion in opinions]}
    return body
