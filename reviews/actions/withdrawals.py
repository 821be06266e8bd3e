"""The source takes recordings back: the clips of its own references are erased, whatever they were good for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from reviews.actions.clips import hmac_of
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.erasure_states import Reason
from reviews.models import Clip, ErasureRun
from reviews.states import ClipState

# One transaction holds all of a withdrawal, so that it is ordered whole or not at all.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The run that was ordered, how many references name no clip, and how many name one that is gone already."""

    run: ErasureRun
    unknown: int
    gone: int


def withdraw_by_source(external_refs: Sequence[str], *, acting_user: User, now: datetime) -> Withdrawal:
    """Order the erasure of every clip that one of these references names, due within a day; at most `MOST` of them.

    1. Lock the clips in the order of their ids, so that two withdrawals can't deadlock.
    2. One run that somebody can follow, and an order for each clip that is still there. A hold delays it, like any.
    Repeating it orders nothing twice: a clip that has an order keeps it.
    """
    digests = {hmac_of(one) for one in external_refs}
    with transaction.atomic(durable=True):
        clips = list(Clip.objects.select_for_update(no_key=True).filter(external_ref_hmac__in=digests).order_by("pk"))
        here = [clip for clip in clips if clip.state not in {ClipState.ERASING, ClipState.ERASED}]
        run = ErasureRun.objects.create(
            reason=Reason.SOURCE_WITHDRAWN, requested_by=acting_user, started_at=now, all_ordered_at=now
        )
        ledger.record(Event.ERASURE_RUN_STARTED, actor=acting_user, subject=run, now=now, reason=run.reason)
        order_erasures(here, Terms(Reason.SOURCE_WITHDRAWN, run=run), actor=acting_user, now=now)
        ledger.record(
            Event.ERASURE_RUN_ORDERED, actor=acting_user, subject=run, now=now, reason=run.reason, clips=len(here)
        )
    return Withdrawal(run, unknown=len(digests) - len(clips), gone=len(clips) - len(here))
