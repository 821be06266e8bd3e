"""Everything that can be refused, and how a refusal reaches the person or program that asked (RFC 9457).

Actions raise a `Refusal`; one middleware and one REST framework handler turn it into problem+json, a page or a
fragment. `detail` is shown to whoever asked, so it never carries content.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg import errors
from psycopg_pool import PoolTimeout
from rest_framework import exceptions as rest
from rest_framework.response import Response

log = structlog.get_logger(__name__)

PROBLEM_JSON = "application/problem+json"


class Refusal(Exception):
    """Something asked for cannot be had. Subclasses give it a status, a stable code and a title in plain words."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "That was refused."
    says_nothing_changed: ClassVar[bool] = True

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.extra = extra

    def headers(self) -> dict[str, str]:
        """What HTTP wants beside the body for this status."""
        return {}

    def as_problem(self) -> dict[str, Any]:
        return problem(self.status, self.code, self.title, self.detail, **self.extra)


class Invalid(Refusal):
    code = "invalid"
    title = "Something in this request is not right."


class Unauthenticated(Refusal):
    status = 401
    code = "sign-in"
    title = "Please sign in."


class SignInAgain(Refusal):
    status = 403
    code = "sign-in-again"
    title = "Please sign in again: this act needs a sign-in from the last five minutes."


class InTheClear(Refusal):
    """A program is not led on to TLS, or a token that everybody on the way could read would go unnoticed."""

    status = 403
    code = "in-the-clear"
    title = "This was sent without encryption. Use https, and withdraw the token that was sent along."


class Absent(Refusal):
    """Absent and forbidden are one answer, to the letter: nobody learns from it what exists."""

    status = 404
    code = "absent"
    title = "There is nothing here for you."

    def __init__(self) -> None:
        super().__init__("")


class Conflict(Refusal):
    status = 409
    code = "conflict"
    title = "Somebody or something was faster."


class IllegalMove(Conflict):
    code = "illegal-move"
    title = "That is not possible in the state this is in."


class Gone(Refusal):
    status = 410
    code = "gone"
    title = "This was erased."


class TooLarge(Refusal):
    status = 413
    code = "too-large"
    title = "This is too large."


class Unprocessable(Refusal):
    status = 422
    code = "unprocessable"
    title = "This cannot be worked with."


class UnsupportedAudio(Unprocessable):
    code = "unsupported-audio"
    title = "This is not audio that can be decoded whole."


class TooMany(Refusal):
    status = 429
    code = "too-many"
    title = "That is too often. Please wait a moment."


class Unavailable(Refusal):
    status = 503
    code = "unavailable"
    title = "A part of the service is away. Please try again shortly."


class Busy(Unavailable):
    """A database gave a statement up. The transaction it was in is undone; what an earlier one did may stand."""

    code = "busy"
    title = "That took too long, and was given up."
    says_nothing_changed = False

    def __init__(self) -> None:
        super().__init__("Somebody may be at the same thing. Wait a moment, reload, and look before you repeat it.")

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}


_GIVEN_UP: Final = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected, PoolTimeout)


def given_up(error: Exception) -> Busy | None:
    """The refusal, where a database's limit on statements or locks, a deadlock or want of a connection ended this."""
    if not (isinstance(error, OperationalError) and isinstance(error.__cause__, _GIVEN_UP)):
        return None
    log.warning("request.given-up", error=type(error.__cause__).__name__)
    return Busy()


def problem(status: int, code: str, title: str, detail: str = "", **extra: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"urn:earshot:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    return {**body, **extra}


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def respond(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as problem+json under /api/, as a fragment for htmx, else as a page."""
    if wants_json(request):
        body = refusal.as_problem()
        written = {"separators": (",", ":"), "ensure_ascii": False}  # as the REST framework writes: alike to the byte
        said: dict[str, Any] = {"status": refusal.status, "headers": refusal.headers(), "content_type": PROBLEM_JSON}
        return JsonResponse(body, json_dumps_params=written, **said)
    if isinstance(refusal, Absent):
        return render(request, "404.html", status=404)
    name = "errors/fragment.html" if request.headers.get("HX-Request") else "errors/refused.html"
    page = render(request, name, {"refusal": refusal}, status=refusal.status)
    for header, value in refusal.headers().items():
        page[header] = value
    return page


_REST_PROBLEMS: tuple[tuple[type[rest.APIException], str, str], ...] = (
    (rest.NotAuthenticated, "sign-in", "Please sign in."),
    (rest.AuthenticationFailed, "sign-in", "This token or sign-in is not valid."),
    (rest.MethodNotAllowed, "method-not-allowed", "This address does not take that method."),
    (rest.UnsupportedMediaType, "unsupported-media-type", "This address does not take that kind of body."),
    (rest.NotAcceptable, "not-acceptable", "This address cannot answer in that format."),
    (rest.Throttled, "too-many", "That is too often. Please wait a moment."),
    (rest.ParseError, "unreadable", "The body cannot be read."),
)


def rest_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: every error of the API is problem+json."""
    from rest_framework.views import exception_handler, set_rollback

    if isinstance(error, RequestDataTooBig) and not isinstance(error, Refusal):
        error = TooLarge()
    error = given_up(error) or error
    if isinstance(error, Refusal):
        set_rollback()
        return Response(error.as_problem(), error.status, headers=error.headers(), content_type=PROBLEM_JSON)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, rest.APIException):
        if response is None:
            return None
        body = Absent().as_problem()
    else:
        body = _rest_problem(error, response.status_code)
    return Response(body, status=body["status"], headers=_kept_headers(response), content_type=PROBLEM_JSON)


def _kept_headers(response: Response) -> dict[str, str]:
    return {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if response.has_header(name)}


def _rest_problem(error: rest.APIException, status: int) -> dict[str, Any]:
    if isinstance(error, rest.ValidationError):
        return problem(400, "invalid", Invalid.title, errors=error.detail)
    if isinstance(error, (rest.NotFound, rest.PermissionDenied)):
        return Absent().as_problem()
    for kind, code, title in _REST_PROBLEMS:
        if isinstance(error, kind):
            return problem(status, code, title)
    return problem(status, "refused", Refusal.title)
