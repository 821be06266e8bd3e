"""What surrounds every request: an id for the logs, headers, and refusals turned into answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from project.answer_headers import ALWAYS
from project.problems import Absent, InTheClear, Refusal, given_up, respond, wants_json

SIGN_OUT: Final = "/accounts/logout/"
Handler = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    """An id of our own making for each request, bound to its log lines and answered to whoever asks for help."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=name)
        response = get_response(request)
        response["X-Request-ID"] = name
        return response

    return middleware


def headers(get_response: Handler) -> Handler:
    """What everything we answer carries. Nothing behind the sign-in may linger in a cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in ALWAYS.items():
            response.setdefault(name, value)
        response.setdefault("Cache-Control", "no-store")
        if request.method == "POST" and request.path == SIGN_OUT:
            response["Clear-Site-Data"] = '"cache", "storage"'  # not cookies: the mark of a known browser stays
        return response

    return middleware


def encrypted(get_response: Handler) -> Handler:
    """Pages are led on to TLS by Django; what is sent to the API in the clear is refused, whoever it is from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and wants_json(request) and not request.is_secure():
            return respond(request, InTheClear())
        return get_response(request)

    return middleware


class RefusalsMiddleware:
    """Turns what actions raise into answers. The REST framework handles its own views by the same table."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_problem = response.get("Content-Type", "").startswith("application/problem+json")
        if response.status_code == 404 and wants_json(request) and not is_problem:
            return respond(request, Absent())
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return respond(request, Absent())
        refusal = exception if isinstance(exception, Refusal) else given_up(exception)
        return respond(request, refusal) if refusal else None


refusals = RefusalsMiddleware
