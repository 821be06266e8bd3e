"""The own shift, the own pace, and the next clip."""

from collections.abc import Callable

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.problems import Absent
from project.swift import swift
from reviews.access import live_shift_of
from reviews.actions import leases, shifts
from reviews.actions.pacing import standing_of
from reviews.api.serializers import NothingIn, PauseIn, ShiftIn, nothing_in
from reviews.api.shapes import ClaimOut, PaceOut, ShiftOut, claimed
from reviews.api.who import person_of
from reviews.errors import NoShift
from reviews.models import Shift
from wellbeing.day import BreakKind


@extend_schema(request=ShiftIn, responses={201: ShiftOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def start(request: Request) -> Response:
    body = ShiftIn(data=request.data)
    body.is_valid(raise_exception=True)
    shift = shifts.start_shift(acting_user=person_of(request), now=timezone.now(), **body.validated_data)
    return Response(ShiftOut(shift).data, status=201)


@extend_schema(responses={200: ShiftOut, 404: OpenApiResponse(description="Not on a shift.")})
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def current(request: Request) -> Response:
    try:
        return Response(ShiftOut(live_shift_of(person_of(request), timezone.now())).data)
    except NoShift:
        raise Absent from None


def _verb(act: Callable[..., Shift], name: str) -> Callable[..., Response]:
    @extend_schema(operation_id=f"shifts_current_{name}", request=NothingIn, responses=ShiftOut)
    @api_view(["POST"])
    @permission_classes([needs_api(Can.REVIEW)])
    def view(request: Request) -> Response:
        NothingIn(data=request.data).is_valid(raise_exception=True)
        return Response(ShiftOut(act(acting_user=person_of(request), now=timezone.now())).data)

    return view


@extend_schema(operation_id="shifts_current_pause", request=PauseIn, responses=ShiftOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def pause(request: Request) -> Response:
    body = PauseIn(data=request.data)
    body.is_valid(raise_exception=True)
    kind = BreakKind(body.validated_data["kind"])
    return Response(ShiftOut(shifts.pause_shift(acting_user=person_of(request), now=timezone.now(), kind=kind)).data)


resume = _verb(shifts.resume_shift, "resume")
end = _verb(shifts.end_shift, "end")


@extend_schema(request=NothingIn, responses={201: ClaimOut, 200: ClaimOut})
@swift
@permission_classes([needs_api(Can.REVIEW)])
def claim(request: Request) -> Response:
    """The next clip; 200 with pace alone when nothing may or can be served now."""
    nothing_in(request.data)
    found = leases.claim(acting_user=person_of(request), now=timezone.now())
    return Response(claimed(found), status=201 if found.lease else 200)


@extend_schema(responses=PaceOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def pace(request: Request) -> Response:
    """What the next claim would be told."""
    now = timezone.now()
    try:
        shift: Shift | None = live_shift_of(person_of(request), now)
    except NoShift:
        shift = None
    return Response(standing_of(person_of(request), shift, now=now).pace.as_json())
