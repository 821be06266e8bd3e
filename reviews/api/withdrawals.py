"""Withdrawal by the source over the API: which recordings it takes back, and how far that has come."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.api import StrictSerializer
from reviews.actions.erasure_runs import progress_of
from reviews.actions.withdrawals import MOST, withdraw_by_source
from reviews.api.erasure_runs import RunOut, run_json
from reviews.api.erasures import me
from reviews.erasure_access import withdrawal_for


class WithdrawalIn(StrictSerializer):
    """The source's own references, as they came with the recordings."""

    external_refs = serializers.ListField(
        child=serializers.CharField(max_length=200, trim_whitespace=False), min_length=1, max_length=MOST
    )


class WithdrawnOut(RunOut):
    """How far it has come. `unknown` references name no recording here, `gone` ones are erased or past recall."""

    unknown = serializers.IntegerField()
    gone = serializers.IntegerField()


@extend_schema(request=WithdrawalIn, responses={201: WithdrawnOut})
@api_view(["POST"])
@permission_classes([needs_api(Can.INGEST, Can.ERASE_SUBJECT)])
def source_withdrawals(request: Request) -> Response:
    """Take recordings back by the references that they were handed in under: erased within a day, certified each."""
    asked = WithdrawalIn(data=request.data)
    asked.is_valid(raise_exception=True)
    now = timezone.now()
    made = withdraw_by_source(asked.validated_data["external_refs"], acting_user=me(request), now=now)
    said = run_json(made.run, progress_of(made.run, now))
    return Response({**said, "unknown": made.unknown, "gone": made.gone}, status=201)


@extend_schema(responses=RunOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.INGEST, Can.ERASE_SUBJECT)])
def source_withdrawal(request: Request, run_id: UUID) -> Response:
    """How far a withdrawal that you asked for has come."""
    run = withdrawal_for(me(request), run_id)
    return Response(run_json(run, progress_of(run, timezone.now())))
