"""Exports over the API: ask for one, release it, see how far it is, fetch it once."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.access import exports_for, receipt_for
from escalations.actions.export_downloads import Handout, begin_transfer
from escalations.actions.exports import approve_export, ask_to_go_on_without_timestamp, propose_export
from escalations.export.facts import Profile
from escalations.models import Export
from project.accounts.access import Can, fresh_sign_in_required, needs_api
from project.accounts.models import User
from project.api import Pages, StrictSerializer, in_pages, query_in

ENCRYPTED = "application/age-encryption"


class RecipientField(serializers.CharField):
    """An age public key; its checksum is looked at by the action."""

    pattern = "^age1[02-9ac-hj-np-z]{58}$"


class ExportIn(StrictSerializer):
    """What an export is to be."""

    profile = serializers.ChoiceField(choices=[one.value for one in Profile])
    recipients = serializers.ListField(
        child=RecipientField(max_length=100), min_length=1, max_length=20, help_text="age public keys (age1...)"
    )
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class ExportOut(serializers.ModelSerializer[Export]):
    """A receipt: what was asked for and what became of it. No content and no recipient's key."""

    case = serializers.UUIDField(source="case_id")
    recipients = serializers.IntegerField(source="recipients_count", help_text="How many it is encrypted to.")
    waits_for = serializers.CharField(help_text="approval, timestamp, retry, or empty.")
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = (
            "id", "case", "state", "progress", "profile", "recipients", "emergency", "waits_for", "last_error",
            "attempts", "proposed_at", "approved_at", "ready_at", "expires_at", "collected_at", "destroyed_at",
            "ending", "timestamped", "bag_sha256", "file_sha256", "file_bytes", "download_url",
        )  # fmt: skip

    def get_download_url(self, export: Export) -> str | None:
        if export.state != Export.State.READY:
            return None
        return reverse("escalations-api:export-download", args=[export.pk])


class ExportsQuery(StrictSerializer):
    """What GET exports/ may be asked for."""

    cursor = serializers.CharField(max_length=300, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)


class NewestFirst(Pages):
    """Cursor pages by the time of the request."""

    ordering = "-proposed_at"


def answer(export: Export, code: int = status.HTTP_200_OK) -> Response:
    """One export on the wire."""
    return Response(ExportOut(export).data, status=code)


@extend_schema(request=ExportIn, responses={201: ExportOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.EXPORT)])
@fresh_sign_in_required
def case_exports(request: Request, case_id: UUID) -> Response:
    """Ask for an export of a case; a second legal person must release it. Needs a fresh sign-in."""
    asked = ExportIn(data=request.data)
    asked.is_valid(raise_exception=True)
    given: dict[str, Any] = asked.validated_data
    export = propose_export(
        case_id,
        profile=Profile(given["profile"]),
        recipients=given["recipients"],
        reason=given["reason"],
        acting_user=cast(User, request.user),
        now=timezone.now(),
    )
    return answer(export, status.HTTP_201_CREATED)


@extend_schema(request=None, responses=ExportOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.EXPORT)])
@fresh_sign_in_required
def approve(request: Request, export_id: UUID) -> Response:
    """Release it as the second person, or approve whatever else about it waits. Needs a fresh sign-in."""
    return answer(approve_export(export_id, acting_user=cast(User, request.user), now=timezone.now()))


@extend_schema(request=None, responses=ExportOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.EXPORT)])
@fresh_sign_in_required
def without_timestamp(request: Request, export_id: UUID) -> Response:
    """Propose to go on without the timestamp authority, while the export waits for it. A second person approves."""
    return answer(ask_to_go_on_without_timestamp(export_id, acting_user=cast(User, request.user), now=timezone.now()))


@extend_schema(responses=ExportOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_EXPORT_RECEIPTS)])
def export(request: Request, export_id: UUID) -> Response:
    """Where an export stands."""
    return answer(receipt_for(cast(User, request.user), export_id))


@in_pages(NewestFirst)
@extend_schema(parameters=[ExportsQuery], responses=ExportOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_EXPORT_RECEIPTS)])
def exports(request: Request) -> Response:
    """Receipts of the exports that you may know of, newest first."""
    query_in(ExportsQuery, request)
    pages = NewestFirst()
    page = pages.paginate_queryset(exports_for(cast(User, request.user)).select_related("case"), request)
    return pages.get_paginated_response(ExportOut(page, many=True).data)


@extend_schema(responses={(200, ENCRYPTED): OpenApiResponse(OpenApiTypes.BINARY)})
@api_view(["GET"])
@permission_classes([needs_api(Can.EXPORT)])
def download(request: Request, export_id: UUID) -> StreamingHttpResponse:
    """The built file, once. It is destroyed when its last byte was handed over."""
    return file_response(export_id, request)


def file_response(export_id: UUID, request: Any) -> StreamingHttpResponse:
    """The file as a response, for the API and for the page."""
    transfer = begin_transfer(export_id, acting_user=cast(User, request.user), now=timezone.now())
    response = StreamingHttpResponse(Handout(transfer), content_type=ENCRYPTED)
    response["Content-Length"] = str(transfer.reader.size)
    response["Content-Disposition"] = f'attachment; filename="{transfer.export.file_name}"'
    response["Cache-Control"] = "no-store"
    return response


routes = [
    path("cases/<uuid:case_id>/exports/", case_exports, name="case-exports"),
    path("exports/", exports, name="exports"),
    path("exports/<uuid:export_id>/", export, name="export"),
    path("exports/<uuid:export_id>/approve/", approve, name="export-approve"),
    path("exports/<uuid:export_id>/without-timestamp/", without_timestamp, name="export-without-timestamp"),
    path("exports/<uuid:export_id>/download/", download, name="export-download"),
]
