"""Sharing check-ins with a counsellor: the person's side under me/, the counsellor's under shared-check-ins/."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.accounts.models import User
from wellbeing.access import share_of
from wellbeing.actions.shares import read_shared, revoke_share, share_check_ins, shares_of
from wellbeing.api.fields import CheckInOut, ShareIn, ShareMadeOut, SharesOut, SharingOut
from wellbeing.private_access import counsellors, shared_with

OWN, COUNSELLOR = needs_api(Can.OWN_WELLBEING), needs_api(Can.MODERATE)


def _me(request: Request) -> User:
    return cast(User, request.user)


@extend_schema(methods=["GET"], responses=SharesOut)
@extend_schema(methods=["POST"], request=ShareIn, responses={201: ShareMadeOut})
@api_view(["GET", "POST"])
@permission_classes([OWN])
def shares(request: Request) -> Response:
    """Who may read your check-ins and when they did; or let a counsellor read them, for 1 to 90 days."""
    me, now = _me(request), timezone.now()
    if request.method == "POST":
        asked = ShareIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        share = share_check_ins(given["counsellor"], days=given["days"], acting_user=me, now=now)
        return Response({"id": share.pk, "ends_at": share.ends_at}, status=201)
    names = [{"id": one.pk, "name": one.display_name} for one in counsellors().exclude(pk=me.pk)]
    return Response({"counsellors": names, "shares": [share.as_json() for share in shares_of(me)]})


@extend_schema(responses={204: None})
@api_view(["DELETE"])
@permission_classes([OWN])
def share(request: Request, share_id: UUID) -> Response:
    """Take it back: from now on that counsellor reads nothing."""
    me = _me(request)
    revoke_share(share_of(me, share_id).pk, acting_user=me, now=timezone.now())
    return Response(status=204)


@extend_schema(responses=SharingOut(many=True))
@api_view(["GET"])
@permission_classes([COUNSELLOR])
def shared(request: Request) -> Response:
    """Who shares their check-ins with you now. Looking at this list is no reading."""
    given = shared_with(_me(request), timezone.now())
    return Response([{"id": one.pk, "person": one.person.display_name, "ends_at": one.ends_at} for one in given])


@extend_schema(operation_id="shared_check_ins_read", responses=CheckInOut(many=True))
@api_view(["GET"])
@permission_classes([COUNSELLOR])
def shared_read(request: Request, share_id: UUID) -> Response:
    """Read them. The person sees that you did, and when."""
    _, answers = read_shared(share_id, acting_user=_me(request), now=timezone.now())
    return Response([answered.as_json() for answered in answers])
