"""What a reviewer's and a supervisor's home page says of shifts and of the queue."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card
from reviews.access import live_shift_of
from reviews.errors import NoShift
from reviews.states import ShiftState


def cards(user: User) -> Iterator[Card]:
    if not may(user, Can.REVIEW):
        return
    try:
        shift = live_shift_of(user, timezone.now())
    except NoShift:
        yield Card("Your shift", "Not begun. You decide when.", "/desk/", "Go to the desk", order=10)
        return
    resting = shift.state == ShiftState.PAUSED
    text = "You are on a break. Come back when you are ready." if resting else "The desk is as you left it."
    used = f"{shift.clips_used} of at most {shift.max_clips}"
    yield Card("Your shift", text, "/desk/", "Go to the desk", figure=used, tone="calm", order=10)
