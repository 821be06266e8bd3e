"""The floor's views; imported once Django is set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpResponse
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from tests.bench import floor_usual
from tests.bench.floor import CLAIM, SUBMIT


@api_view(["POST"])
def claim(request: Request) -> Response:
    return Response({"id": _claim()}, status=201)


@api_view(["POST"])
def submit(request: Request) -> Response:
    _submit(request.data["id"], request.data["severity"])
    return Response({"id": request.data["id"]}, status=201)


@api_view(["POST"])
def cycle(request: Request) -> Response:
    number = _claim()
    _submit(number, 0)
    return Response({"id": number}, status=201)


def healthz(request: Any) -> HttpResponse:
    return HttpResponse("ok")


def _claim() -> int:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM)
        return int(cursor.fetchone()[0])


def _submit(task: int, severity: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, [task, severity])


VIEWS: dict[str, Callable[..., HttpResponse]] = {
    "claim": claim,
    "submit": submit,
    "cycle": cycle,
    "usual/claim": floor_usual.Claim.as_view(),
    "usual/submit": floor_usual.Submit.as_view(),
    "healthz": healthz,
}
