"""Runs of erasures and the rates of false activations over the API."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.access import Can, needs_api
from project.api import StrictSerializer, query_in
from reviews.actions.activations import FEWEST, Rate, rates
from reviews.actions.erasure_runs import Progress, newest_runs, progress_of
from reviews.models import ErasureRun


class ProgressOut(serializers.Serializer[dict[str, object]]):
    """How far clips that were ordered together have come. `percent` is 100 only when all are certified."""

    all_ordered = serializers.BooleanField()
    clips = serializers.IntegerField()
    certified = serializers.IntegerField()
    waiting = serializers.IntegerField()
    late = serializers.IntegerField()
    percent = serializers.IntegerField()


class RunOut(ProgressOut):
    """Many clips ordered at once."""

    id = serializers.UUIDField()
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()


class RateOut(serializers.Serializer[Rate]):
    """`false` of `judged` recordings were made without being asked for; `name` is a locale, trigger or device label."""

    name = serializers.CharField()
    judged = serializers.IntegerField()
    false = serializers.IntegerField()
    share = serializers.FloatField()


class RatesQuery(StrictSerializer):
    """Over how many days, today included."""

    days = serializers.IntegerField(min_value=1, max_value=366, default=30)


class RatesOut(serializers.Serializer[dict[str, object]]):
    """Worst first. Groups with fewer than `fewest` judgements are left out and only counted, in `few`."""

    since = serializers.DateField()
    judged = serializers.IntegerField()
    false = serializers.IntegerField()
    fewest = serializers.IntegerField()
    few = serializers.DictField(child=serializers.IntegerField())
    locales = RateOut(many=True)
    triggers = RateOut(many=True)
    devices = RateOut(many=True)


@extend_schema(responses=RunOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_ERASURES)])
def erasure_runs(request: Request) -> Response:
    """The newest hundred runs: retention, and requests of data subjects, whose references nobody reads here."""
    now = timezone.now()
    return Response([run_json(run, progress_of(run, now)) for run in newest_runs()])


@extend_schema(parameters=[RatesQuery], responses=RatesOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.FEED, Can.RUN_QUEUE)])
def false_activations(request: Request) -> Response:
    """How often devices recorded without being asked, by locale, trigger and device."""
    found = rates(now=timezone.now(), days=query_in(RatesQuery, request)["days"])
    return Response(RatesOut({name: getattr(found, name) for name in found.__slots__} | {"fewest": FEWEST}).data)


def progress_json(progress: Progress) -> dict[str, Any]:
    """Counts on the wire."""
    return {
        "all_ordered": progress.all_ordered, "clips": progress.ordered, "certified": progress.certified,
        "waiting": progress.waiting, "late": progress.late, "percent": progress.percent,
    }  # fmt: skip


def run_json(run: Any, progress: Progress) -> dict[str, Any]:
    """One run on the wire."""
    reason = run.reason if isinstance(run, ErasureRun) else "subject_request"
    started_at = run.started_at if isinstance(run, ErasureRun) else run.requested_at
    run_id: UUID = run.pk
    return {"id": run_id, "reason": reason, "started_at": started_at, **progress_json(progress)}
