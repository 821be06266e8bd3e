"""The name under which checkpoints are signed, and starting a new one after a restore.

A ledger that was put back from a backup is shorter than what witnesses have seen of it. It must not sign another
history under the same name, so it goes on under a new origin, which keeps the last checkpoint of the old.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings

from project.ledger.checkpoint import parse
from project.ledger.events import Event
from project.ledger.models import Checkpoint, Origin
from project.ledger.recording import record


def current(now: datetime) -> Origin:
    """The origin in use; the first one is made here. Call it where the sealer's lock is held."""
    return Origin.objects.order_by("-number").first() or _start(now, "")


def start_new(*, now: datetime, old_head: str | None = None) -> Origin:
    """Go on under a new origin, naming the old head: the note given (say from a witness) or the last one stored.

    Call it inside a transaction; the entry it records says from which head the ledger went on.
    Raises BadNote for an old head that is malformed.
    """
    if old_head is None:
        last = Checkpoint.objects.order_by("-id").first()
        old_head = last.note if last else ""
    origin = _start(now, old_head)
    facts = {"old_size": parse(old_head)[0].size, "old_root": parse(old_head)[0].root.hex()} if old_head else {}
    record(Event.LEDGER_ORIGIN_STARTED, actor=None, subject=origin, now=now, origin=origin.name, **facts)
    return origin


def _start(now: datetime, old_head: str) -> Origin:
    prefix = getattr(settings, "LEDGER_ORIGIN", "earshot")
    return Origin.objects.create(name=f"{prefix}/{secrets.token_hex(8)}", started_at=now, old_head=old_head)
