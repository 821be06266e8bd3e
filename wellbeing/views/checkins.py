"""Check-ins: what happens with an answer stands before it, what it means after it, and all of it can be taken away."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from wellbeing import pictures
from wellbeing.access import check_in_of, offer_of
from wellbeing.actions import checkins
from wellbeing.actions.exposure import zone_of
from wellbeing.actions.own import everything_of
from wellbeing.actions.shares import shares_of
from wellbeing.checkin_errors import NotLoaded
from wellbeing.forms import CheckInForm
from wellbeing.instruments import BEFORE, DISTRESS
from wellbeing.private_access import counsellors
from wellbeing.questions import questions
from wellbeing.views.today import me

SHOWN = timedelta(days=90)


@require_safe
@never_cache
@needs(Can.OWN_WELLBEING)
def check_ins(request: HttpRequest) -> HttpResponse:
    return _page(request, [CheckInForm(question) for question in questions()])


@require_POST
@needs(Can.OWN_WELLBEING)
def check_in_give(request: HttpRequest) -> HttpResponse:
    asked = {question.kind: question for question in questions()}
    question = asked.get(request.POST.get("kind", ""))
    if question is None:
        raise NotLoaded
    form = CheckInForm(question, request.POST)
    if not form.is_valid():
        rest = [CheckInForm(other) for kind, other in asked.items() if kind != question.kind]
        return _page(request, [form, *rest], status=422)
    given = checkins.check_in(question.kind, form.answers, acting_user=me(request), now=timezone.now())
    return redirect(f"{reverse('wellbeing:check-ins')}#check-in-{given.id}")


def _page(request: HttpRequest, forms: list[CheckInForm], status: int = 200) -> HttpResponse:
    now = timezone.now()
    found = checkins.history(acting_user=me(request), now=now)
    points = [(row.at, row.score) for row in found if row.kind == DISTRESS.code]
    dots = pictures.dots(points, begins=now - SHOWN, ends=now, most=DISTRESS.greatest)
    context = {
        "zone": zone_of(me(request)),
        "before": BEFORE,
        "forms": forms,
        "found": found,
        "latest": found[0] if found else None,
        "dots": dots,
        "line": pictures.path(dots),
        "shared": shares_of(me(request), now),
        "counsellors": counsellors().exclude(pk=me(request).pk),
        "offers": checkins.open_offers(me(request).pk, now),
    }
    return render(request, "wellbeing/check_ins.html", context, status=status)


@require_POST
@needs(Can.OWN_WELLBEING)
def check_in_delete(request: HttpRequest, check_in_id: UUID) -> HttpResponse:
    row = check_in_of(me(request), check_in_id)
    checkins.delete_check_in(row, acting_user=me(request), now=timezone.now())
    messages.success(request, "That answer is deleted.")
    return redirect("wellbeing:check-ins")


@require_POST
@needs(Can.OWN_WELLBEING)
def check_ins_delete(request: HttpRequest) -> HttpResponse:
    checkins.delete_everything(acting_user=me(request), now=timezone.now())
    messages.success(request, "All your answers are deleted, and the key that opened them is destroyed.")
    return redirect("wellbeing:check-ins")


@require_POST
@needs(Can.OWN_WELLBEING)
def offer_decline(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    checkins.decline_offer(offer_of(me(request), offer_id), acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:check-ins")


@require_safe
@never_cache
@needs(Can.OWN_WELLBEING)
def own_export(request: HttpRequest) -> HttpResponse:
    """Everything of one's own as one file."""
    answer = JsonResponse(everything_of(me(request), now=timezone.now()), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="my-wellbeing.json"'
    return answer
