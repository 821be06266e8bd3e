"""What the home page says about a person's own day: only what is worth doing now."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card
from wellbeing.actions.checkins import open_offers
from wellbeing.actions.pace import evidence_pace_for


def cards(user: User) -> Iterable[Card]:
    """Rest that is due, and a check-in that was offered."""
    if not may(user, Can.OWN_WELLBEING):
        return
    now = timezone.now()
    pace = evidence_pace_for(user.pk, now=now)
    if not pace.may_go:
        yield Card("Rest first", pace.reason, reverse("wellbeing:today"), "My day", tone="warn", order=10)
    if open_offers(user.pk, now):
        words = "A minute for yourself, if you like. Not answering is fine."
        yield Card("A check-in is offered", words, reverse("wellbeing:check-ins"), "Look at it", tone="info", order=60)
