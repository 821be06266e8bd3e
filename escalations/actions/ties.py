"""Ties: whoever is too close to a case says so and is out of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalations.access import ALL_SUPERVISORS, case_for, has_tie
from escalations.actions.emergency import MOVES, lock_proposals_on
from escalations.actions.standing import BY_ID
from escalations.actions.timeline import everybody_with, record, team_supervisors, tell_all, write_event
from escalations.locks import lock_case
from escalations.merged import refuse_merged
from escalations.models import Case, Tie
from escalations.notices import CASE_REPORTED
from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.twopeople import supersede
from project.ledger.events import Event
from project.problems import Conflict


class TiedToCase(Conflict):
    code = "tied"
    title = "You declared a tie to this case, so you no longer work on it."


def refuse_tied(person: User, case: Case) -> None:
    """Raises TiedToCase."""
    if has_tie(person, case):
        raise TiedToCase


def declare_tie(case_id: UUID, *, acting_user: User, now: datetime) -> Case:
    """Say that one is too close to a case. What this person proposed is void; twice is once. Raises Absent."""
    case_for(acting_user, case_id)
    with transaction.atomic(durable=True):
        proposals = lock_proposals_on(case_id, acts=(*MOVES, *BY_ID))
        case = lock_case(case_id)
        refuse_merged(case)
        _, is_new = Tie.objects.get_or_create(case=case, person=acting_user, defaults={"declared_at": now})
        if is_new:
            for proposal in proposals:
                if proposal.proposer_id == acting_user.pk:
                    supersede(proposal, now=now)
            write_event(case, "tie-declared", now=now, actor=acting_user)
            record(Event.CASE_TIE_DECLARED, case, now=now, actor=acting_user)
            _reassign(case, now=now)
    return case


def _reassign(case: Case, *, now: datetime) -> None:
    """A team without anybody free to work on its case: every other supervisor is told and sees it from now on."""
    if case.referred_at is not None or case.reach >= ALL_SUPERVISORS or team_supervisors(case):
        return
    case.reach = ALL_SUPERVISORS
    case.save(update_fields=["reach"])
    told = tell_all(everybody_with(Role.SUPERVISOR, case), CASE_REPORTED, now=now, about=case)
    write_event(case, "reassigned", now=now, told=told)
