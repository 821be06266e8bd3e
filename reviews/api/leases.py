"""What the holder of a lease may do with its clip: listen, keep it, hand it back, decide."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.api import query_in
from project.ranges import stream
from project.swift import swift
from reviews.actions import ahead, leases, listening, returns
from reviews.actions.reviews import review_clip
from reviews.api.ahead import looked
from reviews.api.serializers import AudioQuery, HeardIn, ReviewIn, review_in
from reviews.api.shapes import LeaseStateOut, OutcomeOut, decided
from reviews.api.who import person_of
from reviews.states import Version


class WhateverIsAsked(BaseContentNegotiation):
    """Players ask for audio/*; what they get is the recording's own type, and problems are JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


@extend_schema(
    parameters=[AudioQuery],
    responses={
        (200, "audio/flac"): OpenApiTypes.BINARY,
        (206, "audio/flac"): OpenApiTypes.BINARY,
        409: OpenApiResponse(description="The lease is over."),
        416: OpenApiResponse(description="No such range."),
    },
)
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def audio(request: Request, lease_id: UUID) -> StreamingHttpResponse:
    """The sound, whole or one range of it. Softened unless `version=original`."""
    version, header = Version(query_in(AudioQuery, request)["version"]), request.headers.get("Range")
    sound = listening.listen(lease_id, version, header, acting_user=person_of(request), now=timezone.now())
    return stream(sound.reader, sound.asked, sound.content_type)


audio.cls.content_negotiation_class = WhateverIsAsked


@extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def waveform(request: Request, lease_id: UUID) -> HttpResponse:
    """{peaks: [low, high, ...] of full scale 127, loud: [[start, end]] in ms, duration_ms}."""
    found = listening.waveform(lease_id, acting_user=person_of(request), now=timezone.now())
    return HttpResponse(found, content_type="application/json")


@extend_schema(request=HeardIn, responses=LeaseStateOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def extend(request: Request, lease_id: UUID) -> Response:
    """The heartbeat of an open desk, with what the player has played so far in all."""
    body = HeardIn(data=request.data)
    body.is_valid(raise_exception=True)
    lease = leases.extend(lease_id, acting_user=person_of(request), now=timezone.now(), **body.validated_data)
    return Response(LeaseStateOut(lease).data)


@extend_schema(request=HeardIn, responses=LeaseStateOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def release(request: Request, lease_id: UUID) -> Response:
    body = HeardIn(data=request.data)
    body.is_valid(raise_exception=True)
    lease = returns.release(lease_id, acting_user=person_of(request), now=timezone.now(), **body.validated_data)
    return Response(LeaseStateOut(lease).data)


@extend_schema(request=HeardIn, responses=LeaseStateOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def skip(request: Request, lease_id: UUID) -> Response:
    """Not this one; it never comes again."""
    body = HeardIn(data=request.data)
    body.is_valid(raise_exception=True)
    lease = returns.skip(lease_id, acting_user=person_of(request), now=timezone.now(), **body.validated_data)
    return Response(LeaseStateOut(lease).data)


@extend_schema(request=ReviewIn, responses={201: OutcomeOut})
@swift
@permission_classes([needs_api(Can.REVIEW)])
def review(request: Request, lease_id: UUID) -> Response:
    """One per lease; a second one is 409 with what the first led to. With `next`, the answer says whether that lease
    may be opened now, and it was put back where it may not.
    """
    said = review_in(request.data)
    person, now = person_of(request), timezone.now()
    answer = decided(review_clip(lease_id, said.findings, acting_user=person, now=now, heard_ms=said.heard_ms))
    if said.next is not None:
        answer["next"] = looked(ahead.look(said.next, acting_user=person, now=now))
    return Response(answer, status=201)
