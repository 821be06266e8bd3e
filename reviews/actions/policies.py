"""The organisation's policy on erasures: read it, change it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from reviews.models import ErasurePolicy


def erasure_policy() -> ErasurePolicy:
    """The policy that holds now; the defaults where nobody set one."""
    return ErasurePolicy.objects.first() or ErasurePolicy()


def undo_window(policy: ErasurePolicy) -> timedelta:
    """How long an order waits before it is carried out."""
    return timedelta(minutes=policy.undo_minutes)


def redacts(policy: ErasurePolicy, categories: Collection[str]) -> bool:
    """Whether critical data of these categories is silenced instead of having the whole recording erased."""
    return bool(categories) and set(categories) <= set(policy.redact_categories)


def keep_erasure_policy(row: ErasurePolicy, *, acting_user: User, now: datetime) -> None:
    """Write the policy; the database refuses what leaves too little time to erase in.

    Not durable: the admin's own transaction, which writes its log too, is around it. Orders that stand keep the terms
    they were made under.
    """
    with transaction.atomic():
        row.save()
        ledger.record(
            Event.POLICY_CHANGED, actor=acting_user, subject=row, now=now,
            undo_minutes=row.undo_minutes, redact_categories=sorted(row.redact_categories),
            erases_accidental=row.erases_accidental, accidental_hours=row.accidental_hours,
        )  # fmt: skip
