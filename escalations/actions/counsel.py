"""Outside counsel in one case: two of legal let somebody in until a day, one of them ends it at once.

    proposed -> let in -> over | revoked
        +-> declined | withdrawn | expired

Whether it is open is asked at every read (escalations.access); the sweep only says so, before and when it ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from escalations.access import case_for, counsel_grant_for
from escalations.actions import emergency
from escalations.actions.standing import conflict_with, too_close_for_two
from escalations.actions.timeline import tell_all, write_event
from escalations.locks import lock_case
from escalations.models import Case, CounselGrant, Note, Opening, Report
from escalations.notices import COUNSEL_ENDED, COUNSEL_ENDS_SOON, COUNSEL_IN_CASE_ENDS, COUNSEL_LET_IN
from escalations.sealing import write_note
from project import ledger, vault
from project.accounts.access import Can, Role, may
from project.accounts.actions.accounts import end_everything_of
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, ConflictOfInterest, ProposalOver, propose
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid

# Our own defaults: a quarter, as long as a hold stands before its first review; asked again, not prolonged by silence.
LONGEST: Final = timedelta(days=92)
WAITS: Final = timedelta(days=7)
WARN_BEFORE: Final = timedelta(days=3)
LONGEST_REASON: Final = 2_000


class AlreadyInACase(Conflict):
    code = "counsel-in-a-case"
    title = "This person is in a case already, or was proposed for one. Outside counsel sees one case at a time."


class GrantOver(Conflict):
    code = "counsel-over"
    title = "This access has ended already."


class NotLetInYet(Conflict):
    code = "counsel-proposed"
    title = "Nobody agreed to this yet. Take the proposal back instead."


def propose_counsel(
    case_id: UUID, *, email: str, until: datetime, reason: str, acting_user: User, now: datetime
) -> CounselGrant:
    """Ask a second of legal to let an account of outside counsel into this case until `until`, 92 days at most.

    Raises Absent, Invalid, ConflictOfInterest, AlreadyInACase.
    """
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"Say why, in 1 to {LONGEST_REASON} characters.", field="reason")
    if not now < until <= now + LONGEST:
        raise Invalid(f"The last day must lie ahead, at most {LONGEST.days} days.", field="until")
    case_for(acting_user, case_id)
    if not may(acting_user, Can.LEGAL):
        raise Absent
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        person = _lock_counsel(email)
        case = lock_case(case_id)
        _refuse(case, person, acting_user, now)
        grant = CounselGrant.objects.create(
            case=case, person=person, proposed_by=acting_user, proposed_at=now, until=until
        )
        facts = {"case": str(case.pk), "grant": str(grant.pk)}
        proposal = propose(Act.COUNSEL_ACCESS, subject=grant, acting_user=acting_user, now=now, facts=facts)
        event = write_event(case, "counsel-proposed", now=now, actor=acting_user, **_facts(grant))
        write_note(case, event, Note.Kind.REASON, reason, now=now, key=key)
        _record(Event.COUNSEL_PROPOSED, grant, acting_user, now, proposal=proposal.pk)
        emergency.tell_fit(proposal, case, now=now)
    return grant


def _lock_counsel(email: str) -> User:
    """The account, locked, so that two proposals about one person follow each other. Raises Invalid."""
    people = User.objects.select_for_update(no_key=True).filter(is_active=True, roles=[Role.COUNSEL.value])
    person = people.filter(email=email.strip().lower()).first()
    if person is None:
        raise Invalid("No account of outside counsel has this address. An administrator makes it.", field="email")
    return person


def _refuse(case: Case, person: User, acting_user: User, now: datetime) -> None:
    if case.referred_at is None:
        raise Absent
    if why := conflict_with(case, acting_user):
        raise ConflictOfInterest(why)
    if Report.objects.filter(case=case, reporter=person).exists():
        raise ConflictOfInterest("This person is too close to the case.")
    for grant in CounselGrant.objects.select_for_update(no_key=True).filter(person=person, ended_at=None):
        if grant.granted_at is None or grant.until > now:
            raise AlreadyInACase
        _end(grant, CounselGrant.Ending.OVER, None, now)


def conflict(proposal: Proposal, approver: User) -> str | None:
    """Asked again on approval, about whoever proposed it and whoever agrees."""
    return too_close_for_two(proposal, Case.objects.get(pk=proposal.facts["case"]), approver)


def let_in(proposal: Proposal, approver: User, now: datetime) -> None:
    """The second person's yes, in the mechanism's transaction."""
    person = User.objects.select_for_update(no_key=True).get(counsel_grants=UUID(proposal.subject_id))
    case = lock_case(UUID(proposal.facts["case"]))
    grant = _lock(UUID(proposal.subject_id))
    if grant.ended_at or grant.until <= now or not person.is_active or person.roles != [Role.COUNSEL.value]:
        raise ProposalOver("The day has passed, or the account is outside counsel's no more.")
    grant.granted_by, grant.granted_at = approver, now
    grant.save(update_fields=["granted_by", "granted_at"])
    write_event(case, "counsel", now=now, actor=approver, **_facts(grant))
    _record(Event.COUNSEL_LET_IN, grant, approver, now, until=grant.until)
    tell_all([person], COUNSEL_LET_IN, now=now, about=case)


def lapse(proposal: Proposal, now: datetime) -> None:
    """Declined, withdrawn, expired: nobody was let in."""
    case = lock_case(UUID(proposal.facts["case"]))
    grant = _lock(UUID(proposal.subject_id))
    _close(grant, CounselGrant.Ending(proposal.state), proposal.decider, now)
    write_event(case, f"counsel-{grant.ending}", now=now, actor=proposal.decider, **_facts(grant))
    _record(Event.COUNSEL_LAPSED, grant, proposal.decider, now, ending=grant.ending)


def revoke(grant_id: UUID, *, acting_user: User, now: datetime) -> CounselGrant:
    """End it at once: sign-ins, tokens and open evidence of that person end in the same transaction.

    Raises Absent, GrantOver, NotLetInYet.
    """
    seen = counsel_grant_for(acting_user, grant_id)
    with transaction.atomic(durable=True):
        lock_case(seen.case_id)
        grant = _lock(grant_id)
        if grant.ended_at is not None:
            raise GrantOver
        if grant.granted_at is None:
            raise NotLetInYet
        _end(grant, CounselGrant.Ending.REVOKED, acting_user, now)
    return grant


def end_of_whoever_left(person: User, now: datetime) -> None:
    """An account that is closed has no case to come back to when it is opened again."""
    for grant_id in CounselGrant.objects.filter(person=person, ended_at=None).values_list("pk", flat=True):
        attend(grant_id, now=now)


def due(*, now: datetime, limit: int = 200) -> list[UUID]:
    """Grants whose end came, or comes so soon that it has to be said; and those of closed accounts."""
    opened = CounselGrant.objects.filter(granted_at__isnull=False, ended_at=None).select_related("person")
    return [one.pk for one in opened.order_by("until")[:limit] if _is_over(one, now) or _is_to_warn(one, now)]


def _is_over(grant: CounselGrant, now: datetime) -> bool:
    return grant.until <= now or not grant.person.is_active


def attend(grant_id: UUID, *, now: datetime) -> bool:
    """Say that a grant ends soon, or that it has ended; once each, however often it is asked."""
    with transaction.atomic(durable=True):
        case = lock_case(CounselGrant.objects.get(pk=grant_id).case_id)
        grant = _lock(grant_id)
        if grant.ended_at is not None or grant.granted_at is None:
            return False
        if _is_over(grant, now):
            _end(grant, CounselGrant.Ending.OVER, None, now)
        elif _is_to_warn(grant, now):
            grant.warned_at = now
            grant.save(update_fields=["warned_at"])
            tell_all([grant.person], COUNSEL_ENDS_SOON, now=now, about=case)
            tell_all(_hosts(grant), COUNSEL_IN_CASE_ENDS, now=now, about=case)
        else:
            return False
    return True


def _is_to_warn(grant: CounselGrant, now: datetime) -> bool:
    """Three days before; for a shorter stay at its last quarter."""
    began = grant.granted_at or grant.proposed_at
    return grant.warned_at is None and now >= grant.until - min(WARN_BEFORE, (grant.until - began) / 4)


def _end(grant: CounselGrant, ending: CounselGrant.Ending, actor: User | None, now: datetime) -> None:
    """Whoever had one case has none: signing in again would show nothing, so the sign-ins end too."""
    _close(grant, ending, actor, now)
    Opening.objects.filter(person=grant.person, case=grant.case_id, expires_at__gt=now).update(expires_at=now)
    end_everything_of(grant.person)
    write_event(grant.case, f"counsel-{ending}", now=now, actor=actor, **_facts(grant))
    _record(Event.COUNSEL_ENDED, grant, actor, now, ending=ending)
    tell_all([one for one in [grant.person] if one.is_active], COUNSEL_ENDED, now=now)
    tell_all(_hosts(grant), COUNSEL_IN_CASE_ENDS, now=now, about=grant.case)


def _close(grant: CounselGrant, ending: CounselGrant.Ending, actor: User | None, now: datetime) -> None:
    grant.ended_at, grant.ended_by, grant.ending = now, actor, ending
    grant.save(update_fields=["ended_at", "ended_by", "ending"])


def _hosts(grant: CounselGrant) -> list[User]:
    return [one for one in (grant.proposed_by, grant.granted_by) if one is not None and one.is_active]


def _lock(grant_id: UUID) -> CounselGrant:
    rows = CounselGrant.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case", "person", "proposed_by", "granted_by").get(pk=grant_id)


def _facts(grant: CounselGrant) -> dict[str, Any]:
    return {"counsel": str(grant.pk), "until": grant.until.date().isoformat()}


def _record(event: Event, grant: CounselGrant, actor: User | None, now: datetime, **facts: object) -> None:
    person = grant.person_id
    ledger.record(event, actor=actor, subject=grant, now=now, case=grant.case_id, person=person, **facts)
