"""Start, pause, resume and end a shift. What a person asks for can only be gentler than the policy.

Pauses and resumptions are in no ledger: who rested when would be a timesheet.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from reviews.actions.pacing import EVERYBODYS_LOCALE
from reviews.actions.returns import give_back_all, return_unheard
from reviews.errors import NoShift, ShiftRunning
from reviews.models import PlannedShift, Shift
from reviews.plan_access import lock_plan_to_start, was_used
from reviews.plan_errors import OnlyPlanned
from reviews.shift_terms import Terms
from reviews.states import ShiftState
from reviews.turns import HEAVY
from wellbeing.actions.breaks import end_break, start_break
from wellbeing.actions.pace import policy_for, preferences_for
from wellbeing.actions.workshifts import begin_workshift, end_workshift
from wellbeing.day import BreakKind


def start_shift(
    *,
    acting_user: User,
    now: datetime,
    max_clips: int | None = None,
    minutes: int | None = None,
    plan_id: UUID | None = None,
) -> Shift:
    """Begin a shift: the planned one that is named, or the one planned for now, or an unplanned one.

    A plan's end and limits hold whether or not it was named: nobody gets around a gentler plan by not naming it.
    Raises ShiftRunning, OnlyPlanned, PlanUsed, PlanNotNow (409), Absent, Invalid (400) for more than is allowed.
    """
    policy, preferences = policy_for(acting_user), preferences_for(acting_user)
    try:
        with transaction.atomic(durable=True):
            plan = lock_plan_to_start(acting_user, plan_id, now=now)
            if plan is None and not policy.unplanned_shifts:
                raise OnlyPlanned
            terms = Terms.of(policy, preferences, plan, now, max_clips=max_clips, minutes=minutes)
            _end_what_ran_over(acting_user, now)
            return _begin(acting_user, terms, plan, now)
    except IntegrityError as error:
        raise ShiftRunning from error


def _begin(person: User, terms: Terms, plan: PlannedShift | None, now: datetime) -> Shift:
    shift = Shift.objects.create(
        person=person, started_at=now, ends_at=terms.ends_at, plan=plan if plan and not was_used(plan) else None,
        max_clips=terms.max_clips, max_listening_minutes=terms.max_listening_minutes,
        max_heavy_minutes=terms.max_heavy_minutes,
        locales=person.locales or [EVERYBODYS_LOCALE], takes_heavy=terms.rules.heaviest >= HEAVY,
    )  # fmt: skip
    begin_workshift(person.pk, limits=plan.limits if plan else None, now=now)
    length = (shift.ends_at - now) // timedelta(minutes=1)
    ledger.record(Event.SHIFT_STARTED, actor=person, subject=shift, now=now, max_clips=shift.max_clips, minutes=length)
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
    give_back_all(acting_user, actor=acting_user, now=now)
    with transaction.atomic(durable=True):
        shift = lock_shift(acting_user, now=now)
        end_locked(shift, actor=acting_user, now=now)
    return shift


def end_overrun_shifts(*, now: datetime, most: int = 500) -> int:
    """The sweep: shifts past their end are over, and what lies unheard on their desks queues again.

    A clip that was begun may be finished until its lease runs out, ten minutes at most: a flag that somebody is
    typing is not lost to the clock. Returns how many were ended.
    """
    with transaction.atomic(durable=True):
        overrun = Shift.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("person")
        shifts = list(overrun.filter(~Q(state=ShiftState.ENDED), ends_at__lte=now).order_by("ends_at")[:most])
        for shift in shifts:
            end_locked(shift, actor=None, now=now)
    return_unheard([shift.pk for shift in shifts], now=now)
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
        end_locked(shift, actor=None, now=now)


def end_locked(shift: Shift, *, actor: User | None, now: datetime) -> None:
    """The end itself, in a transaction that holds the shift's lock; `actor` None: the clock's or the service's."""
    shift.become(ShiftState.ENDED)
    shift.ended_at, shift.paused_since = now, None
    shift.save(update_fields=["state", "ended_at", "paused_since"])
    end_workshift(shift.person_id, began_at=shift.started_at)
    ledger.record(Event.SHIFT_ENDED, actor=actor, subject=shift, now=now, clips_used=shift.clips_used)
