"""A shift begins and ends for the person's day: sums of its own, and the limits that it was planned with.

Called by whoever keeps shifts, inside their transaction; the working day is the last lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from wellbeing.actions.pace import locked_day
from wellbeing.day import off_shift, on_shift
from wellbeing.models import WorkingDay

COLUMNS = ("shift_began_at", "shift_work_ms", "shift_heavy_ms", "shift_limits")


def begin_workshift(person_id: UUID, *, limits: Mapping[str, int] | None, now: datetime) -> None:
    with transaction.atomic(savepoint=False):
        row = locked_day(person_id)
        row.take(on_shift(row.as_day(), limits, now))
        row.save(update_fields=COLUMNS)


def end_workshift(person_id: UUID, *, began_at: datetime) -> None:
    """Only the shift that began then: a later one goes on."""
    with transaction.atomic(savepoint=False):
        row = WorkingDay.objects.select_for_update(no_key=True).filter(pk=person_id, shift_began_at=began_at).first()
        if row is not None:
            row.take(off_shift(row.as_day()))
            row.save(update_fields=COLUMNS)
