"""Master keys come and go in the vault, which knows nothing of the ledger; here the ledger takes note of it.

What a lower part causes is a row that this sweep finds: each version's making and destruction becomes one entry.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from project import ledger
from project.ledger.events import Event
from project.ledger.models import Entry
from project.vault.models import MasterKey


def record_master_keys(now: datetime) -> int:
    """Record what the ledger doesn't know yet; returns how many entries. Call it as often as you like."""
    with transaction.atomic(durable=True):
        known = set(
            Entry.objects.filter(event__in=(Event.MASTER_KEY_CREATED, Event.MASTER_KEY_DESTROYED)).values_list(
                "event", "subject_id"
            )
        )
        news = [
            (event, key, at)
            for key in MasterKey.objects.order_by("version")
            for event, at in (
                (Event.MASTER_KEY_CREATED, key.created_at),
                (Event.MASTER_KEY_DESTROYED, key.destroyed_at),
            )
            if at is not None and (event.value, str(key.pk)) not in known
        ]
        for event, key, at in news:
            ledger.record(event, actor=None, subject=key, now=now, version=key.version, happened_at=at)
    return len(news)
