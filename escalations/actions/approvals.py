"""What two people decide about a case: dismissal, decision, the second look after an emergency.

Registered with project.accounts.twopeople, which locks the proposal, checks who approves, and executes once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from escalations.access import case_for
from escalations.actions import counsel, emergency, emergency_access, unmasking
from escalations.actions.clocks import follow_state, start_clock
from escalations.actions.moves import Act as Deed
from escalations.actions.moves import Words, carry_out
from escalations.actions.standing import (
    BY_ID,
    VERB_OF,
    conflict_with,
    is_current,
    may_approve,
    proposals_on,
    stance,
)
from escalations.actions.timeline import nudge_who_saw, record, write_event
from escalations.locks import lock_case, lock_clips_and_case
from escalations.models import Case
from escalations.states import PATH, ClockKind, Decision, IllegalMove, Move, State
from project.accounts import twopeople
from project.accounts.access import Can
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, ProposalOver, Rule
from project.ledger.events import Event
from project.problems import Invalid

# A proposal about a case waits long: an expired one would be an act that failed silently. Its clock climbs meanwhile.
WAITS = timedelta(days=30)


def register() -> None:
    """Tell the two-people mechanism about our acts. Called once, when the app is ready."""
    for act, can in ((Act.DISMISS, Can.TRIAGE), (Act.DECIDE, Can.LEGAL)):
        twopeople.register(act, Rule(can=can, conflict=_conflict, execute=_execute_move, lapse=_lapsed, expires=WAITS))
    twopeople.register(
        Act.EMERGENCY_REVIEW,
        Rule(can=Can.LEGAL, conflict=_conflict, execute=_reviewed, lapse=_review_lapsed, expires=WAITS),
    )
    twopeople.register(
        Act.UNMASK_REPORTER,
        Rule(Can.LEGAL, unmasking.execute, unmasking.conflict, lapse=_lapsed, expires=unmasking.WAITS),
    )
    twopeople.register(
        Act.EMERGENCY_ACCESS,
        Rule(
            Can.LEGAL, emergency_access.let_in, emergency_access.conflict, emergency_access.lapse,
            expires=emergency_access.WAITS,
        ),
    )  # fmt: skip
    twopeople.register(
        Act.COUNSEL_ACCESS, Rule(Can.LEGAL, counsel.let_in, counsel.conflict, counsel.lapse, expires=counsel.WAITS)
    )


def asks_fresh_sign_in(proposal_id: UUID | None) -> bool:
    """Whether a yes to this proposal shows who reported or lets somebody in, which nothing can take back."""
    return proposal_id is not None and Proposal.objects.filter(pk=proposal_id, act__in=BY_ID).exists()


def approve(case_id: UUID, *, acting_user: User, now: datetime, proposal_id: UUID | None = None) -> Case:
    """Approve what waits on a case and carry it out. Raises Absent, IllegalMove, SamePerson, ConflictOfInterest."""
    return _settle(twopeople.approve, "approve", case_id, acting_user, now, proposal_id)


def decline(case_id: UUID, *, acting_user: User, now: datetime, proposal_id: UUID | None = None) -> Case:
    """Say no to what waits on a case."""
    return _settle(twopeople.decline, "decline", case_id, acting_user, now, proposal_id)


def withdraw(case_id: UUID, *, acting_user: User, now: datetime, proposal_id: UUID | None = None) -> Case:
    """Take back one's own proposal on a case."""
    return _settle(twopeople.withdraw, "withdraw", case_id, acting_user, now, proposal_id)


def _settle(
    settle: Callable[..., Proposal], verb: str, case_id: UUID, user: User, now: datetime, proposal_id: UUID | None
) -> Case:
    """Find the proposal that is meant and hand it to the mechanism, which locks it before the case.

    Whoever is refused learns why: the mechanism's own conflicts speak before a plain "not possible". Showing who
    reported and letting counsel in are never meant by silence: each is settled by its own id alone.
    """
    case = case_for(user, case_id)
    waiting = _meant(proposals_on(case), proposal_id)
    own = verb == "withdraw"
    meant = [one for one in waiting if (one.proposer_id == user.pk if own else may_approve(one, case, user))] or waiting
    if not meant:
        raise IllegalMove(verb, stance(user, case).verbs)
    settle(meant[0].pk, acting_user=user, now=now)
    return Case.objects.select_related("team").get(pk=case_id)


