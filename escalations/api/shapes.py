"""A case on the wire. What a reporter did is shown under their pseudonym; their account never is."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from escalations.actions.case_retention import retires_at
from escalations.actions.disclosures import details_of
from escalations.actions.standing import Stance, Waiting
from escalations.models import Case, Clock, Disclosure, Hold, Note, Opening
from escalations.sealing import open_words
from escalations.wording import line
from project import vault

JSON = dict[str, Any]


def case_json(case: Case, stance: Stance, now: datetime) -> JSON:
    """The short form: what a board needs. `clocks` by kind; the running one where a kind ran twice."""
    return {
        "id": case.pk,
        "number": case.number,
        "state": case.state,
        "tier": case.tier,
        "tier_is_provisional": case.triaged_at is None,
        "danger_now": case.danger_now,
        "clocks": {clock.kind: clock_json(clock, now) for clock in _latest(case.clocks.all())},
        "allowed_verbs": stance.verbs,
        "decision": case.decision or None,
        "review_open": case.review_open,
        "team": case.team.name if case.team else None,
        "proposals": [proposal_json(one) for one in stance.waiting],
        "opened_at": case.opened_at,
        "ended_at": case.ended_at,
        "retires_at": retires_at(case),
        "retired_at": (case.merged_into or case).retired_at,
        "merged_into": {"id": case.merged_into.pk, "number": case.merged_into.number} if case.merged_into else None,
    }


def _latest(clocks: Any) -> list[Clock]:
    return sorted(
        clocks, key=lambda clock: (clock.stopped_at is None, clock.started_at, clock.stopped_at or clock.due_at)
    )


def clock_json(clock: Clock, now: datetime) -> JSON:
    answered = clock.stopped_at or now
    return {
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "late": answered > clock.due_at,
        "rung": clock.rung,
        "next_rung_at": clock.next_rung_at if clock.stopped_at is None else None,
    }


def proposal_json(waiting: Waiting) -> JSON:
    proposal = waiting.proposal
    return {
        "id": proposal.pk,
        "verb": waiting.verb,
        "decision": proposal.facts.get("decision") or None,
        "reporter": proposal.facts.get("reporter"),
        "proposed_by": proposal.proposer.display_name,
        "proposed_at": proposal.proposed_at,
        "expires_at": proposal.expires_at,
        "may_approve": waiting.may_approve,
        "may_withdraw": waiting.may_withdraw,
    }


def whole_case_json(case: Case, stance: Stance, now: datetime) -> JSON:
    """The case with everything that belongs to it, its words opened."""
    key = vault.data_key(case.pk)
    return {
        **case_json(case, stance, now),
        "merged": [_merged_json(one) for one in case.merged.order_by("ended_at", "pk")],
        "proposals": [{**proposal_json(one), "missing": one.missing() or None} for one in stance.waiting],
        "exhibits": [{"number": e.number, "clip": e.clip_id, "added_at": e.added_at} for e in case.exhibits.all()],
        "reports": _reports(case, key),
        **_kept(case, key),
    }


def _merged_json(case: Case) -> JSON:
    """What was merged into the case that is shown: its own history, as it was written there."""
    return {
        "id": case.pk, "number": case.number, "opened_at": case.opened_at, "ended_at": case.ended_at,
        **_kept(case, vault.data_key(case.pk)),
    }  # fmt: skip


def _kept(case: Case, key: vault.Key) -> JSON:
    """What stays with a case, wherever it goes on."""
    return {
        "events": _events(case, key),
        "holds": [hold_json(hold, key) for hold in case.holds.select_related("owner")],
        "disclosures": [
            disclosure_json(one, key) for one in case.disclosures.select_related("recorded_by", "receipt_by")
        ],
        "custody": [custody_json(one, key) for one in case.openings.select_related("person", "exhibit")],
    }


def _reports(case: Case, key: vault.Key) -> list[JSON]:
    """The reports that this case answers; of one that was merged those that began here. They read alike in both."""
    if case.merged_into is not None:
        key, rows = vault.data_key(case.merged_into.pk), case.reports_once.all()
    else:
        rows = case.reports.all()
    return [
        {
            "reporter": report.pseudonym,
            "category": report.category,
            "danger_now": report.danger_now,
            "start_ms": report.start_ms,
            "end_ms": report.end_ms,
            "note": open_words(report.case_id, report, "sealed_note", key=key),
            "reported_at": report.reported_at,
        }
        for report in rows.select_related("first_case")
    ]


def _events(case: Case, key: vault.Key) -> list[JSON]:
    rows = case.events.select_related("actor", "report").prefetch_related("notes")
    return [
        {
            "at": event.at,
            "kind": event.kind,
            "line": line(event.kind, event.facts),
            "by": event.actor_label,
            "from_state": event.from_state or None,
            "to_state": event.to_state or None,
            "facts": event.facts,
            "words": [note_json(case, note, key) for note in event.notes.all()],
        }
        for event in rows
    ]


def note_json(case: Case, note: Note, key: vault.Key) -> JSON:
    text = open_words(case.pk, note, "sealed_text", key=key)
    return {"kind": note.kind, **(json.loads(text) if note.kind == Note.Kind.FACTS else {"text": text})}


def hold_json(hold: Hold, key: vault.Key) -> JSON:
    return {
        "id": hold.pk,
        "case": hold.case_id,
        "kind": hold.kind,
        "active": hold.ended_at is None,
        "owner": hold.owner.display_name if hold.owner else None,
        "reason": open_words(hold.case_id, hold, "sealed_reason", key=key),
        "placed_at": hold.placed_at,
        "review_at": hold.review_at,
        "ended_at": hold.ended_at,
        "ending": hold.ending or None,
        "ending_reason": open_words(hold.case_id, hold, "sealed_ending_reason", key=key),
    }


def disclosure_json(disclosure: Disclosure, key: vault.Key) -> JSON:
    details = details_of(disclosure, key=key)
    return {
        "id": disclosure.pk,
        "case": disclosure.case_id,
        "authority": details.authority,
        "basis": details.basis,
        "reference": details.reference,
        "what": details.what,
        "asked": details.asked,
        "called_back": details.called_back,
        "emergency": disclosure.emergency,
        "sent_at": disclosure.sent_at,
        "recorded_at": disclosure.recorded_at,
        "recorded_by": disclosure.recorded_by.display_name,
        "receipt": open_words(disclosure.case_id, disclosure, "sealed_receipt", key=key),
        "receipt_at": disclosure.receipt_at,
        "receipt_by": disclosure.receipt_by.display_name if disclosure.receipt_by else None,
    }


def custody_json(opening: Opening, key: vault.Key) -> JSON:
    return {
        "id": opening.pk,
        "exhibit": opening.exhibit.number,
        "by": opening.person.display_name,
        "purpose": open_words(opening.case_id, opening, "sealed_purpose", key=key),
        "opened_at": opening.opened_at,
        "softened_at": opening.softened_at,
        "original_at": opening.original_at,
        "heard_ms": opening.heard_ms,
    }
