"""What became of my reports, in words that reveal nothing of the case."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.access import report_for
from escalations.actions.reports import add_to_report, told_of
from escalations.forms import MoreForm
from escalations.who import who
from project.accounts.access import Can, needs


@require_safe
@needs(Can.OWN_WELLBEING)
def reports(request: HttpRequest) -> HttpResponse:
    return _show(request)


def _show(request: HttpRequest, bound: MoreForm | None = None, status: int = 200) -> HttpResponse:
    steps = ("received", "being_looked_at", "decided", "closed")
    context = {"told": told_of(who(request)), "form": bound or MoreForm(auto_id=False), "steps": steps}
    return render(request, "escalations/reports.html", context, status=status)


@require_POST
@needs(Can.OWN_WELLBEING)
def more(request: HttpRequest, report_id: UUID) -> HttpResponse:
    report_for(who(request), report_id)
    form = MoreForm(request.POST, auto_id=False)
    if not form.is_valid():
        return _show(request, form, status=422)
    add_to_report(report_id, form.cleaned_data["text"], acting_user=who(request), now=timezone.now())
    messages.success(request, "Thank you. It was added to your report.")
    return redirect("escalations:reports")
