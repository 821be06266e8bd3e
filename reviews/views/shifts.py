"""The own shift as a page that works without scripts: start it gentler, pause, resume, end."""

from collections.abc import Callable

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
from reviews.models.shifts import MOST_CLIPS
from wellbeing.actions.pace import clip_ceiling, policy_for, preferences_for


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
    try:
        shifts.start_shift(acting_user=_person(request), now=timezone.now(), **form.cleaned_data)
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
    policy = policy_for(person)
    ceiling = min(MOST_CLIPS, clip_ceiling(policy, preferences_for(person), policy.shift_minutes))
    pace = standing_of(person, running, now=now).pace
    context = {"shift": running, "pace": pace, "form": form, "ceiling": ceiling, "minutes": policy.shift_minutes}
    return render(request, "reviews/shift.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # needs() let only accounts in
