"""What stands between being signed in and the work: a sign-in too old, a missing second factor, an unread text.

Browsers only: a token is issued by an administrator and carries no session. The same questions are asked of a
socket that a session opens (`project.sockets`). What a person needs to get through stays open: their account's
pages, the texts, and help, which is never behind anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from project.accounts import acknowledging
from project.accounts.access import Role
from project.accounts.actions.sessions import keep_alive
from project.accounts.models import User
from project.problems import Refusal, respond, wants_json

Handler = Callable[[HttpRequest], HttpResponse]

# Who reads other people's worst moments, decides on them, or sees the accounts of those who do.
NEED_SECOND_FACTOR: Final = frozenset(
    {
        Role.SUPERVISOR.value,
        Role.LEGAL.value,
        Role.COUNSEL.value,
        Role.MODERATOR.value,
        Role.AUDITOR.value,
        Role.ADMINISTRATOR.value,
        Role.WORKS_COUNCIL.value,
    }
)
ALWAYS_OPEN: Final = ("/accounts/", "/sign-ins/", "/texts/", "/help/", "/static/")
# A page's own polling says so, or is known by its address: it keeps no sign-in alive.
BACKGROUND: Final = "X-Earshot-Background"
ASKED_BY_PAGES: Final = "/api/v1/me/pace/"


class SecondFactorNeeded(Refusal):
    status = 403
    code = "second-factor"
    title = "Your role needs a second factor. Set one up on your account's page, then go on."


class TextUnread(Refusal):
    status = 403
    code = "text-unread"
    title = "Please read and acknowledge what is new before you go on."


def gate(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        person = cast(User, request.user)
        if BACKGROUND not in request.headers and request.path != ASKED_BY_PAGES:
            keep_alive(request.session, person, now=timezone.now())
        if not request.path.startswith(ALWAYS_OPEN):
            refusal = what_stands_between(request.session, person)
            if refusal is not None:
                return _sent_there(request, refusal)
        return get_response(request)

    return middleware


def what_stands_between(session: Any, person: User) -> Refusal | None:
    """The first thing this person has to do before this session opens anything; None when nothing is left."""
    if lacks_second_factor(session, person):
        return SecondFactorNeeded()
    if acknowledging.is_owing(session, person):
        return TextUnread()
    return None


def lacks_second_factor(session: Mapping[str, Any], person: User) -> bool:
    """Does a role demand one, and was this session opened without? Enrolling one proves it, and counts."""
    if not settings.SECOND_FACTOR or not NEED_SECOND_FACTOR & set(person.roles):
        return False
    records = get_authentication_records(cast(HttpRequest, SimpleNamespace(session=session)), person)
    return not any(record.get("method") == "mfa" for record in records)


def _sent_there(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if wants_json(request) or request.headers.get("HX-Request"):
        return respond(request, refusal)
    if isinstance(refusal, TextUnread):
        return redirect(f"/texts/?{urlencode({'next': request.path if request.method == 'GET' else '/'})}")
    messages.info(request, refusal.title)
    return redirect("mfa_index")
