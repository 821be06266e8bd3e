"""Access to a case in an emergency: asked for by its number, agreed to by another of legal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.actions.emergency_access import own_of, propose_access, waiting_for
from escalations.forms import EmergencyForm
from escalations.who import who
from project.accounts.access import Can, fresh_sign_in_required, needs
from project.problems import Absent, Invalid


@require_safe
@needs(Can.LEGAL)
def page(request: HttpRequest) -> HttpResponse:
    return _show(request, EmergencyForm())


@require_POST
@needs(Can.LEGAL)
@fresh_sign_in_required
def propose(request: HttpRequest) -> HttpResponse:
    form = EmergencyForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        propose_access(**form.cleaned_data, acting_user=who(request), now=timezone.now())
    except Absent:
        form.add_error("number", "No case has this number.")
        return _show(request, form, status=400)
    except Invalid as invalid:
        form.add_error(invalid.extra.get("field"), invalid.detail)
        return _show(request, form, status=400)
    messages.info(request, "Asked for. A second person of legal has to agree; call them.")
    return redirect("escalations:emergency")


def _show(request: HttpRequest, form: EmergencyForm, status: int = 200) -> HttpResponse:
    person, now = who(request), timezone.now()
    context = {"form": form, "waiting": waiting_for(person), "own": own_of(person, now)}
    return render(request, "escalations/emergency.html", context, status=status)
