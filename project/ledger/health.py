"""Is the ledger sealed recently, and does the witness have it? For /status and metrics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from project.ledger.models import Entry, Handover, Unsealed

LATE: Final = timedelta(minutes=2)
WITNESS_LATE: Final = timedelta(minutes=10)
REFUSAL_SHOWN: Final = timedelta(days=7)


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


def witnessed() -> str | None:
    """What is wrong with handing checkpoints to the witness, in a sentence, or None. Also None where none is set."""
    if not settings.LEDGER_WITNESS:
        return None
    now = timezone.now()
    refused = Handover.objects.filter(outcome=Handover.Outcome.REFUSED, ended_at__gt=now - REFUSAL_SHOWN).count()
    if refused:
        return f"The witness refused {refused} of the ledger's checkpoints within seven days."
    first = _oldest_handover()
    if first is None or now - first.checkpoint.at < WITNESS_LATE:
        return None
    minutes = int((now - first.checkpoint.at).total_seconds() // 60)
    return f"The witness has not taken the ledger's checkpoints for {minutes} minutes ({first.attempts} tries)."


def _oldest_handover() -> Handover | None:
    waiting = Handover.objects.filter(outcome=Handover.Outcome.WAITING)
    return waiting.select_related("checkpoint").order_by("checkpoint_id").first()


def to_witness() -> int:
    """Checkpoints on their way to the witness."""
    return Handover.objects.filter(outcome=Handover.Outcome.WAITING).count()
