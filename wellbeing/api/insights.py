"""Group figures for supervisors and works councils: frozen weekly, five people at least inside and outside, rounded."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.models import User
from wellbeing.actions.insights import published_to
from wellbeing.api.fields import InsightsOut
from wellbeing.insights import FEWEST


@extend_schema(responses=InsightsOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.INSIGHTS)])
def insights(request: Request) -> Response:
    """The last twelve weeks, of everybody and of the teams that you supervise; a works council sees every team."""
    rows = published_to(cast(User, request.user))
    figures = [
        {"week": row.week, "team": row.team_id, "measure": row.measure, "value": row.value, "withheld": row.withheld}
        for row in rows
    ]
    return Response({"fewest": FEWEST, "figures": figures})
