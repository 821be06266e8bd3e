"""Count running clocks anew when the calendar they were counted by is no longer their team's.

Each clock carries its calendar's fingerprint, so the work that is left is a row, whatever changed: a team's hours,
weekdays, days off or zone, the organisation's days off, or the team of the case. The sweep may run twice or late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalations.actions.calendars import calendar_of, calendar_of_team
from escalations.actions.clocks import deadline_of, move_deadline
from escalations.actions.timeline import record, write_event
from escalations.locks import lock_case
from escalations.models import Case, Clock
from escalations.states import Tier
from project.accounts.models import Team
from project.ledger.events import Event


def recount(case: Case, *, now: datetime) -> list[str]:
    """The kinds of this case's clocks that have another deadline now. The caller holds the case's lock.

    A clock that was missed stays missed, on its rung: a day off that is found afterwards excuses nobody.
    """
    calendar = calendar_of(case)
    moved = []
    for clock in case.clocks.running().exclude(calendar=calendar.fingerprint()):
        clock.calendar = calendar.fingerprint()
        due_at = clock.due_at if clock.due_at <= now else deadline_of(clock, Tier(case.tier), calendar)
        if move_deadline(clock, due_at, now):
            moved.append(clock.kind)
    return sorted(moved)


def recount_case(case_id: UUID, *, now: datetime) -> bool:
    """One case by its team's calendar of now; a line and an entry where a deadline moved. True where one did."""
    with transaction.atomic(durable=True):
        case = lock_case(case_id)
        moved = recount(case, now=now)
        if moved:
            write_event(case, "recounted", now=now, clocks=moved)
            record(Event.CASE_CLOCKS_RECOUNTED, case, now=now, clocks=moved)
    return bool(moved)


def cases_to_recount() -> Iterator[UUID]:
    """Cases with a running clock that was counted by a calendar that is no longer its team's."""
    running = Clock.objects.running().order_by()
    for team_id in list(running.values_list("case__team", flat=True).distinct()):
        team = Team.objects.filter(pk=team_id).first()
        stale = running.filter(case__team=team_id).exclude(calendar=calendar_of_team(team).fingerprint())
        yield from list(stale.values_list("case", flat=True).distinct())


def recount_all(*, now: datetime) -> int:
    """The sweep: each case in its own transaction. Returns how many got another deadline."""
    return sum(recount_case(case_id, now=now) for case_id in cases_to_recount())
