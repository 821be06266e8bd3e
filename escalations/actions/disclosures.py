"""Record what was reported to an authority."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from escalations.access import case_for
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


@dataclass(frozen=True, slots=True)
class Details:
    """To which authority, on what basis, under which reference, and what was sent. Sealed together."""

    authority: str
    basis: str
    reference: str
    what: str


def record_disclosure(
    case_id: UUID, details: Details, *, sent_at: datetime, acting_user: User, now: datetime
) -> Disclosure:
    """Record a disclosure, under the case's lock. In T0 it may come before the decision; a second then reviews it.

    Raises Absent for whoever is not legal on this case, NeedsDecision (409), Invalid for a time that lies ahead.
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


def is_decided_to_report(case: Case) -> bool:
    return case.state in {State.DECIDED, State.CLOSED} and case.decision == Decision.REPORT


def is_emergency(case: Case) -> bool:
    """Danger to life now, and legal has it, but there is no decision yet."""
    return case.tier == Tier.T0 and case.state == State.WITH_LEGAL


def details_of(disclosure: Disclosure, *, key: vault.Key | None = None) -> Details:
    return Details(**json.loads(open_words(disclosure.case_id, disclosure, "sealed_details", key=key)))
