"""Breaks: taken whenever the person likes, counted against nobody.

Breaks are in no ledger and no log: who rested when is nobody's business, and a ledger of breaks would be a timesheet.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from project.accounts.models import User
from wellbeing.actions.pace import locked_day, rules_of
from wellbeing.day import BreakKind, Day, length_of, off_break, on_break
from wellbeing.models import Break, WorkingDay


def take_break(kind: BreakKind, *, acting_user: User, now: datetime) -> Break:
    with transaction.atomic(durable=True):
        return start_break(acting_user.pk, None, kind, now)


def finish_break(*, acting_user: User, now: datetime) -> None:
    with transaction.atomic(durable=True):
        end_break(acting_user.pk, now)


def start_break(person_id: UUID, shift_id: UUID | None, kind: BreakKind | str, now: datetime) -> Break:
    """Begin a break, in the caller's transaction. One that still runs is kept: twice is once."""
    kind = BreakKind(kind)
    with transaction.atomic(savepoint=False):
        row = locked_day(person_id)
        open_one = Break.objects.filter(person_id=person_id, ended_at=None).first()
        if open_one is not None and now < open_one.ends_at:
            return open_one
        if open_one is not None:
            _close(open_one, open_one.ends_at)
        length = length_of(kind, row.as_day(), rules_of(person_id, row.as_day()))
        _save(row, on_break(row.as_day(), kind, length, now))
        return Break.objects.create(
            person_id=person_id, shift_id=shift_id, kind=kind.value, began_at=now, ends_at=now + length
        )


def end_break(person_id: UUID, now: datetime) -> None:
    """End the break, early or late. Ended early it was no rest yet, and pace will say how much is missing."""
    with transaction.atomic(savepoint=False):
        row = locked_day(person_id)
        open_one = Break.objects.filter(person_id=person_id, ended_at=None).first()
        if open_one is not None:
            _close(open_one, max(now, open_one.began_at))
        _save(row, off_break(row.as_day()))


def _save(row: WorkingDay, day: Day) -> None:
    row.take(day)
    row.save(update_fields=["break_kind", "break_began_at", "break_ends_at"])


def _close(open_one: Break, at: datetime) -> None:
    open_one.ended_at = at
    open_one.save(update_fields=["ended_at"])
