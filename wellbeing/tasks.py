"""What the wellbeing app does in the background: three lines each, the actions decide."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from wellbeing.actions.alerts import page_second_moderators
from wellbeing.actions.appeals import destroy_kept_words
from wellbeing.actions.checkins import delete_expired, tell_of_due_offers
from wellbeing.actions.insights import delete_old_traces, freeze_last_week
from wellbeing.actions.private_sessions import forget_old_sessions, remind_of_waiting_sessions
from wellbeing.actions.room_retention import forget_old_messages
from wellbeing.actions.shares import end_shares


@shared_task(name="wellbeing.tell_of_due_offers")
def tell_due_offers() -> None:
    tell_of_due_offers(now=timezone.now())


@shared_task(name="wellbeing.delete_expired_check_ins")
def delete_expired_check_ins() -> None:
    delete_expired(now=timezone.now())
    end_shares(now=timezone.now())
    delete_old_traces(now=timezone.now())


@shared_task(name="wellbeing.freeze_last_week")
def freeze_week() -> None:
    freeze_last_week(now=timezone.now())


@shared_task(name="wellbeing.page_second_moderators")
def page_seconds() -> None:
    page_second_moderators(now=timezone.now())
    remind_of_waiting_sessions(now=timezone.now())


@shared_task(name="wellbeing.destroy_kept_words")
def destroy_words_of_removed() -> None:
    destroy_kept_words(now=timezone.now())


@shared_task(name="wellbeing.forget_old_messages")
def forget_messages() -> None:
    forget_old_messages(now=timezone.now())
    forget_old_sessions(now=timezone.now())
