"""Taking an order back, and having it redact instead of erase, over the API."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.api import StrictSerializer
from reviews.actions.erasure_choices import choose_method, withdraw_erasure
from reviews.api.erasures import ErasureOut, me
from reviews.erasure_access import orders_of
from reviews.erasure_states import Method


class Nothing(StrictSerializer):
    """These verbs take no fields."""


@extend_schema(responses=ErasureOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.UNDO_ERASURE)])
def undoable(request: Request) -> Response:
    """The orders that your own flags gave and that you can still take back, the soonest to go first."""
    open_ones = orders_of(me(request)).undoable(timezone.now()).order_by("undo_until")[:100]
    return Response(ErasureOut(open_ones, many=True).data)


@extend_schema(request=Nothing, responses=ErasureOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.UNDO_ERASURE)])
def undo(request: Request, erasure_id: UUID) -> Response:
    """Take an order back while its undo window lasts: your own, or as a supervisor one that you may read."""
    Nothing(data=request.data).is_valid(raise_exception=True)
    return Response(ErasureOut(withdraw_erasure(erasure_id, acting_user=me(request), now=timezone.now())).data)


@extend_schema(request=Nothing, responses=ErasureOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def redact(request: Request, erasure_id: UUID) -> Response:
    """Silence the flagged spans instead of erasing all of it, while the order can still be stopped."""
    return _choose(request, erasure_id, Method.REDACT)


@extend_schema(request=Nothing, responses=ErasureOut)
@api_view(["POST"])
@permission_classes([needs_api(Can.RUN_QUEUE)])
def erase(request: Request, erasure_id: UUID) -> Response:
    """Erase all of it after all, while the order can still be stopped."""
    return _choose(request, erasure_id, Method.ERASE)


def _choose(request: Request, erasure_id: UUID, method: Method) -> Response:
    Nothing(data=request.data).is_valid(raise_exception=True)
    chosen = choose_method(erasure_id, method, acting_user=me(request), now=timezone.now())
    return Response(ErasureOut(chosen).data)
