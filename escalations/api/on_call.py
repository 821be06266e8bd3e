"""The on-call roster over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.actions import duties
from escalations.api.fields import DutyCancelIn, DutyIn
from escalations.api.outputs import DutyOut, RosterOut
from escalations.models import OnCallDuty
from escalations.roster import Span, weekly
from escalations.who import who
from project.accounts.access import Can, may, needs_api
from project.problems import Absent, Invalid


def duty_json(duty: OnCallDuty) -> dict[str, Any]:
    return {
        "id": duty.pk, "person": duty.person_id, "name": duty.person.display_name, "starts_at": duty.starts_at,
        "ends_at": duty.ends_at, "time_zone": duty.time_zone, "series": duty.series,
        "cancelled_at": duty.cancelled_at,
    }  # fmt: skip


@extend_schema(methods=["GET"], responses=RosterOut)
@extend_schema(methods=["POST"], request=DutyIn, responses={201: DutyOut})
@api_view(["GET", "POST"])
@permission_classes([needs_api(Can.ON_CALL)])
def roster(request: Request) -> Response:
    """Who is on call in the next four weeks, and where nobody is; POST plans a duty (supervisors)."""
    now = timezone.now()
    if request.method == "POST":
        return _plan(request)
    until = now + duties.SHOWN_AHEAD
    found = [duty_json(one) for one in duties.duties_between(now, until)]
    empty = [{"starts_at": gap.starts_at, "ends_at": gap.ends_at} for gap in duties.gaps_between(now, until)]
    return Response({"results": found, "gaps": empty, "until": until})


def _plan(request: Request) -> Response:
    if not may(who(request), Can.TRIAGE):
        raise Absent
    asked = DutyIn(data=request.data)
    asked.is_valid(raise_exception=True)
    given = asked.validated_data
    span = Span(given["starts_at"], given["ends_at"])
    zone = given.get("time_zone") or who(request).time_zone
    begins, ends = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (span.starts_at, span.ends_at))
    try:
        spans = weekly(span, begins, ends, ZoneInfo(zone), given["weeks"])
    except ValueError:
        raise Invalid("A duty ends after it began.", field="ends_at") from None
    planned = duties.plan_duties(given["person"], spans, time_zone=zone, acting_user=who(request), now=timezone.now())
    return Response(duty_json(planned[0]), status=201)


@extend_schema(request=DutyCancelIn, responses=DutyOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.TRIAGE)])
def cancel(request: Request, on_call_id: UUID) -> Response:
    """Take a duty back, with `following` every later week of its series too."""
    asked = DutyCancelIn(data=request.data)
    asked.is_valid(raise_exception=True)
    said = {"following": asked.validated_data["following"], "acting_user": who(request), "now": timezone.now()}
    return Response(duty_json(duties.cancel_duty(on_call_id, **said)))
