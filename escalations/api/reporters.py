"""Who reported, over the API: asked for by one of legal, agreed to by another, readable for the two for a day."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from escalations.access import case_for
from escalations.actions.unmasking import names_for, propose_unmasking
from escalations.api.fields import UnmaskIn
from escalations.api.outputs import ReporterNamesOut, UnmaskOut
from escalations.who import who
from project.accounts.access import Can, fresh_sign_in_required, needs_api


@extend_schema(request=UnmaskIn, responses={201: UnmaskOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.LEGAL)])
@fresh_sign_in_required
def unmask(request: Request, case_id: UUID, number: int) -> Response:
    """Ask to learn who "Reporter <number>" is. Another of legal agrees: `approve {proposal}`, freshly signed in."""
    asked = UnmaskIn(data=request.data)
    asked.is_valid(raise_exception=True)
    reason = asked.validated_data["reason"]
    proposal = propose_unmasking(case_id, number, reason=reason, acting_user=who(request), now=timezone.now())
    body = {"proposal": proposal.pk, "reporter": number, "expires_at": proposal.expires_at}
    return Response(body, status=201)


@extend_schema(responses=ReporterNamesOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.LEGAL)])
def names(request: Request, case_id: UUID) -> Response:
    """Who reported, as far as two people agreed that you may know it now."""
    found = case_for(who(request), case_id)
    named = names_for(who(request), found, now=timezone.now())
    rows = [{"reporter": n, "name": one.display_name, "email": one.email} for n, one in sorted(named.items())]
    return Response({"results": rows})
