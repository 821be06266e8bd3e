"""Handing clips in, and asking what became of them."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from reviews.access import clip_handed_in
from reviews.actions.clips import ingest_clip
from reviews.api.serializers import UploadIn
from reviews.api.shapes import ClipOut
from reviews.api.who import person_of


@extend_schema(
    request={"multipart/form-data": UploadIn},
    responses={
        201: ClipOut,
        200: OpenApiResponse(ClipOut, description="Handed in before, with the same bytes."),
        409: OpenApiResponse(description="The reference belongs to a clip with other bytes."),
        410: OpenApiResponse(description="The clip of this reference was erased."),
        413: OpenApiResponse(description="Too large."),
        422: OpenApiResponse(description="Not audio that can be decoded whole."),
    },
)
@api_view(["POST"])
@permission_classes([needs_api(Can.INGEST)])
@parser_classes([MultiPartParser])
def clips(request: Request) -> Response:
    """Hand one recording in. Its type is found by decoding; the file's name and type are not looked at."""
    form = UploadIn(data=request.data)
    form.is_valid(raise_exception=True)
    audio = form.validated_data["audio"].read()
    done = ingest_clip(audio, form.handed(), acting_user=person_of(request), now=timezone.now())
    return Response(ClipOut(done.clip).data, status=201 if done.is_new else 200)


@extend_schema(responses=ClipOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.INGEST)])
def clip(request: Request, clip_id: UUID) -> Response:
    return Response(ClipOut(clip_handed_in(clip_id)).data)
