"""Middleware that only a browser needs: sessions, forms, messages, what stands between a sign-in and the work.

A program that signs its API requests with a token has no cookie, sends no form and is told no messages: it passes by.
Anything else under /api/, a session's calls too, goes through all of it.
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any, Final

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django_htmx.middleware import HtmxMiddleware

from project.accounts import gate as gates
from project.allowance import Allowances
from project.answer_headers import NOTHING_LOADS
from project.middleware import Handler
from project.problems import TooMany, respond

PREFIX = "token "


def is_program(request: HttpRequest) -> bool:
    """Under /api/ and signed by a token: then the token alone decides, and no session is ever looked at."""
    return request.path.startswith("/api/") and request.META.get("HTTP_AUTHORIZATION", "")[:6].lower() == PREFIX


class _PassedByPrograms:
    """Before a middleware class: a program's request goes straight on."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_program(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # of the middleware class that comes next


class Sessions(_PassedByPrograms, SessionMiddleware):
    pass


class Forms(_PassedByPrograms, CsrfViewMiddleware):
    """A view that takes forms still demands the form's token from everybody (process_view)."""


class SignIns(_PassedByPrograms, AuthenticationMiddleware):
    """A program is nobody to pages: only the API's own authentication knows it."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_program(request):
            request.user = AnonymousUser()
        return super().__call__(request)


class Messages(_PassedByPrograms, MessageMiddleware):
    pass


class _OwnCookie(CookieStorage):
    """Django's, under a name that no other host may set; it has no setting for that."""

    cookie_name = settings.MESSAGES_COOKIE_NAME


class MessageCookies(FallbackStorage):
    storage_classes = (_OwnCookie, SessionStorage)


class Htmx(_PassedByPrograms, HtmxMiddleware):
    pass


class PagePolicy(CSPMiddleware):
    """Content-Security-Policy. What the API answers is shown by no browser and may load nothing."""

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path.startswith("/api/"):
            return super().__call__(request)
        response: Any = self.get_response(request)
        response.setdefault("Content-Security-Policy", NOTHING_LOADS)
        return response


def gate(get_response: Handler) -> Handler:
    """What stands between a browser's sign-in, or a program's token, and the work."""
    for_browsers = gates.gate(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        if refusal := too_fast(request):
            return refusal
        return get_response(request) if is_program(request) else for_browsers(request)

    return middleware


class TooFast(TooMany):
    """More requests than one person or one token may send in this time."""

    def __init__(self, wait: float) -> None:
        super().__init__(retry_after=math.ceil(wait))

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.extra["retry_after"])}


_programs: Final = Allowances(*settings.REQUESTS_OF_A_TOKEN)
_people: Final = Allowances(*settings.REQUESTS_OF_A_PERSON)


def too_fast(request: HttpRequest) -> HttpResponse | None:
    """The refusal for whoever has to wait; it is taken from their allowance that they asked."""
    wait = _wait_of(request)
    return respond(request, TooFast(wait)) if wait else None


def _wait_of(request: HttpRequest) -> float:
    """Seconds until this sender may go on; 0.0: now. Whoever is not signed in has the limits of signing in."""
    if is_program(request):
        return wait_of_token(request.META["HTTP_AUTHORIZATION"])
    return _people.take(str(request.user.pk), time.monotonic()) if request.user.is_authenticated else 0.0


def wait_of_token(authorization: str) -> float:
    """The same for whoever sends this header; the token itself is not kept."""
    return _programs.take(hashlib.sha256(authorization.encode()).hexdigest(), time.monotonic())
