"""The answers that load balancers, alarms and scrapers read. Names, states and figures; never content."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from project.health.metrics import CONTENT_TYPE, exposition
from project.health.operators import operators_only
from project.health.registry import conditions, run
from project.health.report import report


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of anybody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """May this process serve? Names only: what exactly is wrong is for operators, in the log and in /status."""
    outcomes = run(conditions)
    ready = all(outcome.ok for outcome in outcomes)
    body = {"status": "ok" if ready else "failing", "checks": {outcome.name: outcome.ok for outcome in outcomes}}
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
@operators_only
def status(request: HttpRequest) -> HttpResponse:
    """Does the service keep its promises? 503 while any is broken: alarms hang on this one."""
    found = report(timezone.now())
    return JsonResponse(found.as_json(), status=200 if found.ok else 503)


@require_safe
@operators_only
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)
