"""Start, stop and move clocks; climb the ladder when one was missed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from escalations import sla
from escalations.access import ALL_SUPERVISORS, ON_CALL
from escalations.actions.calendars import calendar_of
from escalations.actions.duties import on_call_at
from escalations.actions.timeline import everybody_with, record, team_supervisors, tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, Clock, Rung
from escalations.notices import CASE_LATE
from escalations.sla import Audience
from escalations.states import LEGALS_TURN, ClockKind, State, Tier, hop_clock
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event

_REACH = {Audience.ALL_SUPERVISORS: ALL_SUPERVISORS, Audience.ON_CALL: ON_CALL}


def start_clock(case: Case, kind: ClockKind, *, now: datetime) -> Clock:
    """Start a clock by the case's tier. One of a kind runs at a time: a running one is stopped first."""
    stop_clock(case, kind, now=now)
    calendar = calendar_of(case)
    due_at = sla.due(kind, Tier(case.tier), now, calendar)
    return Clock.objects.create(
        case=case, kind=kind, started_at=now, due_at=due_at, next_rung_at=due_at, calendar=calendar.fingerprint()
    )


def stop_clock(case: Case, kind: ClockKind, *, now: datetime) -> None:
    case.clocks.running().filter(kind=kind).update(stopped_at=now)


def stop_all_clocks(case: Case, *, now: datetime) -> None:
    case.clocks.running().update(stopped_at=now)


def follow_state(case: Case, left: State, *, now: datetime) -> None:
    """Stop the clock of the hop that was made and start that of the next. The caller holds the case's lock."""
    answered = {hop_clock(left, tier) for tier in Tier} - {None}
    case.clocks.running().filter(kind__in=answered).update(stopped_at=now)
    following = hop_clock(State(case.state), Tier(case.tier))
    if following:
        start_clock(case, following, now=now)


def recompute(case: Case, *, now: datetime) -> None:
    """Give every running clock the deadline of the case's tier and calendar now. A later deadline climbs down again.

    Whoever sets the tier has weighed the danger that was reported: what was tightened for it is counted anew.
    """
    calendar = calendar_of(case)
    for clock in case.clocks.running():
        clock.calendar, clock.tightened_at = calendar.fingerprint(), None
        move_deadline(clock, deadline_of(clock, Tier(case.tier), calendar), now)


def tighten(case: Case, *, now: datetime) -> None:
    """Somebody reports danger now: no running clock may be slower than T0's, counted from this moment."""
    for clock in case.clocks.running().exclude(kind=ClockKind.CLOSE):
        clock.tightened_at = clock.tightened_at or now
        soonest = sla.due(ClockKind(clock.kind), Tier.T0, now, calendar_of(case))
        move_deadline(clock, min(clock.due_at, soonest), now)


def deadline_of(clock: Clock, tier: Tier, calendar: sla.Calendar) -> datetime:
    """When a running clock is due by this tier and calendar; one that was tightened is never slower than T0's."""
    kind = ClockKind(clock.kind)
    due_at = sla.due(kind, tier, clock.started_at, calendar)
    if clock.tightened_at is None:
        return due_at
    return min(due_at, sla.due(kind, Tier.T0, clock.tightened_at, calendar))


def move_deadline(clock: Clock, due_at: datetime, now: datetime) -> bool:
    """A clock that had climbed and is on time again makes room for a new one: its rungs stay as they happened.

    Saves whatever else the caller set on the clock. True where the deadline is another one.
    """
    is_moved = due_at != clock.due_at
    if is_moved:
        if clock.rung and due_at > now:
            stop_clock(clock.case, ClockKind(clock.kind), now=now)
            clock = Clock(
                case=clock.case, kind=clock.kind, started_at=clock.started_at,
                calendar=clock.calendar, tightened_at=clock.tightened_at,
            )  # fmt: skip
        clock.due_at, clock.next_rung_at = due_at, max(due_at, now)
    clock.save()
    return is_moved


