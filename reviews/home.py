"""What a reviewer's and a supervisor's home page says of shifts and of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card
from reviews.access import live_shift_of
from reviews.errors import NoShift
from reviews.plan_access import own_plans
from reviews.states import ShiftState
from wellbeing.actions.exposure import zone_of


def cards(user: User) -> Iterator[Card]:
    if not may(user, Can.REVIEW):
        return
    try:
        shift = live_shift_of(user, timezone.now())
    except NoShift:
        yield _not_begun(user)
        return
    resting = shift.state == ShiftState.PAUSED
    text = "You are on a break. Come back when you are ready." if resting else "The desk is as you left it."
    used = f"{shift.clips_used} of at most {shift.max_clips}"
    yield Card("Your shift", text, "/desk/", "Go to the desk", figure=used, tone="calm", order=10)


def _not_begun(user: User) -> Card:
    """When something is planned in the next day, from when; nothing begins by itself."""
    now = timezone.now()
    plan = own_plans(user, now).filter(starts_at__lt=now + timedelta(days=1)).first()
    if plan is None:
        return Card("Your shift", "Not begun. You decide when.", "/desk/", "Go to the desk", order=10)
    begins, ends = plan.starts_at.astimezone(zone_of(user)), plan.ends_at.astimezone(zone_of(user))
    text = f"Planned from {begins:%H:%M} to {ends:%H:%M}, {begins:%A}. It begins when you start it."
    return Card("Your shift", text, "/shifts/", "Your shifts", order=10)
