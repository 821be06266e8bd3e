"""Place, hand over, end and lift holds; remind of their review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from escalations.access import case_for, family_of, hold_for
from escalations.actions.timeline import everybody_with, record, tell_all, write_event
from escalations.locks import lock_case, lock_clips_and_case
from escalations.merged import refuse_merged
from escalations.models import Case, Export, Hold
from escalations.models.holds import HoldQuerySet
from escalations.notices import HOLD_REVIEW
from escalations.sealing import seal_words
from project import ledger, vault
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Conflict, Invalid

# From the erasure's point of no return on there is nothing left to hold. Names of reviews' clip states.
PAST_RECALL = frozenset({"erasing", "erased"})
# Our own default: a closed case's evidence is looked at again after a quarter, then every week until it is lifted.
REVIEW_AFTER_CLOSURE = timedelta(days=90)
REMIND_EVERY = timedelta(days=7)
LONGEST_REVIEW = timedelta(days=366)


class TooLate(Conflict):
    code = "too-late"
    title = "It is too late for a hold: the erasure has passed its point of no return."


class HoldOver(Conflict):
    code = "hold-over"
    title = "This hold has ended already."


class NotLegalsYet(Conflict):
    code = "flags-hold"
    title = "The flag's own hold ends with a dismissal by two people, a T3 closure, or by legal after closure."


class ExportUnderWay(Conflict):
    code = "export-under-way"
    title = "An export of this case is under way. Let it be collected or destroyed first."


def refuse_past_recall(clips: Iterable[Any]) -> None:
    """Raises TooLate unless at least one clip can still be kept. The caller holds the clips' locks."""
    if all(clip.state in PAST_RECALL for clip in clips):
        raise TooLate


def place_flags_hold(case: Case, clips: Iterable[Any], *, now: datetime) -> Hold:
    """The hold that a flag or a reopening brings, in the caller's transaction, under the clips' locks."""
    refuse_past_recall(clips)
    standing = list(_flags_holds(case).order_by("placed_at", "pk"))
    for hold in standing:
        _take_back(hold)
    own = next((hold for hold in standing if hold.case_id == case.pk), None)
    if own is not None:
        return own
    hold = Hold.objects.create(case=case, kind=Hold.Kind.FLAG, placed_at=now)
    ledger.record(Event.HOLD_PLACED, actor=None, subject=hold, now=now, case=case.pk, kind=Hold.Kind.FLAG)
    return hold


def _flags_holds(case: Case) -> HoldQuerySet:
    """What flags placed on a case and on what was merged into it: they begin apart and end together."""
    return Hold.objects.filter(case__in=family_of(case), kind=Hold.Kind.FLAG).active()


def _take_back(hold: Hold) -> None:
    """A reopened case needs its evidence again: until it is closed anew, nobody lifts the flag's hold."""
    hold.owner, hold.review_at, hold.reminded_at = None, None, None
    hold.save(update_fields=["owner", "review_at", "reminded_at"])


def place_hold(case_id: UUID, *, reason: str, review_at: datetime, acting_user: User, now: datetime) -> Hold:
    """Legal's hold on all evidence of a case, until legal lifts it.

    1. Lock the clips, then the case: an erasure passes its point of no return under the same lock, so one wins.
    2. Refuse what is past recall (TooLate). 3. Write hold, timeline, ledger.
    `review_at` must lie ahead, at most a year. Raises Absent, Invalid, TooLate.
    """
    if not now < review_at <= now + LONGEST_REVIEW:
        raise Invalid("The review date must lie ahead, at most a year.")
    case_for(acting_user, case_id)
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        clips, case = lock_clips_and_case(case_id)
        refuse_merged(case)
        refuse_past_recall(clips)
        hold = Hold(case=case, kind=Hold.Kind.LEGAL, owner=acting_user, placed_at=now, review_at=review_at)
        hold.sealed_reason = seal_words(case.pk, hold, "sealed_reason", reason, key=key)
        hold.save(force_insert=True)
        write_event(case, "hold-placed", now=now, actor=acting_user, hold=str(hold.pk))
        ledger.record(
            Event.HOLD_PLACED,
            actor=acting_user,
            subject=hold,
            now=now,
            case=case.pk,
            kind=hold.kind,
            review_at=review_at,
        )
    return hold


