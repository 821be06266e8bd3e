"""A person's own account: their sign-ins, their tokens, the texts they acknowledged."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, fresh_sign_in_required, needs
from project.accounts.actions import sessions, texts
from project.accounts.actions.tokens import tokens_of, withdraw_token
from project.accounts.forms import TextForm
from project.accounts.models import Acknowledgement, HouseText, User
from project.accounts.session_limits import limits_for
from project.problems import Absent


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_safe
@needs(Can.NOTICES)
def sign_ins(request: HttpRequest) -> HttpResponse:
    person, now = _person(request), timezone.now()
    rows = list(sessions.sessions_of(person, now=now)[:100])
    context = {
        "here": [row for row in rows if row.session_key == request.session.session_key],
        "elsewhere": [row for row in rows if row.session_key != request.session.session_key],
        "tokens": tokens_of(person, now=now),
        "limits": limits_for(person.roles),
    }
    return render(request, "accounts/sign_ins.html", context)


@require_POST
@needs(Can.NOTICES)
def sign_in_end(request: HttpRequest, handle: UUID) -> HttpResponse:
    ended = sessions.end_session(handle, acting_user=_person(request), now=timezone.now())
    messages.success(request, f"Signed out there: {ended.agent or 'a browser'}.")
    return redirect("accounts:sign-ins")


@require_POST
@needs(Can.NOTICES)
def sign_ins_end_others(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_all(acting_user=_person(request), now=timezone.now(), but=request.session.session_key)
    messages.success(request, f"Signed out everywhere else ({ended}).")
    return redirect("accounts:sign-ins")


@require_POST
@needs(Can.NOTICES)
def sign_ins_end_all(request: HttpRequest) -> HttpResponse:
    sessions.end_all(acting_user=_person(request), now=timezone.now())
    logout(request)
    return redirect("account_login")


@require_POST
@needs(Can.NOTICES)
def token_withdraw(request: HttpRequest, digest: str) -> HttpResponse:
    withdraw_token(digest, acting_user=_person(request), now=timezone.now())
    messages.success(request, "The token opens nothing any more.")
    return redirect("accounts:sign-ins")


@require_safe
@needs(Can.NOTICES)
def all_texts(request: HttpRequest) -> HttpResponse:
    given = {row.text_id: row.at for row in Acknowledgement.objects.filter(person=_person(request))}
    rows = [(text, given.get(text.pk)) for text in HouseText.objects.filter(pk__in=HouseText.objects.in_force())]
    known = {text.pk for text, _ in rows}
    earlier = HouseText.objects.filter(pk__in=given.keys() - known)
    context = {
        "owed": [text for text, at in rows if at is None],
        "given": [(text, at) for text, at in rows if at is not None],
        "earlier": [(text, given[text.pk]) for text in earlier],
        "next": _way_back(request),
    }
    return render(request, "accounts/texts.html", context)


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


@require_safe
@needs(Can.NOTICES)
def text(request: HttpRequest, text_id: UUID) -> HttpResponse:
    found, at = _text_of(_person(request), text_id)
    context = {"text": found, "at": at, "never_forbidden": texts.NEVER_FORBIDDEN, "next": _way_back(request)}
    return render(request, "accounts/text.html", context)


@require_safe
@needs(Can.NOTICES)
def text_file(request: HttpRequest, text_id: UUID) -> HttpResponse:
    found, at = _text_of(_person(request), text_id)
    name = f"{found.slug}-{found.version}.txt"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(
        texts.as_file(found, at), content_type="text/plain; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _text_of(person: User, text_id: UUID) -> tuple[HouseText, datetime | None]:
    found = HouseText.objects.filter(pk=text_id).first()
    if found is None:
        raise Absent
    given = Acknowledgement.objects.filter(person=person, text=found).first()
    return found, given.at if given else None


@require_POST
@needs(Can.NOTICES)
def text_acknowledge(request: HttpRequest, text_id: UUID) -> HttpResponse:
    texts.acknowledge(text_id, acting_user=_person(request), now=timezone.now())
    messages.success(request, "Thank you. You can read and download it again under your name, at any time.")
    return redirect(_way_back(request))


@require_safe
@needs(Can.ADMINISTER)
def text_new(request: HttpRequest) -> HttpResponse:
    newest = HouseText.objects.filter(slug="confidentiality").order_by("-version").first()
    given = {"slug": newest.slug, "title": newest.title, "body": newest.body} if newest else TextForm.TO_START_WITH
    context = {"form": TextForm(initial=given), "newest": newest, "never_forbidden": texts.NEVER_FORBIDDEN}
    return render(request, "accounts/text_new.html", context)


@require_POST
@needs(Can.ADMINISTER)
@fresh_sign_in_required
def text_publish(request: HttpRequest) -> HttpResponse:
    form = TextForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "newest": None, "never_forbidden": texts.NEVER_FORBIDDEN}
        return render(request, "accounts/text_new.html", context, status=422)
    published = texts.publish(**form.cleaned_data, acting_user=_person(request), now=timezone.now())
    messages.success(request, f"Version {published.version} is in force. Everybody is asked to read it.")
    return redirect("accounts:texts")
