"""The last moment at which a hold, or a change of mind, can win."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from escalations.access import held_among
from project import ledger, vault
from project.ledger.events import Event
from reviews.actions.redactions import Resealed, read_back, switch
from reviews.bulk_rows import update_each
from reviews.certificates import salted_digest
from reviews.erasure_errors import Failures
from reviews.erasure_states import ALLOWANCE, BEFORE_NO_RETURN, ErasureState, Method, Reason
from reviews.models import Clip, Erasure
from reviews.states import ClipState, check_clip_move

# A waiting erasure is looked at again when the sweep sees that no hold stands; this bounds how often it may look.
WAITING_RECHECK: Final = timedelta(seconds=30)


def pass_point_of_no_return(ids: Sequence[UUID], failures: Failures, *, now: datetime) -> None:
    """Decided under the clips' row locks, which placing a hold and taking an order back take too: one of them wins.

    1. Make the salted digests, which only the living keys can, and open what a redaction puts in place, before any
       lock.
    2. Lock the clips, then their erasures; somebody may have been faster.
    3. A hold stands: wait for it. None stands: `shredding`, committed; from then on a hold comes too late. A redacted
       clip has its new version in the same commit.
    """
    orders = list(Erasure.objects.filter(pk__in=ids).select_related("clip"))
    resealed = _read_back([one for one in orders if one.method == Method.REDACT], failures)
    orders = [one for one in orders if one.pk not in failures]
    digests = _digests(orders)
    with transaction.atomic(durable=True):
        clips = _locked_clips(orders)
        begin = list(_still_to_begin(orders, now))
        held = held_among(clips)
        waiting = [one for one in begin if one.reason != Reason.RESTORED and one.clip_id in held]
        going = [one for one in begin if one not in waiting]
        _wait(waiting, now=now)
        _go(going, clips, resealed, digests, now=now)


def _locked_clips(orders: Sequence[Erasure]) -> dict[UUID, Clip]:
    rows = Clip.objects.select_for_update(no_key=True).filter(pk__in=[one.clip_id for one in orders]).order_by("pk")
    return {clip.pk: clip for clip in rows}


def _still_to_begin(orders: Sequence[Erasure], now: datetime) -> list[Erasure]:
    """Those that nobody took further, took back or changed meanwhile, and whose undo window is over; locked."""
    seen = {one.pk: one.method for one in orders}
    rows = Erasure.objects.select_for_update(no_key=True).filter(
        Q(undo_until=None) | Q(undo_until__lte=now), pk__in=list(seen), state__in=BEFORE_NO_RETURN
    )
    return [one for one in rows.order_by("pk") if one.method == seen[one.pk]]


def _wait(waiting: Sequence[Erasure], *, now: datetime) -> None:
    """A hold stands: give the leases back, and say so once in the ledger."""
    new = [one.pk for one in waiting if one.state != ErasureState.WAITING]
    rows = Erasure.objects.filter(pk__in=[one.pk for one in waiting])
    rows.update(state=ErasureState.WAITING, leased_until=None, next_attempt_at=now + WAITING_RECHECK)
    Erasure.objects.filter(pk__in=new).update(waiting_since=now)
    ledger.record_many(
        Event.ERASURE_WAITING, actor=None, now=now,
        entries=[(one, {"clip": one.clip_id}) for one in waiting if one.pk in new],
    )  # fmt: skip


def _go(
    going: Sequence[Erasure],
    clips: dict[UUID, Clip],
    resealed: dict[UUID, Resealed],
    digests: dict[UUID, str],
    *,
    now: datetime,
) -> None:
    for one in going:
        check_clip_move(clips[one.clip_id].state, ClipState.ERASING)
        if one.method == Method.REDACT:
            switch(clips[one.clip_id], one, resealed[one.pk], now=now)
    Clip.objects.filter(pk__in=[one.clip_id for one in going]).update(state=ClipState.ERASING)
    rows = {one.pk: (digests[one.pk], _due_at(one, now)) for one in going}
    columns = {"salted_digest": "varchar", "due_at": "timestamptz"}
    update_each(Erasure, rows, columns, state=ErasureState.SHREDDING, no_return_at=now)
    ledger.record_many(
        Event.ERASURE_POINT_OF_NO_RETURN, actor=None, now=now,
        entries=[(one, {"clip": one.clip_id}) for one in going],
    )  # fmt: skip


def _due_at(erasure: Erasure, now: datetime) -> datetime:
    """The hold stopped the clock: once it is gone there is all the time again that the reason allows."""
    if erasure.state != ErasureState.WAITING:
        return erasure.due_at
    return max(erasure.due_at, now + ALLOWANCE[Reason(erasure.reason)])


def _digests(orders: Sequence[Erasure]) -> dict[UUID, str]:
    """The certificates' salted digests, which only the living keys can make; blank where a key is gone already."""
    keys = vault.data_keys([one.vault_id for one in orders])
    return {
        one.pk: salted_digest(bytes(key), one.clip_id, one.clip.sha256 or "") if (key := keys.get(one.vault_id)) else ""
        for one in orders
    }


def _read_back(orders: Sequence[Erasure], failures: Failures) -> dict[UUID, Resealed]:
    """The new versions of redacted clips, opened once more from the store: what can't be, is not put in place."""
    found: dict[UUID, Resealed] = {}
    for one in orders:
        try:
            found[one.pk] = read_back(one)
        except Exception as error:  # this one drops out of the batch; it is noted on its row
            failures[one.pk] = error
    return found
