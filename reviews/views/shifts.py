"""The own shift as a page that works without scripts: start it gentler, pause, resume, end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.accounts.models import User
from project.problems import Conflict, Invalid
from reviews.access import live_shift_of
from reviews.actions import shifts
from reviews.actions.pacing import standing_of
from reviews.errors import NoShift
from reviews.forms import ShiftForm
from reviews.models import Shift
from reviews.plan_access import EARLY, own_plans
from reviews.shift_terms import Terms
from wellbeing.actions.exposure import zone_of
from wellbeing.actions.pace import day_of, policy_for, preferences_for
from wellbeing.day import Day

SAID_FOR: Final = timedelta(hours=12)


@require_safe
@needs(Can.REVIEW)
def shift(request: HttpRequest) -> HttpResponse:
    return _page(request, ShiftForm())


@require_POST
@needs(Can.REVIEW)
def start(request: HttpRequest) -> HttpResponse:
    form = ShiftForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    wishes = dict(form.cleaned_data)
    plan_id = wishes.pop("plan")
    try:
        shifts.start_shift(acting_user=_person(request), now=timezone.now(), plan_id=plan_id, **wishes)
    except Invalid as refusal:
        form.add_error(refusal.extra["field"], f"At most {refusal.extra['at_most']}.")
        return _page(request, form, status=422)
    except Conflict as refusal:
        messages.info(request, refusal.title)
    return redirect("reviews:desk")


def _verb(act: Callable[..., Shift], said: str) -> Callable[[HttpRequest], HttpResponse]:
    @require_POST
    @needs(Can.REVIEW)
    def view(request: HttpRequest) -> HttpResponse:
        try:
            act(acting_user=_person(request), now=timezone.now())
        except Conflict as refusal:  # somebody pressed twice, or it ended meanwhile
            messages.info(request, refusal.detail or refusal.title)
        else:
            messages.success(request, said)
        return redirect("reviews:shift")

    return view


pause = _verb(shifts.pause_shift, "Your shift is paused. Nothing comes until you resume it.")
resume = _verb(shifts.resume_shift, "Your shift goes on.")
end = _verb(shifts.end_shift, "Your shift is over. Rest well.")


def _page(request: HttpRequest, form: ShiftForm, *, status: int = 200) -> HttpResponse:
    person, now = _person(request), timezone.now()
    try:
        running: Shift | None = live_shift_of(person, now)
    except NoShift:
        running = None
    policy, plans = policy_for(person), list(own_plans(person, now))
    due = next((plan for plan in plans if plan.has_begun(now, early=EARLY)), None)
    most = Terms.of(policy, preferences_for(person), due, now)
    context = {
        "shift": running, "pace": standing_of(person, running, now=now).pace, "form": form, "zone": zone_of(person),
        "ceiling": most.max_clips, "minutes": (most.ends_at - now) // timedelta(minutes=1),
        "listening": most.max_listening_minutes,
        "due": due, "plans": plans, "may_start": due is not None or bool(policy.unplanned_shifts),
        "meters": _meters(running, day_of(person.pk)) if running else [],
        "ended": None if running else _just_ended(person, now),
    }  # fmt: skip
    return render(request, "reviews/shift.html", context, status=status)


def _meters(shift: Shift, day: Day) -> list[dict[str, Any]]:
    """Protection used, each as (so many, of at most). Never a target: a meter that is full means enough."""
    return [
        {"label": "clips", "used": shift.clips_used, "of": shift.max_clips},
        {"label": "minutes of listening", "used": day.shift_work_ms // 60_000, "of": shift.max_listening_minutes},
        {"label": "minutes of heavy material", "used": day.shift_heavy_ms // 60_000, "of": shift.max_heavy_minutes},
    ]


def _just_ended(person: User, now: datetime) -> Shift | None:
    """The shift that ended by itself in the last hours, for the page to say so."""
    last = Shift.objects.filter(person=person, ends_at__lte=now, ends_at__gt=now - SAID_FOR).order_by("-started_at")
    shift = last.first()
    return shift if shift is not None and (shift.ended_at is None or shift.ended_at >= shift.ends_at) else None


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # needs() let only accounts in
