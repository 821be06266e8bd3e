"""The person's own day: protection used, what was heard, breaks, and what they ask for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, may, needs
from project.accounts.models import User
from project.problems import Invalid
from wellbeing import pictures
from wellbeing.actions.breaks import finish_break, take_break
from wellbeing.actions.checkins import open_offers
from wellbeing.actions.exposure import exposure_of, week_of, zone_of
from wellbeing.actions.pace import (
    ask_for_gravest,
    day_of,
    evidence_pace_for,
    policy_for,
    preferences_for,
    put_off_break,
    rules_of,
)
from wellbeing.actions.preferences import prefer
from wellbeing.checkin_errors import Harsher
from wellbeing.day import BreakKind, Day
from wellbeing.forms import BreakForm, PreferencesForm, initial_of
from wellbeing.limits import Policy, ceilings


def me(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_safe
@never_cache
@needs(Can.OWN_WELLBEING)
def today(request: HttpRequest) -> HttpResponse:
    person, now = me(request), timezone.now()
    day = day_of(person.pk)
    rules = rules_of(person.pk, day)
    week = week_of(person, now)
    context = {
        "zone": zone_of(person),
        "pace": evidence_pace_for(person.pk, now=now),
        "day": day,
        "on_break": day.break_ends_at is not None and now < day.break_ends_at,
        "meters": _meters(day, rules, now),
        "exposure": exposure_of(person.pk, now),
        "bars": pictures.bars(week, most=60),
        "offers": open_offers(person.pk, now),
        "may_listen": may(person, Can.REVIEW),
        "can_ask_for_gravest": day.last_gravest_at is not None and not day.is_over(now),
        "can_put_off": not day.deferred and not day.is_rested(rules, now),
    }
    return render(request, "wellbeing/today.html", context)


def _meters(day: Day, rules: Policy, now: datetime) -> list[dict[str, Any]]:
    """Protection used, each as (minutes, of so many). Never a target: a meter that is full means enough."""
    if day.is_over(now):
        day = Day()
    stretch = 0 if day.is_rested(rules, now) else day.stretch(now).total_seconds() // 60
    after = rules.long_break_after_minutes if day.deferred else rules.break_after_minutes
    most = ceilings(rules, rules.shift_minutes)
    return [
        _meter("At work since the last rest", int(stretch), after),
        _meter("Listening today", day.work_ms // 60_000, most.listening_minutes),
        _meter("Heavy material today", day.heavy_ms // 60_000, most.heavy_minutes),
        _meter("Clips today", day.clips, most.clips, unit="clips"),
    ]


def _meter(label: str, used: int, of: int, *, unit: str = "min") -> dict[str, Any]:
    return {"label": label, "used": used, "of": of, "unit": unit}


@require_POST
@needs(Can.OWN_WELLBEING)
def break_start(request: HttpRequest) -> HttpResponse:
    form = BreakForm(request.POST)
    if not form.is_valid():
        raise Invalid("Choose what kind of break it is.")
    take_break(BreakKind(form.cleaned_data["kind"]), acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:today")


@require_POST
@needs(Can.OWN_WELLBEING)
def break_end(request: HttpRequest) -> HttpResponse:
    finish_break(acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:today")


@require_POST
@needs(Can.OWN_WELLBEING)
def break_put_off(request: HttpRequest) -> HttpResponse:
    if put_off_break(acting_user=me(request), now=timezone.now()):
        messages.info(request, "Put off: the break comes later, and is twice as long.")
    else:
        messages.info(request, "There is nothing to put off, or it was put off already.")
    return redirect("wellbeing:today")


@require_POST
@needs(Can.OWN_WELLBEING)
def gravest_ask(request: HttpRequest) -> HttpResponse:
    ask_for_gravest(acting_user=me(request), now=timezone.now())
    messages.info(request, "One more of the gravest kind may come after the cool-down. You can always hand it back.")
    return redirect("wellbeing:today")


@require_safe
@never_cache
@needs(Can.OWN_WELLBEING)
def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(policy_for(me(request)), initial=initial_of(preferences_for(me(request))))
    return render(request, "wellbeing/preferences.html", {"form": form})


@require_POST
@needs(Can.OWN_WELLBEING)
def preferences_save(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(policy_for(me(request)), request.POST)
    if form.is_valid():
        try:
            prefer(form.wishes, acting_user=me(request), now=timezone.now())
        except Harsher as refused:
            for name, words in refused.extra["errors"].items():
                form.add_error(name, words)
        else:
            messages.success(request, "Kept. It holds from the next clip on.")
            return redirect("wellbeing:preferences")
    return render(request, "wellbeing/preferences.html", {"form": form}, status=422)
