"""The next clip, fetched while the present one is on the desk: locked sound, its key, suggestions, and whether it may
be opened now.
"""

import json
from base64 import b64encode
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from reviews.actions import ahead
from reviews.actions.ahead import Look
from reviews.api.serializers import NothingIn
from reviews.api.shapes import LookOut
from reviews.api.who import person_of
from reviews.suggestions import suggest


class KeyOut(serializers.Serializer[object]):
    key = serializers.CharField(help_text="AES-256 key, base64, of what ahead/ gave: nonce (12), ciphertext, tag (16).")


class SuggestionOut(serializers.Serializer[object]):
    """Characters are code points of the transcript; the milliseconds are a guess."""

    category = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()


class SuggestionsOut(serializers.Serializer[object]):
    suggestions = SuggestionOut(many=True)


@extend_schema(
    responses={
        (200, "application/octet-stream"): OpenApiTypes.BINARY,
        409: OpenApiResponse(description="The lease is over."),
        413: OpenApiResponse(description="Too long to be fetched ahead."),
    }
)
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def sound(request: Request, lease_id: UUID) -> HttpResponse:
    """The softened sound, locked: nothing is counted until its key is asked for."""
    found = ahead.fetch_ahead(lease_id, acting_user=person_of(request), now=timezone.now())
    return HttpResponse(found, content_type="application/octet-stream")


@extend_schema(request=NothingIn, responses={200: KeyOut, 409: OpenApiResponse(description="Over, or not now.")})
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def unlock(request: Request, lease_id: UUID) -> Response:
    """The step to the softened sound: counted as served, whole, from here on."""
    NothingIn(data=request.data).is_valid(raise_exception=True)
    key = ahead.unlock(lease_id, acting_user=person_of(request), now=timezone.now())
    return Response({"key": b64encode(key).decode()})


@extend_schema(responses=SuggestionsOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def suggestions(request: Request, lease_id: UUID) -> Response:
    """Where the machine's transcript may hold critical data. Help for the listener; nothing follows from it."""
    transcript, waveform = ahead.outline_of(lease_id, acting_user=person_of(request), now=timezone.now())
    outline = json.loads(waveform)
    found = suggest(transcript, outline["peaks"], outline["duration_ms"])
    return Response({"suggestions": [one.as_json() for one in found]})


@extend_schema(request=NothingIn, responses=LookOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def look(request: Request, lease_id: UUID) -> Response:
    """May this clip, fetched ahead, be opened now? Where it may not, it goes back to the queue, unheard."""
    NothingIn(data=request.data).is_valid(raise_exception=True)
    return Response(looked(ahead.look(lease_id, acting_user=person_of(request), now=timezone.now())))


def looked(found: Look) -> dict[str, object]:
    return {"may_open": found.may_open, "pace": found.pace.as_json()}
