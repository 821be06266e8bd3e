"""Acts that need two people: one mechanism for all of them.

    proposed -> executed | declined | withdrawn | expired

An app registers a `Rule` for its act: who may approve, who has a conflict, and what happens on approval. The
approval and the act commit together, once: the proposal's row is locked, so the second of two approvers at the
same moment finds it over. Where no fit approver exists nothing happens; nothing approves itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models, transaction

from project import ledger
from project.accounts.access import Can, may
from project.accounts.models import Proposal, User
from project.ledger.events import Event
from project.problems import Absent, Conflict


class Act(models.TextChoices):
    EXPORT = "export", "Export evidence"
    EXPORT_WITHOUT_TIMESTAMP = "export-without-timestamp", "Build an export without a timestamp"
    DISMISS = "dismiss", "Dismiss a case"
    DECIDE = "decide", "Decide a case"
    UNMASK_PSEUDONYM = "unmask-pseudonym", "Lift a pseudonym in a support room"
    UNMASK_REPORTER = "unmask-reporter", "Show who reported a case"
    COUNSEL_ACCESS = "counsel-access", "Let outside counsel into a case"
    EMERGENCY_ACCESS = "emergency-access", "Open a case in an emergency"
    EMERGENCY_REVIEW = "emergency-review", "Review what was done in an emergency"


class SamePerson(Conflict):
    code = "same-person"
    title = "This needs a second person: whoever proposed it cannot approve it."


class ConflictOfInterest(Conflict):
    code = "conflict-of-interest"
    title = "You are too close to this to approve it."


class ProposalOver(Conflict):
    code = "proposal-over"
    title = "This proposal is no longer open."


class AlreadyProposed(Conflict):
    code = "already-proposed"
    title = "This was proposed already and waits for a second person."


@dataclass(frozen=True, slots=True)
class Rule:
    """What one act asks for. `conflict` says in plain words why this person may not approve, or None."""

    can: Can
    execute: Callable[[Proposal, User, datetime], None]
    conflict: Callable[[Proposal, User], str | None] = lambda proposal, approver: None
    lapse: Callable[[Proposal, datetime], None] = lambda proposal, now: None
    expires: timedelta = timedelta(days=7)


_rules: dict[str, Rule] = {}
_CLOSED_BY: Final[dict[str, Event]] = {
    Proposal.State.DECLINED: Event.DECLINED,
    Proposal.State.WITHDRAWN: Event.WITHDRAWN,
    Proposal.State.EXPIRED: Event.EXPIRED,
}


def register(act: Act, rule: Rule) -> None:
    _rules[act.value] = rule


def propose(
    act: Act, *, subject: models.Model, acting_user: User, now: datetime, facts: dict[str, Any] | None = None
) -> Proposal:
    """Ask for a second person, in the caller's transaction. Raises AlreadyProposed while one is open on the subject."""
    key = {"act": act.value, "subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}
    proposal, made = Proposal.objects.get_or_create(
        **key,
        state=Proposal.State.PROPOSED,
        defaults={
            "proposer": acting_user,
            "proposed_at": now,
            "expires_at": now + _rules[act.value].expires,
            "facts": facts or {},
        },
    )
    if not made:
        raise AlreadyProposed(proposal=str(proposal.pk))
    ledger.record(Event.PROPOSED, actor=acting_user, subject=proposal, now=now, act=act.value, on=subject.pk)
    return proposal


def approve(proposal_id: UUID, *, acting_user: User, now: datetime) -> Proposal:
    """Approve and carry out, in one transaction, once.

    Raises Absent for whoever lacks the role, SamePerson, ConflictOfInterest, ProposalOver.
    """
    with transaction.atomic(durable=True):
        proposal, rule = _open_proposal(proposal_id, acting_user=acting_user, now=now)
        _refuse_unfit(proposal, rule, acting_user)
        _decide(proposal, Proposal.State.EXECUTED, acting_user, now)
        ledger.record(Event.APPROVED, actor=acting_user, subject=proposal, now=now, act=proposal.act)
        rule.execute(proposal, acting_user, now)
    return proposal


def decline(proposal_id: UUID, *, acting_user: User, now: datetime) -> Proposal:
    """Say no to it. Whoever could approve may decline; the same conflicts apply."""
    with transaction.atomic(durable=True):
        proposal, rule = _open_proposal(proposal_id, acting_user=acting_user, now=now)
        _refuse_unfit(proposal, rule, acting_user)
        _lapse(proposal, rule, Proposal.State.DECLINED, acting_user, now)
    return proposal


def withdraw(proposal_id: UUID, *, acting_user: User, now: datetime) -> Proposal:
    """Take back one's own proposal. Raises Absent for anybody else's."""
    with transaction.atomic(durable=True):
        proposal, rule = _open_proposal(proposal_id, acting_user=acting_user, now=now)
        if proposal.proposer_id != acting_user.pk:
            raise Absent
        _lapse(proposal, rule, Proposal.State.WITHDRAWN, acting_user, now)
    return proposal


def supersede(proposal: Proposal, *, now: datetime) -> None:
    """Close a proposal that events have overtaken, in the caller's transaction, which holds the proposal's lock."""
    _lapse(proposal, _rules[proposal.act], Proposal.State.WITHDRAWN, None, now)


def expire_proposals(*, now: datetime) -> int:
    """Close what nobody decided in time. Each in its own transaction, so one that fails holds up no other."""
    due = Proposal.objects.filter(state=Proposal.State.PROPOSED, expires_at__lte=now).values_list("pk", flat=True)[:500]
    proposal_ids = list(due)
    for proposal_id in proposal_ids:
        with transaction.atomic():
            proposal = Proposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal_id)
            if proposal.state == Proposal.State.PROPOSED:
                _lapse(proposal, _rules[proposal.act], Proposal.State.EXPIRED, None, now)
    return len(proposal_ids)


