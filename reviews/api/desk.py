"""Where a person's desk stands: what a page needs when it is opened, or opened again after a crash."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from reviews.access import live_leases_of, live_shift_of
from reviews.actions.agreement import opinions_for
from reviews.actions.leases import transcript_of
from reviews.actions.pacing import standing_of
from reviews.api.serializers import NothingIn
from reviews.api.shapes import LeaseOut, PaceOut, ShiftOut, leased
from reviews.api.who import person_of
from reviews.errors import NoShift
from reviews.models import Shift
from wellbeing.actions.pace import put_off_break


class DeskOut(serializers.Serializer[object]):
    shift = ShiftOut(allow_null=True)
    pace = PaceOut()
    leases = LeaseOut(many=True)


class PutOffOut(serializers.Serializer[object]):
    put_off = serializers.BooleanField()


@extend_schema(responses=DeskOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.REVIEW)])
def desk(request: Request) -> Response:
    """The live shift or null, what pace says, and the leases that are on the desk, oldest first."""
    now = timezone.now()
    try:
        shift: Shift | None = live_shift_of(person_of(request), now)
    except NoShift:
        shift = None
    found = live_leases_of(person_of(request), now)
    return Response(
        {
            "shift": ShiftOut(shift).data if shift else None,
            "pace": standing_of(person_of(request), shift, now=now).pace.as_json(),
            "leases": [leased(lease, transcript_of(lease.clip), opinions_for(lease)) for lease in found],
        }
    )


@extend_schema(request=NothingIn, responses=PutOffOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.REVIEW)])
def put_off(request: Request) -> Response:
    """Put off the break that is due, once: it comes at twice the time, twice as long."""
    NothingIn(data=request.data).is_valid(raise_exception=True)
    return Response({"put_off": put_off_break(acting_user=person_of(request), now=timezone.now())})