def due_rungs(*, now: datetime, limit: int = 200) -> list[UUID]:
    """Clocks whose next rung is due, the longest waiting first."""
    waiting = Clock.objects.running().filter(next_rung_at__lte=now).order_by("next_rung_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def climb(clock_id: UUID, *, now: datetime) -> Rung | None:
    """One step up for one missed clock: a rung, notices, a line in timeline and ledger. None if it was answered.

    1. Lock the case, then read the clock again: an act that answers it takes the same lock.
    2. Tell this rung's audience. Where it is empty the next one up is told at once, so nobody waits for nobody.
    3. Write the rung and when the next follows. It climbs until the clock stops.
    """
    with transaction.atomic(durable=True):
        case_id = Clock.objects.filter(pk=clock_id).values_list("case_id", flat=True).get()
        case = lock_case(case_id)
        clock = Clock.objects.running().filter(pk=clock_id, next_rung_at__lte=now).first()
        if clock is None:
            return None
        step, audience, people, is_gap = _next_rung(case, clock, now)
        told = tell_all(people, CASE_LATE, now=now, about=case)
        rung = Rung.objects.create(clock=clock, step=step, audience=audience, told=told, climbed_at=now)
        clock.rung = step
        clock.next_rung_at = sla.next_rung_at(
            step, Tier(case.tier), ClockKind(clock.kind), due_at=clock.due_at, now=now
        )
        clock.save(update_fields=["rung", "next_rung_at"])
        _widen(case, audience)
        said: dict[str, Any] = {"clock": clock.kind, "rung": step, "audience": audience, "told": told}
        said |= {"gap": True} if is_gap else {}
        write_event(case, "climbed", now=now, **said)
        record(Event.CASE_CLOCK_MISSED, case, now=now, **said)
    return rung


def _next_rung(case: Case, clock: Clock, now: datetime) -> tuple[int, Audience, list[User], bool]:
    """The step, its audience, who that is now, and whether nobody fit was on call."""
    legals_turn = _is_legals(case)
    step = clock.rung + 1
    while True:
        audience = sla.audience(step, legals_turn=legals_turn)
        if audience is Audience.ON_CALL:
            on_call = _on_call(case, now, legals_turn=legals_turn)
            return step, audience, on_call or _all_who_answer(case, legals_turn=legals_turn), not on_call
        people = _people(audience, case)
        if people or step >= sla.TOP:
            return step, audience, people, False
        step += 1


def _on_call(case: Case, now: datetime, *, legals_turn: bool) -> list[User]:
    """Whoever the roster names now, is fit to act on this case, and has a business in it."""
    rostered = on_call_at(now)
    return [person for person in _all_who_answer(case, legals_turn=legals_turn) if person.pk in rostered]


def _all_who_answer(case: Case, *, legals_turn: bool) -> list[User]:
    """Who is told where nobody is on call: a gap in the roster must not be a silence."""
    legal = everybody_with(Role.LEGAL, case)
    return legal if legals_turn else [*everybody_with(Role.SUPERVISOR, case), *legal]


def _is_legals(case: Case) -> bool:
    return case.state in LEGALS_TURN or (case.state == State.REOPENED and case.referred_at is not None)


def _people(audience: Audience, case: Case) -> list[User]:
    if audience is Audience.TEAM_SUPERVISORS:
        return team_supervisors(case)
    if audience is Audience.ALL_SUPERVISORS:
        return everybody_with(Role.SUPERVISOR, case)
    return everybody_with(Role.LEGAL, case)


def _widen(case: Case, audience: Audience) -> None:
    """Whoever is told to act must see the case. Legal sees its own already."""
    reach = 0 if _is_legals(case) else _REACH.get(audience, 0)
    if reach > case.reach:
        case.reach = reach
        case.save(update_fields=["reach"])


def climb_all(*, now: datetime) -> int:
    """The sweep: every clock that is due for a rung, each in its own transaction."""
    return sum(climb(clock_id, now=now) is not None for clock_id in due_rungs(now=now))


def late_cases(now: datetime) -> int:
    """How many cases have a running clock past its deadline."""
    return Clock.objects.running().filter(due_at__lt=now).values("case").distinct().count()