def open_proposal_on(act: Act, subject: models.Model) -> Proposal | None:
    return Proposal.objects.filter(
        act=act.value,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        state=Proposal.State.PROPOSED,
    ).first()


def proposals_for(user: User, *, acts: Iterable[Act] = Act) -> list[Proposal]:
    """Open proposals that this person could approve now, oldest first, at most 100."""
    names = [act.value for act in acts if act.value in _rules and may(user, _rules[act.value].can)]
    waiting = Proposal.objects.filter(state=Proposal.State.PROPOSED, act__in=names).exclude(proposer=user)
    rows = waiting.select_related("proposer").order_by("proposed_at")[:100]
    return [row for row in rows if _rules[row.act].conflict(row, user) is None]


def fit_approvers(proposal: Proposal) -> list[User]:
    """Everybody who could approve this now; empty means that it waits until somebody fit exists."""
    rule = _rules[proposal.act]
    people = User.objects.filter(is_active=True).exclude(pk=proposal.proposer_id).select_related("team")
    return [one for one in people if may(one, rule.can) and rule.conflict(proposal, one) is None]


def _open_proposal(proposal_id: UUID, *, acting_user: User, now: datetime) -> tuple[Proposal, Rule]:
    proposal = Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk=proposal_id).first()
    if proposal is None or not may(acting_user, _rules[proposal.act].can):
        raise Absent
    if proposal.state != Proposal.State.PROPOSED or proposal.expires_at <= now:
        raise ProposalOver(state=proposal.state)
    return proposal, _rules[proposal.act]


def _refuse_unfit(proposal: Proposal, rule: Rule, acting_user: User) -> None:
    if proposal.proposer_id == acting_user.pk:
        raise SamePerson
    reason = rule.conflict(proposal, acting_user)
    if reason is not None:
        raise ConflictOfInterest(reason)


def _decide(proposal: Proposal, state: str, decider: User | None, now: datetime) -> None:
    proposal.state, proposal.decider, proposal.decided_at = state, decider, now
    proposal.save(update_fields=["state", "decider", "decided_at"])


def _lapse(proposal: Proposal, rule: Rule, state: str, decider: User | None, now: datetime) -> None:
    _decide(proposal, state, decider, now)
    ledger.record(_CLOSED_BY[state], actor=decider, subject=proposal, now=now, act=proposal.act)
    rule.lapse(proposal, now)
