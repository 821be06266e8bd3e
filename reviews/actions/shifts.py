"""Start, pause, resume and end a shift. What a person asks for can only be gentler than the policy.

Pauses and resumptions are in no ledger: who rested when would be a timesheet.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Invalid
from reviews.actions.pacing import EVERYBODYS_LOCALE
from reviews.actions.returns import give_back_all
from reviews.errors import NoShift, ShiftRunning
from reviews.models import Shift
from reviews.models.shifts import MOST_CLIPS
from reviews.states import ShiftState
from reviews.turns import HEAVY
from wellbeing.actions.breaks import end_break, start_break
from wellbeing.actions.pace import clip_ceiling, policy_for, preferences_for
from wellbeing.day import BreakKind


def start_shift(*, acting_user: User, now: datetime, max_clips: int | None = None, minutes: int | None = None) -> Shift:
    """Begin a shift. Raises ShiftRunning (409), Invalid (400) for more than the policy allows."""
    policy = policy_for(acting_user)
    minutes = _at_most("minutes", minutes, policy.shift_minutes)
    preferences = preferences_for(acting_user)
    ceiling = min(MOST_CLIPS, clip_ceiling(policy, preferences, minutes))
    rules = policy.made_gentler_by(preferences)
    max_clips = _at_most("max_clips", max_clips, ceiling)
    try:
        with transaction.atomic(durable=True):
            _end_what_ran_over(acting_user, now)
            shift = Shift.objects.create(
                person=acting_user, started_at=now, ends_at=now + timedelta(minutes=minutes), max_clips=max_clips,
                locales=acting_user.locales or [EVERYBODYS_LOCALE], takes_heavy=rules.heaviest >= HEAVY,
            )  # fmt: skip
            ledger.record(
                Event.SHIFT_STARTED, actor=acting_user, subject=shift, now=now, max_clips=max_clips, minutes=minutes
            )
    except IntegrityError as error:
        raise ShiftRunning from error
    return shift


def pause_shift(*, acting_user: User, now: datetime, kind: BreakKind = BreakKind.SCREEN) -> Shift:
    """Nothing is served while a shift is paused; its end stays where it is. Raises NoShift, IllegalMove.

    A pause begins a break of that kind, so that group figures can say whether breaks lasted; who took one they can't.
    """
    with transaction.atomic(durable=True):
        shift = lock_shift(acting_user, now=now)
        shift.become(ShiftState.PAUSED)
        shift.paused_since = now
        shift.save(update_fields=["state", "paused_since"])
        start_break(acting_user.pk, shift.pk, kind, now)
    return shift


def resume_shift(*, acting_user: User, now: datetime) -> Shift:
    with transaction.atomic(durable=True):
        shift = lock_shift(acting_user, now=now)
        shift.become(ShiftState.ACTIVE)
        shift.paused_since = None
        shift.save(update_fields=["state", "paused_since"])
        end_break(acting_user.pk, now)
    return shift


def end_shift(*, acting_user: User, now: datetime) -> Shift:
    """End it now. What is still on the desk goes back to the queue first, by the same rules as a release."""
    give_back_all(acting_user, now=now)
    with transaction.atomic(durable=True):
        shift = lock_shift(acting_user, now=now)
        _end(shift, actor=acting_user, now=now)
    return shift


def end_overrun_shifts(*, now: datetime, most: int = 500) -> int:
    """The sweep: shifts past their end are over. A clip that is still on a desk may be finished until its lease ends.

    Returns how many were ended.
    """
    with transaction.atomic(durable=True):
        overrun = Shift.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("person")
        shifts = list(overrun.filter(~Q(state=ShiftState.ENDED), ends_at__lte=now).order_by("ends_at")[:most])
        for shift in shifts:
            _end(shift, actor=None, now=now)
    return len(shifts)


def lock_shift(person: User, *, now: datetime) -> Shift:
    """The person's live shift, locked. One past its end counts as none. Raises NoShift."""
    shifts = Shift.objects.select_for_update(no_key=True).filter(~Q(state=ShiftState.ENDED), person=person)
    shift = shifts.first()
    if shift is None or shift.is_over(now):
        raise NoShift
    return shift


def _end_what_ran_over(person: User, now: datetime) -> None:
    shifts = Shift.objects.select_for_update(no_key=True).filter(~Q(state=ShiftState.ENDED), person=person)
    for shift in shifts.filter(ends_at__lte=now):
        _end(shift, actor=None, now=now)


def _end(shift: Shift, *, actor: User | None, now: datetime) -> None:
    shift.become(ShiftState.ENDED)
    shift.ended_at, shift.paused_since = now, None
    shift.save(update_fields=["state", "ended_at", "paused_since"])
    ledger.record(Event.SHIFT_ENDED, actor=actor, subject=shift, now=now, clips_used=shift.clips_used)


def _at_most(name: str, asked: int | None, allowed: int) -> int:
    """What was asked for, or all that is allowed. More is refused rather than cut: the person should know."""
    if asked is not None and asked > allowed:
        raise Invalid("A shift can be gentler than the policy, never harsher.", field=name, at_most=allowed)
    return allowed if asked is None else asked
