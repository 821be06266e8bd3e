"""Ordering an erasure and driving it: the machine of reviews/erasure_states.py, one attempt at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from escalations.access import active_hold_on
from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.nudge import nudge
from reviews.actions.certificates import verify_and_certify
from reviews.actions.shredding import shred
from reviews.certificates import salted_digest
from reviews.erasure_errors import error_code
from reviews.erasure_states import ALLOWANCE, BEFORE_NO_RETURN, BULK, ErasureState, Reason, retry_after
from reviews.erasure_tasks import erase as erase_task
from reviews.models import Clip, Erasure, SubjectErasure
from reviews.states import ClipState

log = structlog.get_logger(__name__)
# A waiting erasure is looked at again when the sweep sees that no hold stands; this bounds how often it may look.
WAITING_RECHECK: Final = timedelta(seconds=30)


def order_erasure(
    clip: Clip,
    reason: Reason,
    *,
    actor: User | None,
    now: datetime,
    due_at: datetime | None = None,
    subject_erasure: SubjectErasure | None = None,
) -> Erasure:
    """Put a clip out of reach and order its destruction. The caller holds the clip's row lock and the transaction.

    An order for a clip that has one joins it: the nearer deadline counts. One for an erased clip gives back the
    erasure that did it. Bulk reasons are not announced; the sweep takes them by deadline.
    """
    due_at = due_at or now + ALLOWANCE[reason]
    standing = clip.erasures.select_for_update(no_key=True).order_by("-ordered_at").first()
    if standing and (standing.state != ErasureState.CERTIFIED or clip.state == ClipState.ERASED):
        return _join(standing, reason, actor=actor, now=now, due_at=due_at, subject_erasure=subject_erasure)
    if clip.state != ClipState.QUARANTINED:
        clip.become(ClipState.QUARANTINED)
        clip.save(update_fields=["state"])
    erasure = Erasure.objects.create(
        clip=clip,
        reason=reason,
        team=actor.team if actor else None,
        ordered_by=actor,
        subject_erasure=subject_erasure,
        vault_id=clip.vault_id,
        ordered_at=now,
        due_at=due_at,
        next_attempt_at=now,
    )
    ledger.record(Event.ERASURE_ORDERED, actor=actor, subject=erasure, now=now, clip=clip.pk, reason=reason, due=due_at)
    if reason not in BULK:
        nudge(erase_task, erasure.pk)
    return erasure


def _join(
    erasure: Erasure,
    reason: Reason,
    *,
    actor: User | None,
    now: datetime,
    due_at: datetime,
    subject_erasure: SubjectErasure | None,
) -> Erasure:
    """A second order can only hasten the first, and only before it is done. A replay after a restore always wins."""
    if erasure.state == ErasureState.CERTIFIED:
        return erasure
    if subject_erasure and not erasure.subject_erasure_id:
        erasure.subject_erasure = subject_erasure
        erasure.save(update_fields=["subject_erasure"])
    if due_at >= erasure.due_at and reason != Reason.RESTORED:
        return erasure
    erasure.due_at, erasure.reason = min(due_at, erasure.due_at), reason
    erasure.next_attempt_at = min(erasure.next_attempt_at, now)
    erasure.save(update_fields=["due_at", "reason", "next_attempt_at"])
    ledger.record(
        Event.ERASURE_HASTENED, actor=actor, subject=erasure, now=now, clip=erasure.clip_id, reason=reason, due=due_at
    )
    nudge(erase_task, erasure.pk)
    return erasure


def erase(erasure_id: UUID, *, now: datetime) -> ErasureState | None:
    """Take one erasure as far as it will go; None when it is not its time or another worker has it.

    1. Claim it for a while by compare-and-set. A worker that is killed loses nothing but the rest of that while.
    2. From whatever state it is in, take step after step; each is idempotent and commits before the next begins.
    3. A failure leaves the state, gives the lease back and sets the next attempt further away. It is raised.
    """
    until = claim(erasure_id, now=now)
    if until is None:
        return None
    try:
        return _advance(erasure_id, clock=ticking_from(now))
    except Exception as error:
        note_failure(erasure_id, error_code(error), leased_until=until, now=now)
        raise


def claim(erasure_id: UUID, *, now: datetime) -> datetime | None:
    """Lease this erasure to the caller until the time given back; None when it is somebody else's or not yet due."""
    until = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    ready = Erasure.objects.ready(now).filter(pk=erasure_id)
    return until if ready.update(leased_until=until, attempts=F("attempts") + 1) == 1 else None


