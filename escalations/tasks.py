"""Celery's side: id in, action called. What must happen is a row; these sweeps find it by themselves."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from escalations.actions import case_retention, counsel, emergency_access
from escalations.actions.clocks import climb_all
from escalations.actions.holds import holds_due_for_review, remind_of_review
from escalations.actions.recounting import recount_all
from escalations.export_tasks import build_export, destroy_export, sweep_exports

__all__ = [
    "attend_to_counsel",
    "build_export",
    "climb_ladders",
    "destroy_export",
    "end_emergency_accesses",
    "recount_clocks",
    "remind_of_hold_reviews",
    "retire_ended_cases",
    "sweep_exports",
]


@shared_task(name="escalations.climb")
def climb_ladders() -> int:
    """Every missed clock climbs one rung."""
    return climb_all(now=timezone.now())


@shared_task(name="escalations.recount")
def recount_clocks() -> int:
    """Every clock whose team's calendar changed gets its new deadline."""
    return recount_all(now=timezone.now())


@shared_task(name="escalations.emergency_access")
def end_emergency_accesses() -> int:
    """Every emergency access whose minutes are over is said to be."""
    return emergency_access.end_all_over(now=timezone.now())


@shared_task(name="escalations.counsel")
def attend_to_counsel() -> int:
    """Every stay of outside counsel that ended or ends soon is said to whoever it concerns."""
    now = timezone.now()
    return sum(counsel.attend(grant_id, now=now) for grant_id in counsel.due(now=now))


@shared_task(name="escalations.retention")
def retire_ended_cases() -> int:
    """Every ended case whose time is over, or nearly, is attended to; the reviews app erases what it lets go of."""
    now = timezone.now()
    return sum(case_retention.attend(case_id, now=now) for case_id in case_retention.due(now=now))


@shared_task(name="escalations.hold_reviews")
def remind_of_hold_reviews() -> int:
    """Every hold past its review date reminds whoever owns it."""
    now = timezone.now()
    return sum(remind_of_review(hold_id, now=now) for hold_id in holds_due_for_review(now=now))