def lift_hold(hold_id: UUID, *, reason: str, acting_user: User, now: datetime) -> Hold:
    """Legal lifts its hold, or the flag's own after it was handed over. Raises Absent and 409s."""
    seen = hold_for(acting_user, hold_id)
    key = vault.data_key(seen.case_id)
    with transaction.atomic(durable=True):
        case = lock_case(seen.case_id)
        hold = Hold.objects.select_for_update(of=("self",), no_key=True).get(pk=hold_id)
        if hold.ended_at is not None:
            raise HoldOver
        if not hold.is_legals:
            raise NotLegalsYet
        if Export.objects.under_way().filter(case__in=[case.pk, case.merged_into_id or case.pk]).exists():
            raise ExportUnderWay  # its bytes would outlive what they were copied from
        hold.sealed_ending_reason = seal_words(case.pk, hold, "sealed_ending_reason", reason, key=key)
        _end(hold, Hold.Ending.LIFTED, actor=acting_user, now=now)
        write_event(case, "hold-lifted", now=now, actor=acting_user, hold=str(hold.pk))
        ledger.record(Event.HOLD_LIFTED, actor=acting_user, subject=hold, now=now, case=case.pk)
    return hold


def end_flags_hold(case: Case, ending: Hold.Ending, *, actor: User, now: datetime) -> None:
    """The flag's hold ends with the case: by two people's dismissal or as T3. In the caller's transaction."""
    for hold in _flags_holds(case):
        _end(hold, ending, actor=actor, now=now)
        ledger.record(Event.HOLD_ENDED, actor=actor, subject=hold, now=now, case=hold.case_id, ending=ending)


def hand_over_flags_hold(case: Case, *, to: User, now: datetime) -> None:
    """A case closed after a decision: the flag's hold stays and becomes legal's, with a review date.

    It must not end silently while an authority may still ask; from here on legal lifts it, with a reason.
    """
    for hold in _flags_holds(case).filter(owner=None):
        hold.owner, hold.review_at = to, now + REVIEW_AFTER_CLOSURE
        hold.save(update_fields=["owner", "review_at"])
        ledger.record(
            Event.HOLD_HANDED_OVER, actor=to, subject=hold, now=now, case=hold.case_id, review_at=hold.review_at
        )


def end_by_retention(case: Case, *, now: datetime) -> int:
    """An ended case's time is over: the flag's own hold goes. The caller holds the case's lock. Gives back how many."""
    held = list(_flags_holds(case))
    for hold in held:
        _end(hold, Hold.Ending.RETENTION, actor=None, now=now)
        ledger.record(Event.HOLD_ENDED, actor=None, subject=hold, now=now, case=hold.case_id, ending=hold.ending)
    return len(held)


def _end(hold: Hold, ending: Hold.Ending, *, actor: User | None, now: datetime) -> None:
    hold.ended_at, hold.ended_by, hold.ending = now, actor, ending
    hold.save(update_fields=["ended_at", "ended_by", "ending", "sealed_ending_reason"])


def holds_due_for_review(*, now: datetime, limit: int = 200) -> list[UUID]:
    """Active holds past their review date that nobody was reminded of within a week."""
    quiet = Q(reminded_at=None) | Q(reminded_at__lte=now - REMIND_EVERY)
    due = Hold.objects.active().filter(quiet, review_at__lte=now).order_by("review_at")
    return list(due.values_list("pk", flat=True)[:limit])


def remind_of_review(hold_id: UUID, *, now: datetime) -> bool:
    """Tell the owner, or all of legal where the owner has left, that a hold is due for review. It goes on standing."""
    with transaction.atomic(durable=True):
        hold = Hold.objects.select_for_update(of=("self",), no_key=True).select_related("case").get(pk=hold_id)
        if hold_id not in holds_due_for_review(now=now, limit=10_000):
            return False
        about = hold.case.merged_into or hold.case
        legal = everybody_with(Role.LEGAL, about)
        owner = [person for person in legal if person.pk == hold.owner_id]
        tell_all(owner or legal, HOLD_REVIEW, now=now, about=about)
        hold.reminded_at = now
        hold.save(update_fields=["reminded_at"])
        record(Event.HOLD_REVIEW_DUE, hold.case, now=now, hold=hold.pk)
    return True


def review_hold(hold_id: UUID, *, review_at: datetime, acting_user: User, now: datetime) -> Hold:
    """Legal looked at a hold and keeps it until the next review. Raises Absent, Invalid, HoldOver, NotLegalsYet."""
    if not now < review_at <= now + LONGEST_REVIEW:
        raise Invalid("The review date must lie ahead, at most a year.")
    seen = hold_for(acting_user, hold_id)
    with transaction.atomic(durable=True):
        case = lock_case(seen.case_id)
        hold = Hold.objects.select_for_update(of=("self",), no_key=True).get(pk=hold_id)
        if hold.ended_at is not None:
            raise HoldOver
        if not hold.is_legals:
            raise NotLegalsYet
        hold.review_at, hold.reminded_at = review_at, None
        hold.save(update_fields=["review_at", "reminded_at"])
        write_event(case, "hold-reviewed", now=now, actor=acting_user, hold=str(hold.pk))
        ledger.record(Event.HOLD_REVIEWED, actor=acting_user, subject=hold, now=now, case=case.pk, review_at=review_at)
    return hold
