from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from project.notices.actions import sends


@shared_task(name="notices.deliver")
def deliver(send_id: str) -> None:
    sends.deliver(UUID(send_id), now=timezone.now())


@shared_task(name="notices.sweep")
def sweep() -> int:
    return sends.sweep(now=timezone.now())
