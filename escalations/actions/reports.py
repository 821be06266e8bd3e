"""What becomes of a report, for the person who made it: words that reveal nothing of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from escalations.access import report_for, reports_of
from escalations.actions.timeline import everybody_with, record, team_supervisors, tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, CaseEvent, Note, Report
from escalations.notices import CASE_FOLLOW_UP
from escalations.sealing import write_note
from escalations.states import State
from project import vault
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Conflict


class Outcome(StrEnum):
    RECEIVED = "received"
    LOOKED_AT = "being_looked_at"
    DECIDED = "decided"
    CLOSED = "closed"


_OUTCOME: Final[dict[State, Outcome]] = {
    State.REPORTED: Outcome.RECEIVED,
    State.DECIDED: Outcome.DECIDED,
    State.CLOSED: Outcome.CLOSED,
    State.DISMISSED: Outcome.CLOSED,
}
WORDS: Final[dict[Outcome, str]] = {
    Outcome.RECEIVED: "We have it. Somebody will look at it soon.",
    Outcome.LOOKED_AT: "The people responsible are looking at it. You need not do anything.",
    Outcome.DECIDED: "The people responsible have decided what happens next.",
    Outcome.CLOSED: "The people responsible have finished. Thank you for speaking up.",
}


class ReportMoved(Conflict):
    code = "report-moved"
    title = "Your report was put together with another a moment ago. Please send it again."


class ReportOver(Conflict):
    code = "report-over"
    title = "This report is closed. Thank you, nothing more is needed."


@dataclass(frozen=True, slots=True)
class Told:
    """One report as its reporter may see it. `may_add`: more can still be said about it. All times UTC."""

    id: UUID
    reported_at: datetime
    outcome: Outcome
    words: str
    changed_at: datetime
    question: bool
    may_add: bool


def told_of(user: User, *, limit: int = 200) -> list[Told]:
    """What became of this person's reports, newest first. Two queries."""
    reports = list(reports_of(user)[:limit])
    cases = {report.case_id for report in reports}
    moves = CaseEvent.objects.filter(case__in=cases).exclude(to_state="").order_by("at", "pk")
    changes = [(case_id, _OUTCOME.get(State(to), Outcome.LOOKED_AT), at) for case_id, to, at in moves.values_list(
        "case_id", "to_state", "at"
    )]  # fmt: skip
    return [_told(report, [(to, at) for case_id, to, at in changes if case_id == report.case_id]) for report in reports]


def outcome_of(case: Case) -> Outcome:
    return _OUTCOME.get(State(case.state), Outcome.LOOKED_AT)


def _told(report: Report, changes: list[tuple[Outcome, datetime]]) -> Told:
    """`changed_at` is when the outcome became what it is, not when the case last moved: that would tell of the case."""
    case, outcome, changed_at = report.case, outcome_of(report.case), report.reported_at
    latest = None
    for became, at in changes:
        if became != latest:
            latest, changed_at = became, max(at, report.reported_at)
    return Told(
        report.pk, report.reported_at, outcome, WORDS[outcome], changed_at,
        case.state == State.NEEDS_INFORMATION and case.referred_at is None, case.is_open,
    )  # fmt: skip


def add_to_report(report_id: UUID, text: str, *, acting_user: User, now: datetime) -> Report:
    """The reporter adds what they remember, without hearing anything again. Raises Absent, ReportOver."""
    report = report_for(acting_user, report_id)
    key = vault.data_key(report.case_id)
    with transaction.atomic(durable=True):
        case = lock_case(report.case_id)
        if case.state == State.MERGED:  # a moment ago: the report went along, and so does what is added to it
            raise ReportMoved
        if not case.is_open:
            raise ReportOver
        event = write_event(case, "answered", now=now, report=report)
        write_note(case, event, Note.Kind.ANSWER, text, now=now, key=key)
        case.version += 1
        case.save(update_fields=["version"])
        record(Event.CASE_ANSWERED, case, now=now, report=report.pk)
        people = team_supervisors(case) or everybody_with(Role.SUPERVISOR, case)
        tell_all(people, CASE_FOLLOW_UP, now=now, about=case)
    return report
