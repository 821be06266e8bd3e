"""What is one person's own: exposure, check-ins, preferences. Nobody can ask for anybody else's."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.models import User
from wellbeing.access import check_in_of
from wellbeing.actions import checkins
from wellbeing.actions.exposure import exposure_of
from wellbeing.actions.pace import preferences_for
from wellbeing.actions.preferences import prefer
from wellbeing.api.fields import CheckInIn, CheckInOut, CheckInsOut, ExposureOut, PreferencesIO
from wellbeing.instruments import BEFORE
from wellbeing.limits import Preferences
from wellbeing.models.preferences import WISHES
from wellbeing.questions import questions

OWN = needs_api(Can.OWN_WELLBEING)


def _me(request: Request) -> User:
    return cast(User, request.user)


@extend_schema(responses=ExposureOut)
@api_view(["GET"])
@permission_classes([OWN])
def exposure(request: Request) -> Response:
    """What you heard in the last hour, this working day and seven days."""
    return Response(exposure_of(_me(request).pk, timezone.now()).as_json())


@extend_schema(methods=["GET"], responses=CheckInsOut)
@extend_schema(methods=["POST"], request=CheckInIn, responses={201: CheckInOut})
@extend_schema(methods=["DELETE"], operation_id="me_check_ins_destroy_all", responses={204: None})
@api_view(["GET", "POST", "DELETE"])
@permission_classes([OWN])
def check_ins(request: Request) -> Response:
    """Your own check-ins: read them, give one, or delete all of them together with their key."""
    me, now = _me(request), timezone.now()
    if request.method == "POST":
        asked = CheckInIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        answered = checkins.check_in(given["kind"], given["answers"], acting_user=me, now=now)
        return Response(answered.as_json(), status=201)
    if request.method == "DELETE":
        checkins.delete_everything(acting_user=me, now=now)
        return Response(status=204)
    found = [answered.as_json() for answered in checkins.history(acting_user=me, now=now)]
    kinds = [question.as_json() for question in questions()]
    return Response({"before": BEFORE, "kinds": kinds, "check_ins": found})


@extend_schema(responses={204: None})
@api_view(["DELETE"])
@permission_classes([OWN])
def check_in(request: Request, check_in_id: UUID) -> Response:
    """Delete one of your check-ins."""
    row = check_in_of(_me(request), check_in_id)
    checkins.delete_check_in(row, acting_user=_me(request), now=timezone.now())
    return Response(status=204)


@extend_schema(methods=["GET"], responses=PreferencesIO)
@extend_schema(methods=["PUT"], request=PreferencesIO, responses=PreferencesIO)
@api_view(["GET", "PUT"])
@permission_classes([OWN])
def preferences(request: Request) -> Response:
    """What you ask for yourself: gentler than the policy, or refused."""
    me = _me(request)
    if request.method == "GET":
        return Response(_as_json(preferences_for(me)))
    asked = PreferencesIO(data=request.data)
    asked.is_valid(raise_exception=True)
    return Response(_as_json(prefer(asked.wishes, acting_user=me, now=timezone.now())))


def _as_json(wishes: Preferences) -> dict[str, Any]:
    return {"opt_out": sorted(wishes.opt_out), **{name: getattr(wishes, name) for name in WISHES}}
