"""The home page, which shows each role what needs doing now, and the pages for things that went wrong."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from project.home import cards_for
from project.problems import PROBLEM_JSON, Absent, problem, respond, wants_json


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login("/")
    return render(request, "home.html", {"cards": cards_for(request.user)})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, Absent())


def _plain(request: HttpRequest, status: int, code: str, title: str, detail: str) -> HttpResponse:
    if wants_json(request):
        from django.http import JsonResponse

        return JsonResponse(problem(status, code, title, detail), status=status, content_type=PROBLEM_JSON)
    return render(request, "errors/plain.html", {"title": title, "detail": detail}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain(request, 400, "invalid", "This request cannot be read.", "Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, Absent())


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = "This page was open too long or in another sign-in. Go back, reload it and send it again."
    return _plain(request, 403, "page-too-old", "Nothing was sent.", detail)


def server_error(request: HttpRequest) -> HttpResponse:
    detail = (
        "The fault is ours and is written down. What you sent may not be saved: reload and look before you repeat it."
    )
    title = "Something broke on our side."
    if wants_json(request):
        return _plain(request, 500, "fault", title, detail)
    # Without a request nothing on the page asks the database, which may be what broke.
    context = {"title": title, "detail": detail, "accepts": request.headers.get("Accept-Language", "")}
    return HttpResponse(render_to_string("errors/plain.html", context), status=500)
