"""What people may still decide while an order can be stopped: take it back, or have it redact instead of erase."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Conflict
from reviews.actions.reach import offer, put_back
from reviews.actions.redactions import spans_of
from reviews.erasure_access import order_to_choose, order_to_take_back
from reviews.erasure_states import BEFORE_NO_RETURN, ErasureState, Method, Reason
from reviews.models import Clip, Erasure, Flag, Review
from reviews.states import Activation, ClipState, FlagKind


class UndoOver(Conflict):
    code = "undo-over"
    title = "This order can no longer be taken back."


class NothingToSilence(Conflict):
    code = "nothing-to-silence"
    title = "No flag says which part of the recording is meant: only all of it can be erased."


def withdraw_erasure(erasure_id: UUID, *, acting_user: User, now: datetime) -> Erasure:
    """Take an order back inside its undo window: whoever flagged the clip, or a supervisor who answers for it.

    Under the clip's lock, which the point of no return takes too: one of them wins, the other says so. The flags count
    for nothing from then on, and the clip goes back where it was, unless a hold keeps it. Raises Absent, UndoOver.
    """
    clip_id = order_to_take_back(acting_user, erasure_id).clip_id
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if not erasure.may_be_undone(now):
            raise UndoOver
        erasure.state, erasure.withdrawn_at, erasure.leased_until = ErasureState.WITHDRAWN, now, None
        erasure.save(update_fields=["state", "withdrawn_at", "leased_until"])
        _unsay(clip, Reason(erasure.reason), now=now)
        put_back(clip, now=now)
        if clip.state == ClipState.REVIEWED:
            offer(clip)
        ledger.record(Event.ERASURE_WITHDRAWN, actor=acting_user, subject=erasure, now=now, clip=clip.pk)
    return erasure


def _unsay(clip: Clip, reason: Reason, *, now: datetime) -> None:
    """What led to the order was a mistake: its flags are taken back, its false activation is one that nobody knows."""
    if reason == Reason.ACCIDENTAL:
        Review.objects.filter(clip=clip, activation=Activation.FALSE).update(activation=Activation.UNCLEAR)
    Flag.objects.filter(clip=clip, kind=FlagKind.CRITICAL, withdrawn_at=None).update(withdrawn_at=now)


def choose_method(erasure_id: UUID, method: Method, *, acting_user: User, now: datetime) -> Erasure:
    """A supervisor has an open order redact or erase. Raises Absent, UndoOver, NothingToSilence."""
    clip_id = order_to_choose(acting_user, erasure_id).clip_id
    with transaction.atomic(durable=True):
        Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state not in BEFORE_NO_RETURN or erasure.reason != Reason.CRITICAL_DATA:
            raise UndoOver
        if method == Method.REDACT and not may_be_redacted(erasure):
            raise NothingToSilence
        if erasure.method != method:
            erasure.method = method
            erasure.save(update_fields=["method"])
            ledger.record(
                Event.ERASURE_METHOD_CHANGED, actor=acting_user, subject=erasure, now=now, clip=clip_id, method=method
            )
    return erasure


def other_method(erasure: Erasure) -> Method | None:
    """What a supervisor may have done instead, or None."""
    if erasure.state not in BEFORE_NO_RETURN or erasure.reason != Reason.CRITICAL_DATA:
        return None
    if erasure.method == Method.REDACT:
        return Method.ERASE
    return Method.REDACT if may_be_redacted(erasure) else None


def may_be_redacted(erasure: Erasure) -> bool:
    """Critical data with a place, and nothing that wants all of it gone once a case is over."""
    if erasure.reason != Reason.CRITICAL_DATA or erasure.subject_erasure_id or erasure.run_id:
        return False
    is_more = Flag.objects.filter(
        Q(kind=FlagKind.CRIMINAL) | Q(review__activation=Activation.FALSE), clip=erasure.clip_id
    )
    return bool(spans_of(erasure.clip_id)) and not is_more.exists()
