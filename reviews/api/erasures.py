"""Erasures over the API: where they stand, their certificates, and a data subject's request."""

from typing import cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.models import User
from project.api import Pages, StrictSerializer, in_pages, query_in
from reviews.actions.certificates import certificate_file_of
from reviews.actions.erasure_runs import progress_of as run_progress
from reviews.actions.subject_erasures import request_subject_erasure
from reviews.api.erasure_runs import ProgressOut, progress_json
from reviews.erasure_access import certificate_of_erasure, erasure_for, erasures_of, subject_erasure_for
from reviews.erasure_report import monthly
from reviews.erasure_states import ErasureState, Reason, Stage
from reviews.models import Erasure, SubjectErasure


class ErasureOut(serializers.ModelSerializer[Erasure]):
    """An erasure on the wire; no content, no reference of the source."""

    clip = serializers.UUIDField(source="clip_id")

    class Meta:
        model = Erasure
        fields = (
            "id", "clip", "reason", "method", "state", "ordered_at", "due_at", "undo_until", "withdrawn_at", "attempts",
            "last_error_code", "waiting_since", "no_return_at", "key_destroyed_at", "bytes_deleted_at", "verified_at",
            "certified_at", "beyond_recovery_at",
        )  # fmt: skip


class ErasuresQuery(StrictSerializer):
    """What GET erasures/ may be asked for; `cursor` and `limit` page through it."""

    state = serializers.ChoiceField(choices=ErasureState.choices, required=False)
    reason = serializers.ChoiceField(choices=Reason.choices, required=False)
    overdue = serializers.BooleanField(required=False)
    cursor = serializers.CharField(max_length=300, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)


class CertificateQuery(StrictSerializer):
    """Which of the two certificates; the newest without."""

    stage = serializers.ChoiceField(choices=Stage.choices, required=False)


class SubjectErasureIn(StrictSerializer):
    """A data subject's request, by the reference that the source uses for them."""

    subject_ref = serializers.CharField(max_length=200, trim_whitespace=False)


class CertificateOut(serializers.Serializer[dict[str, object]]):
    """A certificate file; what it says is in docs/erasure.md, `manage.py verify_certificate` checks it."""

    body = serializers.DictField()
    signature = serializers.DictField(child=serializers.CharField())
    proof = serializers.DictField(allow_null=True)


class SubjectErasureOut(ProgressOut):
    """How far a data subject's request has come: counts, and the first hundred erasures. Never the reference."""

    id = serializers.UUIDField()
    requested_at = serializers.DateTimeField()
    erasures = serializers.ListField(child=serializers.UUIDField())


class ReportLineOut(serializers.Serializer[dict[str, object]]):
    """One month (UTC, by the order) and one reason, or `all`. Times in seconds, null while there are none."""

    month = serializers.CharField()
    reason = serializers.CharField()
    ordered = serializers.IntegerField()
    on_time = serializers.IntegerField()
    late = serializers.IntegerField()
    held = serializers.IntegerField()
    failing = serializers.IntegerField()
    repeated = serializers.IntegerField()
    open = serializers.IntegerField()
    unplayable_median_seconds = serializers.FloatField(allow_null=True)
    unplayable_p99_seconds = serializers.FloatField(allow_null=True)
    shredded_median_seconds = serializers.FloatField(allow_null=True)
    shredded_p99_seconds = serializers.FloatField(allow_null=True)


class NewestFirst(Pages):
    """Cursor pages by the time of the order."""

    ordering = "-ordered_at"


def me(request: Request) -> User:
    """Whoever asks; the permission has checked that they are signed in."""
    return cast(User, request.user)


@in_pages(NewestFirst)
@extend_schema(parameters=[ErasuresQuery], responses=ErasureOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_ERASURES)])
def erasures(request: Request) -> Response:
    """Erasures that you may see, newest first."""
    asked = query_in(ErasuresQuery, request)
    found = erasures_of(me(request))
    for name in ("state", "reason"):
        if name in asked:
            found = found.filter(**{name: asked[name]})
    if asked.get("overdue"):
        found = found.overdue(timezone.now())
    pages = NewestFirst()
    page = pages.paginate_queryset(found, request)
    return pages.get_paginated_response(ErasureOut(page, many=True).data)


@extend_schema(responses=ReportLineOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_ERASURES)])
def report(request: Request) -> Response:
    """The monthly report: the last two years, newest first, each month over all reasons and by reason."""
    return Response([line.row for line in monthly(erasures_of(me(request)), timezone.now())])


@extend_schema(responses=ErasureOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_ERASURES)])
def erasure(request: Request, erasure_id: UUID) -> Response:
    """One erasure: its state, its deadline, when each step was done."""
    return Response(ErasureOut(erasure_for(me(request), erasure_id)).data)


@extend_schema(parameters=[CertificateQuery], responses=CertificateOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_CERTIFICATES)])
def certificate(request: Request, erasure_id: UUID) -> Response:
    """The certificate file {body, signature, proof}; `proof` is null until the ledger has sealed the entry."""
    stage = query_in(CertificateQuery, request).get("stage")
    found = certificate_of_erasure(me(request), erasure_id, Stage(stage) if stage else None)
    return Response(certificate_file_of(found))


@extend_schema(request=SubjectErasureIn, responses={201: SubjectErasureOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.ERASE_SUBJECT)])
def subject_erasures(request: Request) -> Response:
    """Order the erasure of every clip of one data subject, due within a day."""
    asked = SubjectErasureIn(data=request.data)
    asked.is_valid(raise_exception=True)
    made = request_subject_erasure(asked.validated_data["subject_ref"], acting_user=me(request), now=timezone.now())
    return Response(progress_of(made), status=201)


@extend_schema(responses=SubjectErasureOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.ERASE_SUBJECT)])
def subject_erasure(request: Request, request_id: UUID) -> Response:
    """How far a request that you made has come."""
    return Response(progress_of(subject_erasure_for(me(request), request_id)))


def progress_of(made: SubjectErasure) -> dict[str, object]:
    """A request on the wire: counts, and the first hundred erasures. Never the reference."""
    first = made.erasures.order_by("ordered_at", "pk").values_list("pk", flat=True)[:100]
    said = progress_json(run_progress(made, timezone.now()))
    return {"id": made.pk, "requested_at": made.requested_at, **said, "erasures": list(first)}
