"""Who learns of a move: the next person in line, and the reporter in words that reveal nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from escalations.actions.timeline import everybody_with, team_supervisors, tell_all, tell_reporters
from escalations.models import Case
from escalations.notices import (
    CASE_QUESTION,
    CASE_REFERRED,
    REPORT_CLOSED,
    REPORT_DECIDED,
    REPORT_LOOKED_AT,
    REPORT_QUESTION,
)
from escalations.states import Move, State
from project.accounts.access import Role
from project.notices.kinds import Kind

_TO_REPORTER: Final[dict[State, Kind]] = {
    State.ACKNOWLEDGED: REPORT_LOOKED_AT,
    State.DECIDED: REPORT_DECIDED,
    State.CLOSED: REPORT_CLOSED,
    State.DISMISSED: REPORT_CLOSED,
}


def announce_move(case: Case, move: Move, *, now: datetime) -> None:
    """Notices of one move, in its transaction. A supervisor's question goes to the reporter, legal's to the team."""
    if move.target is None:
        return
    if move.target == State.NEEDS_INFORMATION:
        _ask(case, by_legal=Role.LEGAL in move.roles, now=now)
    if move.verb == "refer":
        tell_all(everybody_with(Role.LEGAL, case), CASE_REFERRED, now=now, about=case)
    if kind := _TO_REPORTER.get(move.target):
        tell_reporters(case, kind, now=now)


def _ask(case: Case, *, by_legal: bool, now: datetime) -> None:
    if by_legal:
        tell_all(team_supervisors(case) or everybody_with(Role.SUPERVISOR, case), CASE_QUESTION, now=now, about=case)
    else:
        tell_reporters(case, REPORT_QUESTION, now=now)
