"""The on-call roster: who is on call, where nobody is, plan and cancel."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.actions import duties
from escalations.roster_forms import DutyForm
from escalations.who import who
from project.accounts.access import Can, may, needs
from project.problems import Conflict, Invalid


@require_safe
@needs(Can.ON_CALL)
def roster(request: HttpRequest) -> HttpResponse:
    return _show(request)


def _show(request: HttpRequest, bound: DutyForm | None = None) -> HttpResponse:
    """The next four weeks in the reader's own zone, gaps where they are; a form with errors again, and 422."""
    user, now = who(request), timezone.now()
    until = now + duties.SHOWN_AHEAD
    planned = list(duties.duties_between(now, until))
    lines: list[dict[str, Any]] = [
        {"starts_at": one.starts_at, "ends_at": one.ends_at, "duty": one, "now": one.starts_at <= now}
        for one in planned
    ]
    lines += [
        {"starts_at": gap.starts_at, "ends_at": gap.ends_at, "duty": None, "now": gap.starts_at <= now}
        for gap in duties.gaps_between(now, until)
    ]
    may_plan = may(user, Can.TRIAGE)
    context = {
        "lines": sorted(lines, key=_by_time_and_name),
        "planned": planned, "in_use": duties.is_in_use(now), "zone": user.time_zone, "until": until,
        "form": (bound or DutyForm(user=user)) if may_plan else None,
        "on_call": [one.person for one in planned if one.starts_at <= now],
    }  # fmt: skip
    return render(request, "escalations/on_call.html", context, status=422 if bound else 200)


def _by_time_and_name(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["starts_at"], line["ends_at"], line["duty"].person.display_name if line["duty"] else ""


@require_POST
@needs(Can.TRIAGE)
def plan(request: HttpRequest) -> HttpResponse:
    form = DutyForm(request.POST, user=who(request))
    if not form.is_valid():
        return _show(request, form)
    given, now = form.cleaned_data, timezone.now()
    try:
        planned = duties.plan_duties(
            given["person"], form.spans, time_zone=ZoneInfo(given["zone"]).key, acting_user=who(request), now=now
        )
    except (Invalid, Conflict) as refusal:
        where = {"starts_at": "begins", "ends_at": "ends", "person": "person", "weeks": "weeks"}.get(
            refusal.extra.get("field", "")
        )
        form.add_error(where, refusal.detail or refusal.title)
        return _show(request, form)
    often = f" for {len(planned)} weeks" if len(planned) > 1 else ""
    messages.success(request, f"Planned{often}. {planned[0].person.display_name} is told.")
    return redirect("escalations:on-call")


@require_POST
@needs(Can.TRIAGE)
def cancel(request: HttpRequest, on_call_id: UUID) -> HttpResponse:
    following = request.POST.get("following") == "yes"
    duty = duties.cancel_duty(on_call_id, acting_user=who(request), now=timezone.now(), following=following)
    messages.success(
        request, f"Cancelled{' with every week after it' if following else ''}. {duty.person.display_name} is told."
    )
    return redirect("escalations:on-call")
