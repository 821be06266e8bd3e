"""Ask for an export, let a second person release it, and everything that ends it before it is built."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from escalations.access import case_for, export_for, has_tie
from escalations.actions import emergency
from escalations.actions.standing import conflict_with
from escalations.actions.timeline import write_event
from escalations.export.age import BadRecipient, recipient
from escalations.export.facts import Profile
from escalations.locks import lock_case
from escalations.models import Case, CaseEvent, Export
from escalations.sealing import seal_words
from escalations.states import State, Tier
from project import ledger, problems, vault
from project.accounts import twopeople
from project.accounts.access import Can
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, ConflictOfInterest, ProposalOver, Rule
from project.ledger.events import Event
from project.nudge import nudge
from project.problems import Absent, Invalid

MOST_RECIPIENTS = 20
MOST_UNFINISHED = 10
# An export is about what legal works on or has worked on: from the referral on, never of a dismissed case.
EXPORTABLE = frozenset({State.WITH_LEGAL, State.NEEDS_INFORMATION, State.DECIDED, State.CLOSED, State.REOPENED})
ACTS = (Act.EXPORT, Act.EXPORT_WITHOUT_TIMESTAMP)


class TooManyExports(problems.Conflict):
    code = "too-many-exports"
    title = "Too many exports of this case are unfinished. Let them end first."


class NotWaiting(problems.Conflict):
    code = "nothing-waits"
    title = "Nothing about this export waits for a second person."


class NotWithoutTimestamp(problems.Conflict):
    code = "not-waiting-for-timestamp"
    title = "This export does not wait for the timestamp authority."


def register() -> None:
    """Tell the two-people mechanism about exports. Called once, when the app is ready."""
    twopeople.register(Act.EXPORT, Rule(Can.EXPORT, _release, _conflict, _lapsed))
    twopeople.register(Act.EXPORT_WITHOUT_TIMESTAMP, Rule(Can.EXPORT, _waive, _conflict))


def propose_export(
    case_id: UUID, *, profile: Profile, recipients: Sequence[str], reason: str, acting_user: User, now: datetime
) -> Export:
    """Ask for an export of a case. In T0 one person may release it at once; a second then reviews within 24 h.

    `recipients`: age public keys, at least one. The reason is sealed under the case's key.
    Raises Absent, Invalid, IllegalMove, ConflictOfInterest, TooManyExports.
    """
    keys = checked_recipients(recipients)
    case_for(acting_user, case_id)
    case_key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        case = lock_case(case_id)
        _refuse_proposal(case, acting_user)
        export = Export(case=case, profile=profile, recipients=keys, proposed_by=acting_user, proposed_at=now)
        if reason:
            export.sealed_reason = seal_words(case.pk, export, "sealed_reason", reason, key=case_key)
        export.save(force_insert=True)
        _announce(export, Event.EXPORT_PROPOSED, acting_user, now, recipients=len(keys))
        event = write_event(case, "export-proposed", now=now, actor=acting_user, **_facts(export))
        if case.tier == Tier.T0:
            _release_alone(export, event, acting_user, now)
        else:
            _ask_second(Act.EXPORT, export, acting_user, now)
    return export


def checked_recipients(recipients: Sequence[str]) -> list[str]:
    """The keys without doubles, in order. Raises Invalid for none, too many, or one that is no age recipient."""
    keys = list(dict.fromkeys(key.strip() for key in recipients))
    if not 1 <= len(keys) <= MOST_RECIPIENTS:
        raise Invalid(f"Name 1 to {MOST_RECIPIENTS} recipients.", field="recipients")
    for position, key in enumerate(keys, 1):
        try:
            recipient(key)
        except BadRecipient:
            raise Invalid(f"Recipient {position} is no age public key (age1...).", field="recipients") from None
    return keys


def approve_export(export_id: UUID, *, acting_user: User, now: datetime) -> Export:
    """The second person's yes to whatever waits: the release, going on without a timestamp, or an emergency's review.

    Raises Absent, SamePerson, ConflictOfInterest, ProposalOver, NotWaiting.
    """
    export = export_for(acting_user, export_id)
    proposal = waiting_on(export)
    if proposal is None:
        raise NotWaiting(state=export.state)
    twopeople.approve(proposal.pk, acting_user=acting_user, now=now)
    return Export.objects.select_related("case").get(pk=export_id)


def waiting_on(export: Export) -> Proposal | None:
    """The open proposal about an export, or None."""
    for act in ACTS:
        if proposal := twopeople.open_proposal_on(act, export):
            return proposal
    event = CaseEvent.objects.filter(case=export.case_id, kind="export-proposed", facts__export=str(export.pk)).first()
    return twopeople.open_proposal_on(Act.EMERGENCY_REVIEW, event) if event else None


def ask_to_go_on_without_timestamp(export_id: UUID, *, acting_user: User, now: datetime) -> Export:
    """Propose that an export which waits for the timestamp authority is built without. Raises Absent and 409s."""
    export_for(acting_user, export_id)
    with transaction.atomic(durable=True):
        export = lock_export(export_id)
        if not export.waits_for_timestamp or export.timestamp_waived:
            raise NotWithoutTimestamp
        if conflict_with(export.case, acting_user):
            raise ConflictOfInterest
        _ask_second(Act.EXPORT_WITHOUT_TIMESTAMP, export, acting_user, now)
    return export


def lock_export(export_id: UUID) -> Export:
    """The row, locked after its case's lock where both are taken, and read again. Raises Absent."""
    rows = Export.objects.select_for_update(of=("self",), no_key=True).select_related("case")
    export = rows.filter(pk=export_id).first()
    if export is None:
        raise Absent
    return export


