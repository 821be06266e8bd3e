"""What the home page says about cases: what is late, what waits to be acknowledged, decided or approved."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from escalations.access import cases_for
from escalations.models import Case
from escalations.states import TERMINAL, State
from project.accounts.access import Can, Role, may
from project.accounts.models import User
from project.home import Card


def cards(user: User) -> Iterator[Card]:
    """Three counts at most, only for those who work on cases."""
    if not may(user, Can.READ_CASES):
        return
    if user.has_role(Role.COUNSEL):
        yield from _counsels(user)
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


def _counsels(user: User) -> Iterator[Card]:
    """Outside counsel has one case at most, and no clock of it is theirs to answer."""
    for case in cases_for(user):
        where = reverse("escalations:case", args=[case.pk])
        yield Card("A case is open to you", "You may read it and hear its evidence.", where, "Open the case", order=10)


def _late(found: QuerySet[Case]) -> int:
    return found.filter(clocks__stopped_at=None, clocks__due_at__lt=timezone.now()).distinct().count()