def ticking_from(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and goes on by itself, so that each step is stamped with its own time."""
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


def _advance(erasure_id: UUID, *, clock: Callable[[], datetime]) -> ErasureState:
    state = ErasureState(Erasure.objects.values_list("state", flat=True).get(pk=erasure_id))
    if state in BEFORE_NO_RETURN:
        state = pass_point_of_no_return(erasure_id, now=clock())
    if state == ErasureState.SHREDDING:
        state = shred(erasure_id, clock=clock)
    if state == ErasureState.VERIFYING:
        state = verify_and_certify(erasure_id, clock=clock)
    return state


def note_failure(erasure_id: UUID, code: str, *, leased_until: datetime, now: datetime) -> None:
    """Give the lease back and move the next attempt away; the code names the part that failed, never content.

    A lease that ran out meanwhile may be somebody else's by now: theirs stays as it is.
    """
    with transaction.atomic(durable=True):
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.leased_until != leased_until:
            return
        erasure.last_error_code = code
        erasure.leased_until = None
        erasure.next_attempt_at = now + retry_after(max(erasure.attempts, 1))
        erasure.save(update_fields=["last_error_code", "leased_until", "next_attempt_at"])
        ledger.record(Event.ERASURE_FAILED, actor=None, subject=erasure, now=now, code=code, attempts=erasure.attempts)
    log.warning("erasure_failed", erasure=str(erasure_id), code=code, attempts=erasure.attempts)


def pass_point_of_no_return(erasure_id: UUID, *, now: datetime) -> ErasureState:
    """The last moment at which a hold can win: decided under the clip's row lock, which placing a hold takes too.

    1. Make the salted digest, which only the living key can, before any lock.
    2. Lock the clip, then the erasure; somebody may have been faster.
    3. A hold stands: wait for it. None stands: `shredding`, committed; from then on a hold comes too late.
    """
    clip_id = Erasure.objects.values_list("clip_id", flat=True).get(pk=erasure_id)
    digest = _digest(clip_id)
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=clip_id)
        erasure = Erasure.objects.select_for_update(no_key=True).get(pk=erasure_id)
        if erasure.state not in BEFORE_NO_RETURN:
            return ErasureState(erasure.state)
        if erasure.reason != Reason.RESTORED and active_hold_on(clip.pk):  # what was destroyed can't be held
            return _wait(erasure, now=now)
        if erasure.state == ErasureState.WAITING:
            erasure.due_at = max(erasure.due_at, now + ALLOWANCE[Reason(erasure.reason)])  # the hold stopped the clock
        clip.become(ClipState.ERASING)
        clip.save(update_fields=["state"])
        erasure.state, erasure.no_return_at = ErasureState.SHREDDING, now
        erasure.salted_digest = digest
        erasure.save()
        ledger.record(Event.ERASURE_POINT_OF_NO_RETURN, actor=None, subject=erasure, now=now, clip=clip.pk)
    return ErasureState.SHREDDING


def _wait(erasure: Erasure, *, now: datetime) -> ErasureState:
    """A hold stands: give the lease back, and say so once in the ledger."""
    if erasure.state != ErasureState.WAITING:
        erasure.state, erasure.waiting_since = ErasureState.WAITING, now
        ledger.record(Event.ERASURE_WAITING, actor=None, subject=erasure, now=now, clip=erasure.clip_id)
    erasure.leased_until, erasure.next_attempt_at = None, now + WAITING_RECHECK
    erasure.save(update_fields=["state", "waiting_since", "leased_until", "next_attempt_at"])
    return ErasureState.WAITING


def _digest(clip_id: UUID) -> str:
    """The certificate's salted digest, which only the living key can make; blank where the key is gone already."""
    sha256 = Clip.objects.values_list("sha256", flat=True).get(pk=clip_id)
    try:
        return salted_digest(bytes(vault.data_key(clip_id)), clip_id, sha256 or "")
    except vault.KeyGone:
        return ""
