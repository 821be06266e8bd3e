from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from project.ledger.sealing import seal


@shared_task(name="ledger.seal", acks_late=True)
def seal_ledger() -> int:
    """Every few seconds, by beat. Two at once are harmless: the second finds the lock taken."""
    return seal(timezone.now())
