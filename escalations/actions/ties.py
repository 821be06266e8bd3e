"""Ties: whoever is too close to a case says so and is out of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalations.access import case_for, has_tie
from escalations.actions.emergency import lock_proposals_on
from escalations.actions.timeline import record, write_event
from escalations.locks import lock_case
from escalations.models import Case, Tie
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
        proposals = lock_proposals_on(case_id)
        case = lock_case(case_id)
        _, is_new = Tie.objects.get_or_create(case=case, person=acting_user, defaults={"declared_at": now})
        if is_new:
            for proposal in proposals:
                if proposal.proposer_id == acting_user.pk:
                    supersede(proposal, now=now)
            write_event(case, "tie-declared", now=now, actor=acting_user)
            record(Event.CASE_TIE_DECLARED, case, now=now, actor=acting_user)
    return case
