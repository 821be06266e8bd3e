from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from project.notices.actions import deliver_mail, due_mail


@shared_task(name="notices.deliver")
def deliver(notice_id: str) -> None:
    deliver_mail(UUID(notice_id), now=timezone.now())


@shared_task(name="notices.sweep")
def sweep() -> None:
    for notice_id in due_mail(now=timezone.now()):
        deliver_mail(notice_id, now=timezone.now())
