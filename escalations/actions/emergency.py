"""What one person may do alone in T0, and the second look that must follow within 24 hours.

An emergency act (a decision, a disclosure, an export) is done at once. Its review is a proposal that somebody else
approves or declines; it is never dropped: withdrawn or expired, it is asked again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from escalations.actions.clocks import start_clock, stop_clock
from escalations.actions.timeline import everybody_with, record, tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, CaseEvent
from escalations.notices import CASE_OBJECTED, CASE_SECOND_LOOK
from escalations.states import ClockKind
from project.accounts.access import Role
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, fit_approvers, propose
from project.ledger.events import Event
from project.notices.kinds import PROPOSAL_WAITS

MOVES = (Act.DISMISS.value, Act.DECIDE.value)


def lock_proposals_on(*case_ids: UUID, acts: Collection[str] = MOVES) -> list[Proposal]:
    """Open proposals of these acts on these cases, locked in pk order, before any case (escalations.locks)."""
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    asked = Q(state=Proposal.State.PROPOSED, act__in=acts, facts__case__in=[str(one) for one in case_ids])
    return list(rows.filter(asked).order_by("pk"))


def tell_fit(proposal: Proposal, case: Case, *, now: datetime) -> int:
    """Tell everybody who could approve it now."""
    return tell_all(fit_approvers(proposal), PROPOSAL_WAITS, now=now, about=case)


def ask_second_look(case: Case, event: CaseEvent, *, acting_user: User, now: datetime) -> Proposal:
    """Ask for the review of an act that one person did alone. The caller holds the case's lock."""
    facts = {"case": str(case.pk), "event": event.pk, "verb": event.kind}
    proposal = propose(Act.EMERGENCY_REVIEW, subject=event, acting_user=acting_user, now=now, facts=facts)
    if not case.clocks.running().filter(kind=ClockKind.REVIEW).exists():
        start_clock(case, ClockKind.REVIEW, now=now)
    case.review_open = True
    case.save(update_fields=["review_open"])
    tell_all(fit_approvers(proposal), CASE_SECOND_LOOK, now=now, about=case)
    return proposal


def finish_second_look(proposal: Proposal, case: Case, *, approved: bool, reviewer: User, now: datetime) -> None:
    """Somebody else looked. The caller holds the case's lock; an objection is told to all of legal."""
    verb = str(proposal.facts["verb"])
    write_event(case, "reviewed" if approved else "objected", now=now, actor=reviewer, verb=verb)
    record(Event.EMERGENCY_REVIEWED, case, now=now, actor=reviewer, verb=verb, approved=approved)
    if not approved:
        tell_all(everybody_with(Role.LEGAL, case), CASE_OBJECTED, now=now, about=case)
    still = Proposal.objects.filter(act=Act.EMERGENCY_REVIEW.value, state=Proposal.State.PROPOSED)
    case.review_open = still.filter(facts__case=str(case.pk)).exclude(pk=proposal.pk).exists()
    case.save(update_fields=["review_open"])
    if not case.review_open:
        stop_clock(case, ClockKind.REVIEW, now=now)


def ask_again(proposal: Proposal, *, now: datetime) -> None:
    """A second look that was withdrawn or expired is asked for anew."""
    case = lock_case(UUID(proposal.facts["case"]))
    event = CaseEvent.objects.get(pk=proposal.facts["event"])
    ask_second_look(case, event, acting_user=proposal.proposer, now=now)
