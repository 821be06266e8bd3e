"""Handing every checkpoint to the witness. Each is a row with attempts (models.Handover); a sweep finds what waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F

from project.ledger.models import Handover
from project.ledger.witness import Refused, WitnessAway, hand

MOST: Final = 500
LEASE: Final = timedelta(minutes=1)  # longer than one try can take (witness.PATIENCE)
FIRST_BACK_OFF: Final = timedelta(seconds=10)
LONGEST_BACK_OFF: Final = timedelta(minutes=10)


def sweep(*, clock: Callable[[], datetime]) -> int:
    """Hand over what is due, oldest first; how many ended. A witness that is away ends the run."""
    if not settings.LEDGER_WITNESS:
        return 0
    ended = 0
    due = Handover.objects.filter(outcome=Handover.Outcome.WAITING, next_attempt_at__lte=clock())
    for handover in due.select_related("checkpoint").order_by("checkpoint_id")[:MOST]:
        if not _claim(handover, clock()):
            continue  # another worker has it
        try:
            hand(settings.LEDGER_WITNESS, handover.checkpoint)
        except Refused as error:
            _end(handover, Handover.Outcome.REFUSED, clock(), error.code)
        except WitnessAway as error:
            _try_later(handover, error, clock())
            break
        else:
            _end(handover, Handover.Outcome.TAKEN, clock())
        ended += 1
    return ended


def back_off(attempts: int) -> timedelta:
    """10 s, doubling, at most ten minutes."""
    return min(FIRST_BACK_OFF * 2 ** min(attempts - 1, 10), LONGEST_BACK_OFF)


def _claim(handover: Handover, now: datetime) -> bool:
    """Compare and set: a second worker, or a message that came twice, finds it taken until the lease is over."""
    claimed = Handover.objects.filter(
        pk=handover.pk, outcome=Handover.Outcome.WAITING, next_attempt_at=handover.next_attempt_at
    ).update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
    return claimed == 1


def _try_later(handover: Handover, error: WitnessAway, now: datetime) -> None:
    Handover.objects.filter(pk=handover.pk, outcome=Handover.Outcome.WAITING).update(
        next_attempt_at=now + back_off(handover.attempts + 1), last_error_code=error.code
    )


def _end(handover: Handover, outcome: Handover.Outcome, now: datetime, code: str = "") -> None:
    Handover.objects.filter(pk=handover.pk, outcome=Handover.Outcome.WAITING).update(
        outcome=outcome, ended_at=now, last_error_code=code
    )
