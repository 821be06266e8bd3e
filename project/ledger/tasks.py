from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from project.ledger.actions import handovers, signing_keys
from project.ledger.master_keys import record_master_keys
from project.ledger.sealing import seal


@shared_task(name="ledger.seal", acks_late=True)
def seal_ledger() -> int:
    """Every few seconds, by beat. Two at once are harmless: the second finds the lock taken."""
    return seal(timezone.now())


@shared_task(name="ledger.record_master_keys", acks_late=True)
def record_master_keys_made_and_destroyed() -> int:
    return record_master_keys(timezone.now())


@shared_task(name="ledger.hand_to_witness", acks_late=True)
def hand_to_witness() -> int:
    return handovers.sweep(clock=timezone.now)


@shared_task(name="ledger.finish_signing_keys", acks_late=True)
def finish_signing_keys() -> list[int]:
    """Hourly, by beat: nobody has to remember that an old signing key's day is over."""
    return signing_keys.finish(now=timezone.now())
