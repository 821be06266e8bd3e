"""A program's API request, signed by a token, goes straight to its view: what lies between is for browsers.

`express` stands before the middleware that it passes by, `landing` behind it. What is left on the short way: the id
and the log line of each request, the token's allowance, the headers that every answer carries, refusals, figures, and
whatever the view asks for: its token, its permission. Anything out of the ordinary (a host that is not ours, plain
HTTP where TLS is demanded, an address without its last slash) takes the long way and is answered there. A test holds
the answers of both to be alike.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from project.browsers import PagePolicy, is_program, too_fast
from project.health.access_log import access_log
from project.middleware import Handler, headers, request_id

_landed: Final[list[Handler]] = []


def landing(get_response: Handler) -> Handler:
    """Django builds from the innermost outwards, so this is known when `express` is built."""
    _landed[:] = [get_response]

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return middleware


def express(get_response: Handler) -> Handler:
    for_programs = request_id(access_log(_dressed(_landed.pop())))

    def middleware(request: HttpRequest) -> HttpResponse:
        return for_programs(request) if is_program(request) and is_ordinary(request) else get_response(request)

    return middleware


def is_ordinary(request: HttpRequest) -> bool:
    """Would the long way let it through as it is?"""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return request.path.endswith("/") and (request.is_secure() or not settings.SECURE_SSL_REDIRECT)


def _dressed(get_response: Handler) -> Handler:
    """Nobody is signed in, so far; the answer gets what every answer of the API carries, and its length."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        response = too_fast(request) or get_response(request)
        for name, value in carried(request.is_secure()):
            response.headers.setdefault(name, value)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


@cache
def carried(is_secure: bool) -> tuple[tuple[str, str], ...]:
    """What the middleware that the long way has makes of an empty answer."""
    request = HttpRequest()
    request.path = request.path_info = "/api/"
    request.META["SERVER_PROTOCOL"] = "HTTP/1.1"
    request._get_scheme = lambda: "https" if is_secure else "http"  # type: ignore[attr-defined]  # asked by is_secure()

    def nothing(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    framed: Any = XFrameOptionsMiddleware(nothing)
    whole: Callable[[HttpRequest], HttpResponse] = headers(framed)
    response = SecurityMiddleware(PagePolicy(whole)).process_response(request, PagePolicy(whole)(request))
    return tuple((name, value) for name, value in response.items() if name != "Content-Type")
