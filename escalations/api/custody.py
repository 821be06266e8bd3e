"""Evidence over the API: open it for a purpose, hear it softened first, say how much was heard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.actions import custody
from escalations.actions.custody import Version
from escalations.api.fields import OpeningHeardIn, OpeningIn, SoundQuery
from escalations.api.outputs import HeardOut, OpeningOut, PeaksOut
from escalations.models import Opening
from escalations.who import who
from project.accounts.access import Can, needs_api
from project.api import query_in
from project.ranges import stream


def opening_json(opening: Opening, transcript: str = "") -> dict[str, Any]:
    clip = custody.clip_of(opening.exhibit.clip_id)
    return {
        "id": opening.pk,
        "case": opening.case_id,
        "exhibit": opening.exhibit.number,
        "opened_at": opening.opened_at,
        "expires_at": opening.expires_at,
        "audio_url": reverse("escalations-api:audio", args=[opening.pk]),
        "peaks_url": reverse("escalations-api:peaks", args=[opening.pk]),
        "heard_url": reverse("escalations-api:heard", args=[opening.pk]),
        "duration_ms": clip.duration_ms,
        "transcript": transcript,
        "spans": list(opening.exhibit.reports.values("start_ms", "end_ms", "category")),
    }


@extend_schema(request=OpeningIn, responses={201: OpeningOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.READ_CASES)])
def openings(request: Request, case_id: UUID) -> Response:
    """Open an exhibit and say what for. The custody record is written before anything can be heard."""
    asked = OpeningIn(data=request.data)
    asked.is_valid(raise_exception=True)
    opening = custody.open_evidence(
        case_id,
        asked.validated_data["exhibit"],
        purpose=asked.validated_data["purpose"],
        acting_user=who(request),
        now=timezone.now(),
    )
    return Response(opening_json(opening, custody.read_transcript(opening)), status=201)


@extend_schema(
    parameters=[SoundQuery],
    responses={(200, "audio/*"): OpenApiTypes.BINARY, (206, "audio/*"): OpenApiTypes.BINARY},
)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_CASES)])
def audio(request: Request, opening_id: UUID) -> HttpResponseBase:
    """Sound of your own opening, by byte ranges. The original is served once the softened version was."""
    version = Version(query_in(SoundQuery, request)["version"])
    sound = custody.serve(
        opening_id,
        version,
        header=request.headers.get("Range"),
        acting_user=who(request),
        now=timezone.now(),
    )
    return stream(sound.reader, sound.asked, sound.content_type)


@extend_schema(responses=PeaksOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_CASES)])
def peaks(request: Request, opening_id: UUID) -> Response:
    """The waveform of your own opening."""
    return Response(custody.read_peaks(opening_id, acting_user=who(request)))


@extend_schema(request=OpeningHeardIn, responses=HeardOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.READ_CASES)])
def heard(request: Request, opening_id: UUID) -> Response:
    """How much of it you heard so far, replays included, in milliseconds."""
    asked = OpeningHeardIn(data=request.data)
    asked.is_valid(raise_exception=True)
    opening = custody.report_heard(
        opening_id, asked.validated_data["heard_ms"], acting_user=who(request), now=timezone.now()
    )
    return Response({"id": opening.pk, "heard_ms": opening.heard_ms})
