"""Answers load balancers before anything else looks at the request: a probe knows an address, not our name."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from project.health.views import healthz, readyz

Handler = Callable[[HttpRequest], HttpResponse]
PROBES: Final = {"/healthz": healthz, "/readyz": readyz}


def probes(get_response: Handler) -> Handler:
    """Middleware, the outermost: neither host names nor redirects to TLS concern a probe."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path, get_response)(request)

    return middleware
