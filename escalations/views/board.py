"""The board: every case that concerns this person, what is late first, with the acts that are possible now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalations.access import cases_for
from escalations.actions.moves import Words, act
from escalations.actions.standing import Stance, stances
from escalations.forms import LABELS
from escalations.models import Case, Clock
from escalations.states import TERMINAL
from escalations.who import who
from project.accounts.access import Can, needs
from project.accounts.models import User
from project.problems import Absent, Conflict, Invalid

AT_ONCE: Final = ("acknowledge", "refer")
SHOWN: Final = {"open": "Open", "late": "Late", "mine": "For me to act on", "ended": "Ended"}
MOST_AT_ONCE: Final = 50
_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One case on the board."""

    case: Case
    stance: Stance
    clock: Clock | None
    is_late: bool

    @property
    def buttons(self) -> list[tuple[str, str]]:
        return [(verb, LABELS[verb]) for verb in self.stance.verbs if verb in AT_ONCE]

    @property
    def waits_for_you(self) -> bool:
        return "approve" in self.stance.verbs


@require_safe
@needs(Can.READ_CASES)
def board(request: HttpRequest) -> HttpResponse:
    shown = request.GET.get("show", "open")
    shown = shown if shown in SHOWN else "open"
    now = timezone.now()
    found = by_urgency(cases_for(who(request)))
    page = Paginator(_chosen(found, shown, now), _PAGE).get_page(request.GET.get("page"))
    rows = rows_of(who(request), list(page.object_list), now)
    if shown == "mine":
        rows = [row for row in rows if row.buttons or row.waits_for_you or set(row.stance.verbs) - {"note"}]
    context = {
        "rows": rows,
        "page": page,
        "shown": shown,
        "filters": SHOWN.items(),
        "late": found.filter(next_due__lt=now).count(),
        "can_acknowledge": any("acknowledge" in row.stance.verbs for row in rows),
    }
    return render(request, "escalations/board.html", context)


def by_urgency(cases: QuerySet[Case]) -> Any:
    """What is due first stands first, so what is late stands on top; what has no clock follows, newest first."""
    due = Min("clocks__due_at", filter=Q(clocks__stopped_at=None))
    return cases.annotate(next_due=due).order_by(F("next_due").asc(nulls_last=True), "-opened_at", "pk")


def _chosen(cases: Any, shown: str, now: datetime) -> Any:
    if shown == "late":
        return cases.filter(next_due__lt=now)
    if shown == "ended":
        return cases.filter(state__in=TERMINAL)
    return cases.exclude(state__in=TERMINAL)


def rows_of(user: User, cases: list[Case], now: datetime) -> list[Row]:
    known = stances(user, cases)
    first: dict[UUID, Clock] = {}
    for clock in Clock.objects.running().filter(case__in=cases).order_by("-due_at"):
        first[clock.case_id] = clock
    return [
        Row(case, known[case.pk], first.get(case.pk), case.pk in first and first[case.pk].due_at < now)
        for case in cases
    ]


@require_POST
@needs(Can.READ_CASES)
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """Acknowledge every ticked case, each in its own transaction; one that moved on meanwhile holds up no other."""
    done, missed = 0, 0
    for case_id in _ticked(request):
        try:
            act(case_id, "acknowledge", Words(), acting_user=who(request), now=timezone.now())
            done += 1
        except (Absent, Conflict):
            missed += 1
    if done:
        messages.success(request, f"Acknowledged: {done}.")
    if missed:
        messages.warning(request, f"Not possible any more: {missed}. Somebody was faster, or the case moved on.")
    if not done and not missed:
        messages.info(request, "Tick the cases that you want to acknowledge.")
    return redirect("escalations:board")


def _ticked(request: HttpRequest) -> list[UUID]:
    if set(request.POST) - {"case", "csrfmiddlewaretoken"}:
        raise Invalid("This form was sent with fields that are not known here.")
    try:
        ids = list(dict.fromkeys(UUID(text) for text in request.POST.getlist("case")))
    except ValueError as error:
        raise Invalid("That is no case.") from error
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} cases at once.")
    return ids
