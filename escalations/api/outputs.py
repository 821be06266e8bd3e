"""For the schema: what the API answers with. The dictionaries themselves are made in escalations.api.shapes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class _Out(serializers.Serializer[dict[str, Any]]):
    """Describes an answer; nothing is written through it."""


class HoldOut(_Out):
    id = serializers.UUIDField()
    case = serializers.UUIDField()
    kind = serializers.CharField()
    active = serializers.BooleanField()
    owner = serializers.CharField(allow_null=True)
    reason = serializers.CharField()
    placed_at = serializers.DateTimeField()
    review_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.CharField(allow_null=True)
    ending_reason = serializers.CharField()


class DisclosureOut(_Out):
    id = serializers.UUIDField()
    case = serializers.UUIDField()
    authority = serializers.CharField()
    basis = serializers.CharField()
    reference = serializers.CharField()
    what = serializers.CharField()
    asked = serializers.BooleanField()
    called_back = serializers.CharField()
    emergency = serializers.BooleanField()
    sent_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    receipt = serializers.CharField()
    receipt_at = serializers.DateTimeField(allow_null=True)
    receipt_by = serializers.CharField(allow_null=True)


class UnmaskOut(_Out):
    proposal = serializers.UUIDField()
    reporter = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class ReporterNameOut(_Out):
    reporter = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()


class ReporterNamesOut(_Out):
    results = ReporterNameOut(many=True)


class CounselGrantOut(_Out):
    id = serializers.UUIDField()
    case = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    until = serializers.DateTimeField()
    proposed_by = serializers.CharField()
    granted_by = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.CharField(allow_null=True)


class CounselGrantsOut(_Out):
    results = CounselGrantOut(many=True)


class ReportedSpanOut(_Out):
    start_ms = serializers.IntegerField(allow_null=True)
    end_ms = serializers.IntegerField(allow_null=True)
    category = serializers.CharField()


class OpeningOut(_Out):
    id = serializers.UUIDField()
    case = serializers.UUIDField()
    exhibit = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    audio_url = serializers.CharField()
    peaks_url = serializers.CharField()
    heard_url = serializers.CharField()
    duration_ms = serializers.IntegerField()
    transcript = serializers.CharField()
    spans = ReportedSpanOut(many=True)


class PeaksOut(_Out):
    peaks = serializers.ListField(child=serializers.IntegerField())
    loud = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    duration_ms = serializers.IntegerField()


class HeardOut(_Out):
    id = serializers.UUIDField()
    heard_ms = serializers.IntegerField()


class MoreOut(_Out):
    id = serializers.UUIDField()


class ToldOut(_Out):
    id = serializers.UUIDField()
    reported_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=["received", "being_looked_at", "decided", "closed"])
    state = serializers.CharField(help_text="The same as outcome.")
    words = serializers.CharField()
    changed_at = serializers.DateTimeField()
    question = serializers.BooleanField()
    may_add = serializers.BooleanField()


class ReportsOut(_Out):
    results = ToldOut(many=True)


class CalendarOut(_Out):
    team = serializers.UUIDField()
    name = serializers.CharField()
    time_zone = serializers.CharField()
    opens = serializers.CharField()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    days_off = serializers.ListField(child=serializers.DateField())
    days_worked = serializers.ListField(child=serializers.DateField())
    organisations_days_off = serializers.ListField(child=serializers.DateField())


class CalendarsOut(_Out):
    results = CalendarOut(many=True)


class DutyOut(_Out):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    series = serializers.UUIDField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


class GapOut(_Out):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class RosterOut(_Out):
    results = DutyOut(many=True)
    gaps = GapOut(many=True)
    until = serializers.DateTimeField()


class ClockOut(_Out):
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    late = serializers.BooleanField()
    rung = serializers.IntegerField()
    next_rung_at = serializers.DateTimeField(allow_null=True)


class CaseOut(_Out):
    """The fixed names. More comes beside them."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.CharField()
    tier = serializers.CharField()
    clocks = serializers.DictField(child=ClockOut())
    allowed_verbs = serializers.ListField(child=serializers.CharField())
