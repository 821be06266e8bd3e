"""The end of a leave to read, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from project import ledger
from project.ledger.events import Event
from wellbeing.models import Share


def revoke(share: Share, now: datetime) -> None:
    """End a locked share. The ledger says that one ended, not whose: it must be no list of who seeks help."""
    share.revoked_at = now
    share.save(update_fields=["revoked_at"])
    ledger.record(Event.SHARE_REVOKED, actor=None, subject=share, now=now)


def revoke_all(person_id: UUID, now: datetime) -> None:
    """End every leave that one person has given."""
    for share in Share.objects.select_for_update().filter(person=person_id, revoked_at=None).order_by("pk"):
        revoke(share, now)
