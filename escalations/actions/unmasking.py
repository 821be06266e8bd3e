"""Showing who reported: two of legal, a reason, a day to read it, a ledger entry, and the reporter is told.

Nobody who is too close to the case may ask or agree: then two people would learn a name and still be in its way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from escalations.access import case_for
from escalations.actions import emergency
from escalations.actions.standing import conflict_with, is_on_call, too_close_for_two
from escalations.actions.timeline import record, write_event
from escalations.locks import lock_case
from escalations.models import Case, Note, Report, ReporterUnmasking
from escalations.notices import REPORTER_SHOWN
from escalations.sealing import write_note
from project import ledger, vault
from project.accounts.access import Can, may
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, ConflictOfInterest, ProposalOver, propose
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Absent, Conflict, Invalid

# Our own defaults: as in the support rooms, a question that nobody answers within a day is not urgent enough to lift a
# promise, and a name that was needed is written down where it is needed within a day.
WAITS: Final = timedelta(days=1)
READABLE: Final = timedelta(days=1)
LONGEST_REASON: Final = 2_000


class NotYetLegals(Conflict):
    code = "not-with-legal"
    title = "Who reported can be asked for from the referral to legal on."


def propose_unmasking(case_id: UUID, number: int, *, reason: str, acting_user: User, now: datetime) -> Proposal:
    """Ask a second person of legal to agree that the two learn who "Reporter <number>" is.

    The reason, 1 to 2,000 characters, is sealed with the case. Raises Absent, Invalid, NotYetLegals,
    ConflictOfInterest, AlreadyProposed.
    """
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"Say why, in 1 to {LONGEST_REASON} characters.", field="reason")
    case_for(acting_user, case_id)
    if not may(acting_user, Can.LEGAL):
        raise Absent
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        case = lock_case(case_id)
        report = _report(case, number)
        if case.referred_at is None and not is_on_call(case):
            raise NotYetLegals
        if why := conflict_with(case, acting_user):
            raise ConflictOfInterest(why)
        facts = {"case": str(case.pk), "reporter": number}
        proposal = propose(Act.UNMASK_REPORTER, subject=report, acting_user=acting_user, now=now, facts=facts)
        event = write_event(case, "unmask-proposed", now=now, actor=acting_user, reporter=number)
        write_note(case, event, Note.Kind.REASON, reason, now=now, key=key)
        record(Event.CASE_MOVED, case, now=now, actor=acting_user, verb="unmask-proposed", proposal=proposal.pk)
        emergency.tell_fit(proposal, case, now=now)
    return proposal


def _report(case: Case, number: int) -> Report:
    """The first report of this pseudonym. Raises Absent."""
    report = case.reports.filter(reporter_number=number).order_by("reported_at", "pk").first()
    if report is None:
        raise Absent
    return report


def conflict(proposal: Proposal, approver: User) -> str | None:
    """Asked again on approval, about both: since the proposal either may have declared a tie or reported it too."""
    case = Case.objects.get(pk=proposal.facts["case"])
    return too_close_for_two(proposal, case, approver)


def execute(proposal: Proposal, approver: User, now: datetime) -> None:
    """Let the two read the name for a day, tell the reporter, write it down; in the mechanism's transaction."""
    case = lock_case(UUID(proposal.facts["case"]))
    report = Report.objects.select_related("reporter").get(pk=proposal.subject_id)
    if report.case_id != case.pk:
        raise ProposalOver("The report belongs to another case now.")
    unmasking = ReporterUnmasking.objects.create(
        report=report,
        proposer=proposal.proposer,
        approver=approver,
        unmasked_at=now,
        readable_until=now + READABLE,
    )
    tell(report.reporter, REPORTER_SHOWN, now=now)
    write_event(case, "unmask", now=now, actor=approver, reporter=report.reporter_number)
    ledger.record(
        Event.REPORTER_UNMASKED,
        actor=approver,
        subject=unmasking,
        now=now,
        case=case.pk,
        report=report.pk,
        proposer=proposal.proposer_id,
    )


def names_for(reader: User, case: Case, *, now: datetime) -> dict[int, User]:
    """Who is behind which "Reporter <number>", for one of the two, for a day, while nothing ties them to the case."""
    if not may(reader, Can.LEGAL) or conflict_with(case, reader):
        return {}
    asked = Q(proposer=reader) | Q(approver=reader)
    rows = ReporterUnmasking.objects.filter(asked, report__case=case, readable_until__gt=now)
    return {one.report.reporter_number: one.report.reporter for one in rows.select_related("report__reporter")}