def is_exportable(case: Case) -> bool:
    """Whether legal may export this case now. A hold must stand: it keeps the evidence while it is copied."""
    return case.referred_at is not None and case.state in EXPORTABLE and case.holds.active().exists()


def _refuse_proposal(case: Case, person: User) -> None:
    if not is_exportable(case):
        raise problems.IllegalMove(
            "A case can be exported from its referral on, while a hold stands.", state=case.state
        )
    if has_tie(person, case):
        raise ConflictOfInterest("You declared a tie to this case.")
    unfinished = [Export.State.PROPOSED, Export.State.APPROVED, Export.State.BUILDING, Export.State.READY]
    if case.exports.filter(state__in=unfinished).count() >= MOST_UNFINISHED:
        raise TooManyExports


def _ask_second(act: Act, export: Export, acting_user: User, now: datetime) -> None:
    facts = {"case": str(export.case_id), "export": str(export.pk), "profile": export.profile}
    proposal = twopeople.propose(act, subject=export, acting_user=acting_user, now=now, facts=facts)
    emergency.tell_fit(proposal, export.case, now=now)


def _release_alone(export: Export, event: CaseEvent, acting_user: User, now: datetime) -> None:
    """Danger to life now: nothing waits for a second person, whose look follows and is never dropped."""
    export.emergency = True
    _approve(export, acting_user, now)
    emergency.ask_second_look(export.case, event, acting_user=acting_user, now=now)


def _approve(export: Export, approver: User, now: datetime) -> None:
    from escalations.export_tasks import build_export

    export.state = Export.State.APPROVED
    export.approved_by, export.approved_at, export.next_attempt_at = approver, now, now
    export.save(update_fields=["state", "emergency", "approved_by", "approved_at", "next_attempt_at"])
    _announce(export, Event.EXPORT_APPROVED, approver, now, emergency=export.emergency)
    write_event(export.case, "export-approved", now=now, actor=approver, **_facts(export))
    nudge(build_export, export.pk)


def _release(proposal: Proposal, approver: User, now: datetime) -> None:
    """The second person's yes. The case is locked first: it may have been dismissed in the meantime."""
    case = lock_case(UUID(proposal.facts["case"]))
    export = lock_export(UUID(proposal.subject_id))
    if export.state != Export.State.PROPOSED or not is_exportable(case):
        raise ProposalOver("The case has moved on since this was proposed.")
    _approve(export, approver, now)


def _waive(proposal: Proposal, approver: User, now: datetime) -> None:
    """Two people decided to go on without the timestamp authority: due at once."""
    from escalations.export_tasks import build_export

    export = lock_export(UUID(proposal.subject_id))
    if not export.waits_for_timestamp:
        raise ProposalOver("The export no longer waits for the timestamp authority.")
    export.timestamp_waived, export.waits_for_timestamp, export.next_attempt_at = True, False, now
    export.save(update_fields=["timestamp_waived", "waits_for_timestamp", "next_attempt_at"])
    _announce(export, Event.EXPORT_TIMESTAMP_WAIVED, approver, now)
    write_event(export.case, "export-timestamp-waived", now=now, actor=approver, **_facts(export))
    nudge(build_export, export.pk)


def _conflict(proposal: Proposal, approver: User) -> str | None:
    case = Case.objects.get(pk=proposal.facts["case"])
    return conflict_with(case, approver)


def _lapsed(proposal: Proposal, now: datetime) -> None:
    """Declined, withdrawn, expired: the export ends, and says how."""
    export = lock_export(UUID(proposal.subject_id))
    if export.state != Export.State.PROPOSED:
        return
    export.state, export.ending = Export.State.FAILED, _ENDINGS.get(proposal.state, Export.Ending.EXPIRED)
    export.destroyed_at = now  # there never was a file
    export.save(update_fields=["state", "ending", "destroyed_at"])
    _announce(export, Event.EXPORT_LAPSED, proposal.decider, now, ending=export.ending)
    write_event(export.case, f"export-{export.ending}", now=now, actor=proposal.decider, **_facts(export))


_ENDINGS = {"declined": Export.Ending.DECLINED, "withdrawn": Export.Ending.WITHDRAWN}


def _facts(export: Export) -> dict[str, Any]:
    return {"export": str(export.pk), "profile": export.profile}


def _announce(export: Export, event: Event, actor: User | None, now: datetime, **facts: object) -> None:
    ledger.record(event, actor=actor, subject=export, now=now, case=export.case_id, profile=export.profile, **facts)