def _meant(waiting: list[Proposal], proposal_id: UUID | None) -> list[Proposal]:
    if proposal_id is not None:
        return [one for one in waiting if one.pk == proposal_id]
    unsaid = [one for one in waiting if one.act not in BY_ID]
    if waiting and not unsaid:
        raise Invalid("Say which proposal is meant.", field="proposal")
    return unsaid


def _conflict(proposal: Proposal, approver: User) -> str | None:
    return conflict_with(Case.objects.get(pk=proposal.facts["case"]), approver)


def _execute_move(proposal: Proposal, approver: User, now: datetime) -> None:
    """Make the proposed move, if the case still stands as it did. Raises ProposalOver where it does not."""
    clips, case = lock_clips_and_case(UUID(proposal.facts["case"]))
    if not is_current(proposal, case):
        raise ProposalOver("The case has moved on since this was proposed.")
    move = _move_of(VERB_OF[proposal.act], case)
    decision = proposal.facts.get("decision")
    words = Words(decision=Decision(decision) if decision else None)
    carry_out(Deed(case, move, words, approver, now, facts={"proposed_by": str(proposal.proposer_id)}), clips)


def _move_of(verb: str, case: Case) -> Move:
    standing = case.standing()
    for move in PATH:
        if move.verb == verb and case.state in move.sources and (move.guard is None or move.guard(standing)):
            return move
    raise IllegalMove(verb, [])


def _lapsed(proposal: Proposal, now: datetime) -> None:
    """Declined, withdrawn or overtaken: the case stays where it is, and the timeline says so."""
    case = lock_case(UUID(proposal.facts["case"]))
    kind = f"{VERB_OF[proposal.act]}-{proposal.state}"
    if proposal.act == Act.DISMISS:  # other teams' supervisors saw it for as long as it was proposed to them
        nudge_who_saw(case, all_supervisors=True)
    write_event(case, kind, now=now, actor=proposal.decider)
    record(
        Event.CASE_PROPOSAL_LAPSED, case, now=now, actor=proposal.decider, proposal=proposal.pk, outcome=proposal.state
    )


def _reviewed(proposal: Proposal, approver: User, now: datetime) -> None:
    case = lock_case(UUID(proposal.facts["case"]))
    emergency.finish_second_look(proposal, case, approved=True, reviewer=approver, now=now)


def _review_lapsed(proposal: Proposal, now: datetime) -> None:
    """An objection reopens what one person decided alone; withdrawn or expired, the review is asked for again."""
    if proposal.state != Proposal.State.DECLINED or proposal.decider is None:
        emergency.ask_again(proposal, now=now)
        return
    case = lock_case(UUID(proposal.facts["case"]))
    emergency.finish_second_look(proposal, case, approved=False, reviewer=proposal.decider, now=now)
    if proposal.facts["verb"] == "decide" and case.state == State.DECIDED:
        _reopen_after_objection(case, proposal.decider, now)


def _reopen_after_objection(case: Case, reviewer: User, now: datetime) -> None:
    """Decided goes back to reopened. The evidence never left the case, so no clip's lock is needed."""
    case.state, case.version = State.REOPENED, case.version + 1
    case.save(update_fields=["state", "version"])
    follow_state(case, State.DECIDED, now=now)
    start_clock(case, ClockKind.DECIDE, now=now)
    write_event(case, "reopen", now=now, actor=reviewer, from_state=State.DECIDED)
    record(Event.CASE_MOVED, case, now=now, actor=reviewer, verb="reopen", came_from=State.DECIDED, to=case.state)
