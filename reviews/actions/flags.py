"""What a flag demands, in the transaction of the review that raised it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from escalations.actions.cases import open_case, prepare_case_key
from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from reviews.actions.erasure_orders import Terms, order_erasures
from reviews.actions.findings import Findings, Raised
from reviews.actions.policies import erasure_policy, redacts, undo_window
from reviews.erasure_states import Method, Reason
from reviews.models import Clip, ErasurePolicy
from reviews.states import Activation, ClipState, FlagKind


@dataclass(frozen=True, slots=True)
class Consequences:
    """Ids of the erasures that were ordered and the cases that were opened or joined."""

    erasures: list[UUID]
    cases: list[UUID]


def prepare(findings: Findings) -> UUID | None:
    """Before the transaction: the key of the case that a criminal flag may open. One that no case takes is swept."""
    return prepare_case_key() if findings.has(FlagKind.CRIMINAL) else None


def raise_flags(
    clip: Clip, findings: Findings, *, case_id: UUID | None, stands: bool, actor: User, now: datetime
) -> Consequences:
    """Out of everyone's reach first, then what each kind demands. The caller holds the clip's row lock.

    The case comes before the erasure: its hold is what the erasure then waits for. An activation that was false
    orders an erasure too, as soon as it `stands`: it should never have been recorded. One opinion of several does not
    stand before the others are in.
    """
    if findings.flags:
        clip.become(ClipState.QUARANTINED)
        clip.save(update_fields=["state"])
        _record(clip, findings.flags, actor=actor, now=now)
    cases = _open_cases(clip, findings, case_id=case_id, actor=actor, now=now)
    terms = _terms(findings, erasure_policy(), stands=stands, now=now)
    erasures = [one.pk for one in order_erasures([clip], terms, actor=actor, now=now)] if terms else []
    return Consequences(erasures, cases)


def _open_cases(clip: Clip, findings: Findings, *, case_id: UUID | None, actor: User, now: datetime) -> list[UUID]:
    found: list[UUID] = []
    for flag in findings.flags:
        if flag.kind != FlagKind.CRIMINAL or case_id is None:
            continue
        case = open_case(
            clip.pk,
            reporter=actor,
            category=flag.category,
            danger_now=flag.danger_now,
            start_ms=flag.start_ms,
            end_ms=flag.end_ms,
            note=flag.note or None,
            now=now,
            case_id=case_id,
        )
        found.append(case.pk)
    return list(dict.fromkeys(found))


def _terms(findings: Findings, policy: ErasurePolicy, *, stands: bool, now: datetime) -> Terms | None:
    """Why, how and by when the clip has to go, if it has to."""
    undo = undo_window(policy)
    if findings.has(FlagKind.CRITICAL):
        method = Method.REDACT if _is_redacted(findings, policy) else Method.ERASE
        return Terms(Reason.CRITICAL_DATA, method, undo=undo)
    if stands and findings.activation == Activation.FALSE and not findings.flags and policy.erases_accidental:
        return Terms(Reason.ACCIDENTAL, due_at=now + timedelta(hours=policy.accidental_hours), undo=undo)
    return None


def _is_redacted(findings: Findings, policy: ErasurePolicy) -> bool:
    """Policy says so for every category, each flag says where, and nothing else speaks for all of it to go."""
    if findings.has(FlagKind.CRIMINAL) or findings.activation == Activation.FALSE:
        return False
    has_places = all(flag.start_ms is not None for flag in findings.flags)
    return has_places and redacts(policy, [flag.category for flag in findings.flags])


def _record(clip: Clip, flags: Sequence[Raised], *, actor: User, now: datetime) -> None:
    for kind in FlagKind:
        categories = sorted({flag.category for flag in flags if flag.kind == kind})
        if categories:
            ledger.record(Event.CLIP_FLAGGED, actor=actor, subject=clip, now=now, kind=kind, categories=categories)
    ledger.record(Event.CLIP_QUARANTINED, actor=actor, subject=clip, now=now)
