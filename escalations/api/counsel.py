"""Outside counsel of a case over the API."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.access import case_for
from escalations.actions.counsel import propose_counsel, revoke
from escalations.api.fields import CounselIn
from escalations.api.outputs import CounselGrantOut, CounselGrantsOut
from escalations.models import CounselGrant
from escalations.who import who
from project.accounts.access import Can, fresh_sign_in_required, needs_api


def grant_json(grant: CounselGrant) -> dict[str, Any]:
    return {
        "id": grant.pk,
        "case": grant.case_id,
        "name": grant.person.display_name,
        "email": grant.person.email,
        "until": grant.until,
        "proposed_by": grant.proposed_by.display_name,
        "granted_by": grant.granted_by.display_name if grant.granted_by else None,
        "granted_at": grant.granted_at,
        "ended_at": grant.ended_at,
        "ending": grant.ending or None,
    }


@extend_schema(methods=["GET"], responses=CounselGrantsOut)
@extend_schema(methods=["POST"], request=CounselIn, responses={201: CounselGrantOut})
@api_view(["GET", "POST"])
@permission_classes([needs_api(Can.LEGAL)])
def grants(request: Request, case_id: UUID) -> Response:
    """Who of outside counsel is or was in a case; POST asks a second of legal to let somebody in until a day."""
    case = case_for(who(request), case_id)
    if request.method == "POST":
        return cast(Response, _propose(request, case_id))
    rows = case.counsel_grants.select_related("person", "proposed_by", "granted_by")
    return Response({"results": [grant_json(one) for one in rows]})


@fresh_sign_in_required
def _propose(request: Request, case_id: UUID) -> Response:
    asked = CounselIn(data=request.data)
    asked.is_valid(raise_exception=True)
    grant = propose_counsel(case_id, **asked.validated_data, acting_user=who(request), now=timezone.now())
    return Response(grant_json(grant), status=201)


@extend_schema(request=None, responses=CounselGrantOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
def end(request: Request, grant_id: UUID) -> Response:
    """End somebody's access at once; their sign-ins and tokens end with it."""
    return Response(grant_json(revoke(grant_id, acting_user=who(request), now=timezone.now())))
