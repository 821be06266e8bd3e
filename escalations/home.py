"""What the home page says about cases: what is late, what waits to be acknowledged, decided or approved."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from escalations.access import cases_for
from escalations.models import Case
from escalations.states import TERMINAL, State
from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card


def cards(user: User) -> Iterator[Card]:
    """Three counts at most, only for those who work on cases."""
    if not may(user, Can.READ_CASES):
        return
    found = cases_for(user).exclude(state__in=TERMINAL)
    board = reverse("escalations:board")
    late = _late(found)
    if late:
        text = "A missed clock climbs until somebody answers it."
        yield Card("Late cases", text, f"{board}?show=late", "See what is late",
                   figure=str(late), tone="alarm", order=5)  # fmt: skip
    if may(user, Can.TRIAGE) and (waiting := found.filter(state=State.REPORTED).count()):
        text = "Somebody heard what may be a crime and waits for your answer."
        yield Card("To acknowledge", text, board, "Open the board", figure=str(waiting), tone="warn", order=10)
    if may(user, Can.LEGAL) and (waiting := found.filter(state=State.WITH_LEGAL).count()):
        yield Card("To decide", "Referred to legal, with a clock running.", board, "Open the board",
                   figure=str(waiting), tone="warn", order=10)  # fmt: skip


def _late(found: QuerySet[Case]) -> int:
    return found.filter(clocks__stopped_at=None, clocks__due_at__lt=timezone.now()).distinct().count()
