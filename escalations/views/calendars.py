"""When a team works: its hours, weekdays and days off, by which the clocks of its cases are counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.actions import calendars
from escalations.calendar_forms import ForgetDayForm, HoursForm, SpecialDayForm
from escalations.forms import StrictForm
from escalations.models import TeamCalendar
from escalations.who import who
from project.accounts.access import Can, needs
from project.accounts.models import Team
from project.problems import Absent, Invalid

# How long a day that has passed is still shown: a clock that runs may have been counted over it.
_SHOWN_BACK = timedelta(days=60)


@require_safe
@needs(Can.SET_CALENDARS)
def calendar(request: HttpRequest) -> HttpResponse:
    return _show(request, _asked_for(request))


def _asked_for(request: HttpRequest) -> Team | None:
    """The team that is asked for, or the first that this person may set; None where there is none. Raises Absent."""
    asked = request.GET.get("team")
    if asked:
        try:
            return calendars.team_to_set(who(request), UUID(asked))
        except ValueError:
            raise Absent from None
    return next(iter(calendars.teams_to_set(who(request))), None)


def _show(request: HttpRequest, team: Team | None, bound: StrictForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {"teams": calendars.teams_to_set(who(request)), "team": team}
    if team is not None:
        row = TeamCalendar.objects.filter(team=team).first()
        counted = calendars.calendar_from(team, row)
        initial = {"opens": counted.opens, "weekdays": sorted(counted.weekdays)}
        context |= {
            "hours": bound if isinstance(bound, HoursForm) else HoursForm(initial=initial),
            "day_form": bound if isinstance(bound, SpecialDayForm) else SpecialDayForm(),
            "days": _days(row),
        }
    return render(request, "escalations/calendars.html", context, status=422 if bound else 200)


def _days(row: TeamCalendar | None) -> list[dict[str, Any]]:
    """Every day that is out of the ordinary, in order: the organisation's, and what this team makes of them."""
    off = set(row.days_off) if row else set()
    worked = set(row.days_worked) if row else set()
    since: date = timezone.now().date() - _SHOWN_BACK
    organisations = calendars.organisations_days_off()
    return [
        {"day": day, "works": day in worked, "own": day in off | worked, "organisations": day in organisations}
        for day in sorted(off | worked | organisations)
        if day >= since
    ]


@require_POST
@needs(Can.SET_CALENDARS)
def hours(request: HttpRequest, team_id: UUID) -> HttpResponse:
    return _set(request, team_id, HoursForm(request.POST))


@require_POST
@needs(Can.SET_CALENDARS)
def day(request: HttpRequest, team_id: UUID) -> HttpResponse:
    return _set(request, team_id, SpecialDayForm(request.POST))


@require_POST
@needs(Can.SET_CALENDARS)
def forget_day(request: HttpRequest, team_id: UUID) -> HttpResponse:
    calendars.team_to_set(who(request), team_id)
    form = ForgetDayForm(request.POST)
    if not form.is_valid():
        raise Invalid("That is no day.")
    form.carry_out(team_id, who(request), timezone.now())
    return _said(request, team_id)


def _set(request: HttpRequest, team_id: UUID, form: HoursForm | SpecialDayForm) -> HttpResponse:
    team = calendars.team_to_set(who(request), team_id)
    if not form.is_valid():
        return _show(request, team, form)
    try:
        form.carry_out(team_id, who(request), timezone.now())
    except Invalid as refusal:
        field = refusal.extra.get("field")
        form.add_error(field if field in form.fields else None, refusal.detail)
        return _show(request, team, form)
    return _said(request, team_id)


def _said(request: HttpRequest, team_id: UUID) -> HttpResponse:
    messages.success(request, "Saved. Clocks that run are counted anew within a minute.")
    return redirect(f"{reverse('escalations:calendars')}?team={team_id}")
