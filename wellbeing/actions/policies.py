from __future__ import annotations

from datetime import datetime

from django.db import transaction

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from wellbeing.limits import FIELDS
from wellbeing.models import WellbeingPolicy


def keep_policy(row: WellbeingPolicy, *, acting_user: User, now: datetime) -> None:
    """Write what the organisation or a team asks for; the database refuses anything harsher than the defaults.

    Not durable: the admin's own transaction, which writes its log too, is around it.
    """
    with transaction.atomic():
        row.save()
        limits = {name: getattr(row, name) for name in FIELDS}
        ledger.record(Event.POLICY_CHANGED, actor=acting_user, subject=row, now=now, team=row.team_id, **limits)
