"""Access to one case in an emergency: one of legal asks, another agrees, and it ends by itself after some minutes.

    proposed -> let in -> over
        +-> declined | withdrawn | expired

For a case that is not with legal: somebody rings at night, the team's supervisor is not to be had. Whether it is open
is asked at every read (escalations.access); the sweep only says so. The team is told when it begins and when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from escalations.access import cases_for
from escalations.actions.emergency import tell_fit
from escalations.actions.standing import conflict_with
from escalations.actions.timeline import team_supervisors, tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, EmergencyAccess, Note
from escalations.models.emergency import LONGEST_MINUTES, SHORTEST_MINUTES
from escalations.notices import EMERGENCY_ACCESS_BEGAN, EMERGENCY_ACCESS_ENDED, EMERGENCY_LET_IN
from escalations.sealing import open_words, seal_words, write_note
from project import ledger, vault
from project.accounts.access import Can, may
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, ConflictOfInterest, ProposalOver, proposals_for, propose
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid

WAITS: Final = timedelta(hours=1)  # our own: an emergency that nobody answers within the hour took another way
LONGEST_REASON: Final = 2_000


class CaseIsOpenToYou(Conflict):
    code = "case-is-open"
    title = "You can open this case, or asked for it already."


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a second person has to know before they agree."""

    access: EmergencyAccess
    proposal: Proposal
    reason: str


def propose_access(number: str, *, minutes: int, reason: str, acting_user: User, now: datetime) -> EmergencyAccess:
    """Ask a second of legal for `minutes` in the case of this number.

    Raises Absent for whoever is not legal and for a number that no case has, Invalid, CaseIsOpenToYou,
    ConflictOfInterest.
    """
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"Say why, in 1 to {LONGEST_REASON} characters.", field="reason")
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise Invalid(f"{SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes.", field="minutes")
    open_ones = Case.objects.filter(number=number.strip(), merged_into=None, retired_at=None)
    seen = open_ones.first() if may(acting_user, Can.LEGAL) else None
    if seen is None:
        raise Absent
    key = vault.data_key(seen.pk)
    with transaction.atomic(durable=True):
        case = lock_case(seen.pk)
        _refuse(case, acting_user, now)
        access = EmergencyAccess(case=case, person=acting_user, minutes=minutes, proposed_at=now)
        access.sealed_reason = seal_words(case.pk, access, "sealed_reason", reason.strip(), key=key)
        access.save(force_insert=True)
        facts = {"case": str(case.pk), "access": str(access.pk)}
        proposal = propose(Act.EMERGENCY_ACCESS, subject=access, acting_user=acting_user, now=now, facts=facts)
        event = write_event(case, "emergency-access-proposed", now=now, actor=acting_user, **_facts(access))
        write_note(case, event, Note.Kind.REASON, reason.strip(), now=now, key=key)
        _record(Event.EMERGENCY_ACCESS_PROPOSED, access, acting_user, now, minutes=minutes, proposal=proposal.pk)
        tell_fit(proposal, case, now=now)
    return access


def _refuse(case: Case, person: User, now: datetime) -> None:
    """What ran out and was not swept yet makes room; a reporter, and whoever is close to one, asks for nothing."""
    if why := conflict_with(case, person):
        raise ConflictOfInterest(why)
    for old in EmergencyAccess.objects.filter(case=case, person=person, ended_at=None).select_for_update(no_key=True):
        if old.until is None or old.until > now:
            raise CaseIsOpenToYou
        _end(old, EmergencyAccess.Ending.OVER, None, now)
    if cases_for(person).filter(pk=case.pk).exists():
        raise CaseIsOpenToYou


def conflict(proposal: Proposal, approver: User) -> str | None:
    """Asked again on approval, about whoever asked and whoever agrees."""
    case = Case.objects.get(pk=proposal.facts["case"])
    if conflict_with(case, proposal.proposer):
        return "Whoever asked for it is too close to this case by now."
    return conflict_with(case, approver)


