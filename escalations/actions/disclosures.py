"""Record what was reported to an authority."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalations.access import case_for, disclosure_for
from escalations.actions.emergency import ask_second_look
from escalations.actions.standing import stance
from escalations.actions.timeline import write_event
from escalations.locks import lock_case
from escalations.models import Case, Disclosure
from escalations.sealing import open_words, seal_words
from escalations.states import Decision, State, Tier
from project import ledger, vault
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid


class NeedsDecision(Conflict):
    code = "needs-decision"
    title = "A disclosure needs the decision to report. Only in T0 may legal disclose before it."


class ReceiptThere(Conflict):
    code = "receipt-there"
    title = "The receipt of this disclosure is recorded already."


@dataclass(frozen=True, slots=True)
class Details:
    """To which authority, on what basis, under which reference, and what was sent. Sealed together.

    `asked`: the authority had asked for it. `called_back`: who was called back before it was sent, on which number.
    """

    authority: str
    basis: str
    reference: str
    what: str
    asked: bool = False
    called_back: str = ""


def record_disclosure(
    case_id: UUID, details: Details, *, sent_at: datetime, acting_user: User, now: datetime
) -> Disclosure:
    """Record a disclosure, under the case's lock. In T0 it may come before the decision; a second then reviews it.

    An emergency request is a favourite of forgers: where the authority asked, somebody called them back first.
    Raises Absent for whoever is not legal on this case, NeedsDecision (409), Invalid for a time that lies ahead, and
    for an emergency request that nobody called back.
    """
    if sent_at > now:
        raise Invalid("What was sent cannot lie ahead.")
    seen = case_for(acting_user, case_id)
    if Role.LEGAL not in stance(acting_user, seen).roles:
        raise Absent
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        case = lock_case(case_id)
        emergency = is_emergency(case)
        if not emergency and not is_decided_to_report(case):
            raise NeedsDecision(allowed_verbs=stance(acting_user, case).verbs)
        if emergency and details.asked and not details.called_back:
            raise Invalid(
                "Call them back on a number that you found yourself, and say whom you reached.", field="called_back"
            )
        disclosure = Disclosure(
            case=case, emergency=emergency, sent_at=sent_at, recorded_at=now, recorded_by=acting_user
        )
        text = json.dumps(asdict(details), ensure_ascii=False)
        disclosure.sealed_details = seal_words(case_id, disclosure, "sealed_details", text, key=key)
        disclosure.save(force_insert=True)
        event = write_event(case, "disclosed", now=now, actor=acting_user, emergency=emergency)
        ledger.record(
            Event.DISCLOSED, actor=acting_user, subject=disclosure, now=now, case=case_id, emergency=emergency
        )
        if emergency:
            ask_second_look(case, event, acting_user=acting_user, now=now)
    return disclosure


def record_receipt(disclosure_id: UUID, receipt: str, *, acting_user: User, now: datetime) -> Disclosure:
    """What the authority answered, sealed with the disclosure, once.

    Raises Absent for whoever is not legal on its case, ReceiptThere (409).
    """
    seen = disclosure_for(acting_user, disclosure_id)
    if Role.LEGAL not in stance(acting_user, seen.case).roles:
        raise Absent
    key = vault.data_key(seen.case_id)
    with transaction.atomic(durable=True):
        case = lock_case(seen.case_id)
        disclosure = Disclosure.objects.select_for_update(of=("self",), no_key=True).get(pk=disclosure_id)
        if disclosure.receipt_at is not None:
            raise ReceiptThere
        disclosure.sealed_receipt = seal_words(case.pk, disclosure, "sealed_receipt", receipt, key=key)
        disclosure.receipt_at, disclosure.receipt_by = now, acting_user
        disclosure.save(update_fields=["sealed_receipt", "receipt_at", "receipt_by"])
        write_event(case, "receipt-recorded", now=now, actor=acting_user, disclosure=str(disclosure.pk))
        ledger.record(Event.DISCLOSURE_RECEIPT, actor=acting_user, subject=disclosure, now=now, case=case.pk)
    return disclosure


def is_decided_to_report(case: Case) -> bool:
    return case.state in {State.DECIDED, State.CLOSED} and case.decision == Decision.REPORT


def is_emergency(case: Case) -> bool:
    """Danger to life now, and legal has it, but there is no decision yet."""
    return case.tier == Tier.T0 and case.state == State.WITH_LEGAL


def details_of(disclosure: Disclosure, *, key: vault.Key | None = None) -> Details:
    return Details(**json.loads(open_words(disclosure.case_id, disclosure, "sealed_details", key=key)))
