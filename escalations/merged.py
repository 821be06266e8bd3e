"""A case that was merged is read, not worked on: whoever acts on it is told where it goes on."""

from __future__ import annotations

from escalations.models import Case
from escalations.states import State
from project.problems import Conflict


class CaseMerged(Conflict):
    code = "case-merged"
    title = "This case was merged into another and is read-only."


def refuse_merged(case: Case) -> None:
    """Raises CaseMerged (409) with the number and the id of the case that goes on."""
    if case.state == State.MERGED and case.merged_into is not None:
        raise CaseMerged(f"It goes on as {case.merged_into.number}.", merged_into=str(case.merged_into_id))
