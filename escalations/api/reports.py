"""me/reports/: what became of my flags, in words that reveal nothing of the case."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.actions.reports import add_to_report, told_of
from escalations.api.fields import MoreIn
from escalations.api.outputs import MoreOut, ReportsOut
from escalations.who import who
from project.accounts.access import Can, needs_api


@extend_schema(responses=ReportsOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.OWN_WELLBEING)])
def reports(request: Request) -> Response:
    """Your reports, newest first: received, being looked at, decided, closed."""
    told = [asdict(one) for one in told_of(who(request))]
    return Response({"results": [{**one, "state": one["outcome"]} for one in told]})


@extend_schema(request=MoreIn, responses={201: MoreOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.OWN_WELLBEING)])
def more(request: Request, report_id: UUID) -> Response:
    """Add what you remember to your report, without listening again."""
    asked = MoreIn(data=request.data)
    asked.is_valid(raise_exception=True)
    report = add_to_report(report_id, asked.validated_data["text"], acting_user=who(request), now=timezone.now())
    return Response({"id": report.pk}, status=201)