def let_in(proposal: Proposal, approver: User, now: datetime) -> None:
    """The second person's yes, in the mechanism's transaction: the minutes begin."""
    case = lock_case(UUID(proposal.facts["case"]))
    access = _lock(UUID(proposal.subject_id))
    if access.ended_at is not None or not may(access.person, Can.LEGAL):
        raise ProposalOver("Whoever asked for it is not legal any more.")
    access.granted_by, access.granted_at = approver, now
    access.until = now + timedelta(minutes=access.minutes)
    access.save(update_fields=["granted_by", "granted_at", "until"])
    write_event(case, "emergency-access", now=now, actor=approver, **_facts(access))
    _record(Event.EMERGENCY_ACCESS_BEGAN, access, approver, now, until=access.until, proposer=access.person_id)
    tell_all([access.person], EMERGENCY_LET_IN, now=now, about=case)
    tell_all(team_supervisors(case), EMERGENCY_ACCESS_BEGAN, now=now, about=case)


def lapse(proposal: Proposal, now: datetime) -> None:
    """Declined, withdrawn, expired: nobody was let in."""
    case = lock_case(UUID(proposal.facts["case"]))
    access = _lock(UUID(proposal.subject_id))
    access.ended_at, access.ending = now, EmergencyAccess.Ending(proposal.state)
    access.save(update_fields=["ended_at", "ending"])
    write_event(case, f"emergency-access-{access.ending}", now=now, actor=proposal.decider, **_facts(access))
    _record(Event.EMERGENCY_ACCESS_LAPSED, access, proposal.decider, now, ending=access.ending)


def end_all_over(*, now: datetime, limit: int = 200) -> int:
    """Say of every access whose minutes are over that they are; once each, however often it is asked."""
    due = EmergencyAccess.objects.filter(ended_at=None, until__lte=now).values_list("pk", "case")[:limit]
    return sum(_end_one(access_id, case_id, now) for access_id, case_id in list(due))


def _end_one(access_id: UUID, case_id: UUID, now: datetime) -> bool:
    with transaction.atomic(durable=True):
        lock_case(case_id)
        access = _lock(access_id)
        if access.ended_at is not None or access.until is None or access.until > now:
            return False
        _end(access, EmergencyAccess.Ending.OVER, None, now)
    return True


def _end(access: EmergencyAccess, ending: EmergencyAccess.Ending, actor: User | None, now: datetime) -> None:
    access.ended_at, access.ending = now, ending
    access.save(update_fields=["ended_at", "ending"])
    write_event(access.case, f"emergency-access-{ending}", now=now, actor=actor, **_facts(access))
    _record(Event.EMERGENCY_ACCESS_ENDED, access, actor, now, ending=ending)
    tell_all(team_supervisors(access.case), EMERGENCY_ACCESS_ENDED, now=now, about=access.case)


def waiting_for(user: User) -> list[Waiting]:
    """What this person may agree to now, with who asks and why."""
    found = []
    for proposal in proposals_for(user, acts=[Act.EMERGENCY_ACCESS]):
        access = EmergencyAccess.objects.select_related("case", "person").get(pk=proposal.subject_id)
        found.append(Waiting(access, proposal, open_words(access.case_id, access, "sealed_reason")))
    return found


def own_of(user: User, now: datetime) -> list[EmergencyAccess]:
    """What this person asked for and has not ended, newest first."""
    rows = EmergencyAccess.objects.filter(person=user, ended_at=None).select_related("case", "granted_by")
    return [one for one in rows if one.until is None or one.until > now]


def _lock(access_id: UUID) -> EmergencyAccess:
    rows = EmergencyAccess.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case", "person").get(pk=access_id)


def _facts(access: EmergencyAccess) -> dict[str, Any]:
    return {"access": str(access.pk), "minutes": access.minutes}


def _record(event: Event, access: EmergencyAccess, actor: User | None, now: datetime, **facts: object) -> None:
    person = access.person_id
    ledger.record(event, actor=actor, subject=access, now=now, case=access.case_id, person=person, **facts)
