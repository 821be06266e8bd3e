"""What the wellbeing app does in the background: three lines each, the actions decide."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from wellbeing.actions.checkins import delete_expired, tell_of_due_offers
from wellbeing.actions.insights import delete_old_traces, freeze_last_week


@shared_task(name="wellbeing.tell_of_due_offers")
def tell_due_offers() -> None:
    tell_of_due_offers(now=timezone.now())


@shared_task(name="wellbeing.delete_expired_check_ins")
def delete_expired_check_ins() -> None:
    delete_expired(now=timezone.now())
    delete_old_traces(now=timezone.now())


@shared_task(name="wellbeing.freeze_last_week")
def freeze_week() -> None:
    freeze_last_week(now=timezone.now())
