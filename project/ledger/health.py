"""Is the ledger sealed recently? For /status and metrics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from project.ledger.models import Entry, Unsealed

LATE: Final = timedelta(minutes=2)


def oldest_unsealed(now: datetime) -> timedelta | None:
    """How long the first entry in the queue has waited, or None when all is sealed."""
    first = Unsealed.objects.order_by("id").first()
    if first is None:
        return None
    at = Entry.objects.filter(pk=first.entry_id).values_list("at", flat=True).first()
    return None if at is None else now - at


def sealed_recently() -> str | None:
    """What is wrong, in a sentence, or None."""
    waited = oldest_unsealed(timezone.now())
    if waited is None or waited < LATE:
        return None
    return f"Ledger entries have waited {int(waited.total_seconds())} seconds to be sealed."


def waiting() -> int:
    """Entries in the sealer's queue."""
    return Unsealed.objects.count()
