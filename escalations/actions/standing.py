"""What one person may do on a case now: the roles they have on it, what waits for approval, the verbs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from escalations.access import ALL_SUPERVISORS, ON_CALL
from escalations.models import Case, Report, Tie
from escalations.states import allowed_verbs
from project.accounts.access import Can, Role, line_of_command, may
from project.accounts.models import Proposal, Team, User
from project.accounts.twopeople import Act, fit_approvers

REVIEW = Act.EMERGENCY_REVIEW.value
ACT_OF = {"dismiss": Act.DISMISS, "decide": Act.DECIDE}
UNMASK = Act.UNMASK_REPORTER.value
COUNSEL = Act.COUNSEL_ACCESS.value
# Settled by their own id alone and with a fresh sign-in: what somebody has seen cannot be taken back.
BY_ID = (UNMASK, COUNSEL)
VERB_OF = {
    Act.DISMISS.value: "dismiss",
    Act.DECIDE.value: "decide",
    REVIEW: "review",
    UNMASK: "unmask",
    COUNSEL: "counsel",
}
# Those that move the case: void once the case has moved on, and not offered twice. The others stand beside the path.
_MOVES = frozenset(act.value for act in ACT_OF.values())
_CAN = {
    Act.DISMISS.value: Can.TRIAGE,
    Act.DECIDE.value: Can.LEGAL,
    REVIEW: Can.LEGAL,
    UNMASK: Can.LEGAL,
    COUNSEL: Can.LEGAL,
}
_MISSING = {
    "dismiss": "a supervisor outside the reporter's line of command, without a tie to this case",
    "decide": "a second legal person, who neither reported this nor leads the reporter's team, without a tie to it",
    "unmask": "a second legal person, who neither reported this nor leads the reporter's team, without a tie to it",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One proposal on a case, as one person may see it."""

    proposal: Proposal
    verb: str
    may_approve: bool
    may_withdraw: bool

    def missing(self) -> str:
        """Who would have to exist for it to go on; empty where somebody does. Asks about every account."""
        return "" if fit_approvers(self.proposal) else _MISSING.get(self.verb, _MISSING["decide"])


@dataclass(frozen=True, slots=True)
class Stance:
    """One person before one case: their roles on it, their verbs in the path's order, what waits for a second."""

    roles: frozenset[Role]
    verbs: list[str]
    waiting: list[Waiting] = field(default_factory=list)


def stance(user: User, case: Case) -> Stance:
    """Everything that this person may do on this case now."""
    return stances(user, [case])[case.pk]


def stances(user: User, cases: Sequence[Case]) -> dict[UUID, Stance]:
    """The same for many cases of a board, in a bounded number of queries."""
    ids = [case.pk for case in cases]
    barred = set(Tie.objects.filter(person=user, case__in=ids).values_list("case_id", flat=True))
    barred |= set(Report.objects.filter(reporter=user, case__in=ids).values_list("case_id", flat=True))
    led = set(Team.objects.filter(supervisors=user).values_list("pk", flat=True))
    waiting = _waiting(cases)
    return {
        case.pk: _stance(user, case, waiting[case.pk], frozenset() if case.pk in barred else _roles(user, case, led))
        for case in cases
    }


def roles_on(user: User, case: Case) -> frozenset[Role]:
    """The roles that this person has on this case. A supervisor who only sees a proposal has none: they approve it.

    Whoever reported it or declared a tie has none either: nobody works on their own report.
    """
    return stance(user, case).roles


def _roles(user: User, case: Case, led: Collection[UUID]) -> frozenset[Role]:
    found = set()
    if may(user, Can.TRIAGE) and (case.reach >= ALL_SUPERVISORS or case.team_id in led):
        found.add(Role.SUPERVISOR)
    if may(user, Can.LEGAL) and (case.referred_at is not None or is_on_call(case)):
        found.add(Role.LEGAL)
    return frozenset(found)


def _waiting(cases: Sequence[Case]) -> dict[UUID, list[Proposal]]:
    by_id = {str(case.pk): case for case in cases}
    rows = Proposal.objects.filter(state=Proposal.State.PROPOSED, act__in=VERB_OF, facts__case__in=list(by_id))
    found: dict[UUID, list[Proposal]] = defaultdict(list)
    for proposal in rows.select_related("proposer").order_by("proposed_at"):
        case = by_id[proposal.facts["case"]]
        if is_current(proposal, case):
            found[case.pk].append(proposal)
    return found


def _stance(user: User, case: Case, proposals: list[Proposal], roles: frozenset[Role]) -> Stance:
    waiting = [
        Waiting(
            proposal,
            VERB_OF[proposal.act],
            may_approve(proposal, case, user),
            proposal.proposer_id == user.pk and proposal.act != REVIEW,
        )
        for proposal in proposals
    ]
    verbs = allowed_verbs(case.standing(pending_verb(proposals)), roles, on_call=is_on_call(case))
    if any(one.may_approve for one in waiting):
        verbs += ["approve", "decline"]
    if any(one.may_withdraw for one in waiting):
        verbs.append("withdraw")
    return Stance(roles, verbs, waiting)


def is_on_call(case: Case) -> bool:
    return case.reach >= ON_CALL


def leads_team_of(user: User, case: Case) -> bool:
    return case.team_id is not None and Team.objects.filter(pk=case.team_id, supervisors=user).exists()


def proposals_on(case: Case) -> list[Proposal]:
    """Everything about this case that waits for a second person, oldest first; what is out of date is left out."""
    return _waiting([case])[case.pk]


def is_current(proposal: Proposal, case: Case) -> bool:
    """A proposal to move the case is about the case as it was: a move or a follow-up since makes it void."""
    return proposal.act not in _MOVES or proposal.facts.get("version") == case.version


def pending_verb(proposals: Iterable[Proposal]) -> str:
    return next((VERB_OF[one.act] for one in proposals if one.act in _MOVES), "")


def conflict_with(case: Case, person: User) -> str | None:
    """Why this person may not approve anything in this case, in plain words, or None."""
    reports = list(Report.objects.filter(case=case).select_related("reporter__team"))
    if any(report.reporter_id == person.pk for report in reports):
        return "You reported this."
    if leads_team_of(person, case) or any(person.pk in line_of_command(report.reporter) for report in reports):
        return "Somebody of your team reported this."
    if Tie.objects.filter(case=case, person=person).exists():
        return "You declared a tie to this case."
    return None


def too_close_for_two(proposal: Proposal, case: Case, approver: User) -> str | None:
    """Why these two may not learn who reported or let somebody in: a tie of either, or a case that is not legal's."""
    if conflict_with(case, proposal.proposer):
        return "Whoever asked for it is too close to this case by now."
    if case.referred_at is None and not is_on_call(case):
        return "This case is not with legal."
    return conflict_with(case, approver)


def may_approve(proposal: Proposal, case: Case, user: User) -> bool:
    if not may(user, _CAN[proposal.act]) or proposal.proposer_id == user.pk:
        return False
    return (too_close_for_two(proposal, case, user) if proposal.act in BY_ID else conflict_with(case, user)) is None
