from __future__ import annotations

from datetime import datetime

from django.db import transaction

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from wellbeing.instrument_files import InstrumentFile
from wellbeing.models import Instrument


def load_instrument(found: InstrumentFile, *, acting_user: User | None, now: datetime) -> Instrument:
    """Offer a published scale from now on, or replace its texts. `acting_user` None: the operator at the console."""
    texts = {name: getattr(found, name) for name in ("title", "attribution", "terms", "choices", "items")}
    with transaction.atomic(durable=True):
        row, _ = Instrument.objects.update_or_create(code=found.code, defaults={**texts, "loaded_at": now})
        ledger.record(Event.INSTRUMENT_LOADED, actor=acting_user, subject=row, now=now, items=len(found.items))
    return row
