"""The verbs of the path. Pages and API call `act`; what two people decide comes back through `carry_out`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from escalations.access import case_for
from escalations.actions import emergency, holds
from escalations.actions.clocks import follow_state, recompute, start_clock, stop_all_clocks, stop_clock
from escalations.actions.handing_over import hand_over
from escalations.actions.standing import ACT_OF, is_on_call, leads_team_of, pending_verb, proposals_on, stance
from escalations.actions.telling import announce_move
from escalations.actions.timeline import nudge_who_saw, record, write_event
from escalations.locks import lock_clips_and_case
from escalations.models import Case, CaseEvent, Exhibit, Hold, Note
from escalations.sealing import write_note
from escalations.states import (
    LEGALS_TURN,
    TERMINAL,
    ClockKind,
    Decision,
    IllegalMove,
    Move,
    Standing,
    State,
    Tier,
    find_move,
)
from project import vault
from project.accounts.models import User
from project.accounts.twopeople import propose, supersede
from project.ledger.events import Event
from project.problems import Conflict, Invalid


class CaseAlreadyOpen(Conflict):
    code = "case-already-open"
    title = "A clip of this case is evidence of another open case."


@dataclass(frozen=True, slots=True)
class Words:
    """What comes with a verb. All words are sealed; of these only tier and decision reach a column or the ledger."""

    tier: Tier | None = None
    facts: str | dict[str, Any] = ""
    basis: str = ""
    jurisdiction: str = ""
    decision: Decision | None = None
    reason: str = ""
    text: str = ""
    team: UUID | None = None
    into: UUID | None = None

    def missing(self, asked: tuple[str, ...]) -> list[str]:
        return [name for name in asked if not getattr(self, name)]

    def notes(self) -> list[tuple[Note.Kind, str]]:
        facts = {"facts": self.facts, "basis": self.basis, "jurisdiction": self.jurisdiction}
        return [
            (Note.Kind.FACTS, json.dumps(facts, ensure_ascii=False) if self.facts else ""),
            (Note.Kind.REASON, self.reason),
            (Note.Kind.NOTE, self.text),
        ]


@dataclass(slots=True)
class Act:
    """One act under the case's lock: who, when, which move, with which words, and the key to seal them."""

    case: Case
    move: Move
    words: Words
    actor: User
    now: datetime
    key: vault.Key | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def act(case_id: UUID, verb: str, words: Words, *, acting_user: User, now: datetime) -> Case:
    """Make one move of the path, or propose it where two people are needed.

    1. Fetch the case as this person may see it: Absent.
    2. Lock what waits for approval, then its clips, then the case, in the order of escalations.locks, and read again.
    3. Find the move: IllegalMove (409) carries the verbs that are possible. Missing words: Invalid.
    4. Propose it, or carry it out; what was proposed about the case as it was before is void.
    Times are UTC. Raises also CaseAlreadyOpen, holds.TooLate.
    """
    case_for(acting_user, case_id)
    key = vault.data_key(case_id)
    with transaction.atomic(durable=True):
        superseded = emergency.lock_proposals_on(case_id)
        clips, case = lock_clips_and_case(case_id)
        standing = case.standing(pending_verb(proposals_on(case)))
        move = find_verb(verb, standing, acting_user, case)
        if absent := words.missing(move.asks):
            raise Invalid(f"{verb} needs: {', '.join(absent)}.", missing=absent)
        done = Act(case, move, words, acting_user, now, key)
        if move.target is not None:
            for proposal in superseded:
                supersede(proposal, now=now)
        if needs_second_person(move, case, words):
            _propose(done)
        else:
            carry_out(done, clips)
    return case


def find_verb(verb: str, standing: Standing, user: User, case: Case) -> Move:
    """The move that is meant. Raises IllegalMove with all that this person may do, approving what waits included."""
    mine = stance(user, case)
    try:
        return find_move(verb, standing, mine.roles, on_call=is_on_call(case))
    except IllegalMove:
        raise IllegalMove(verb, mine.verbs) from None


def needs_second_person(move: Move, case: Case, words: Words) -> bool:
    """In T0 one legal person may decide; a second reviews within 24 h. "No action" always needs the second first."""
    alone = move.verb == "decide" and case.tier == Tier.T0 and words.decision != Decision.NO_ACTION
    return move.two_people and not alone


def _propose(done: Act) -> None:
    """The reason is sealed with the proposal's line in the timeline; the proposal itself carries tokens only."""
    case, verb = done.case, done.move.verb
    facts = {"case": str(case.pk), "version": case.version, "decision": done.words.decision or ""}
    event = write_event(case, f"{verb}-proposed", now=done.now, actor=done.actor, decision=facts["decision"])
    _write_words(done, event)
    proposal = propose(ACT_OF[verb], subject=case, acting_user=done.actor, now=done.now, facts=facts)
    record(Event.CASE_MOVED, case, now=done.now, actor=done.actor, verb=f"{verb}-proposed", proposal=proposal.pk)
    emergency.tell_fit(proposal, case, now=done.now)


def carry_out(done: Act, clips: list[Any]) -> CaseEvent:
    """Make the move: state, clocks, holds, timeline, ledger, notices. The caller holds clips' and case's locks."""
    case, move, now = done.case, done.move, done.now
    left = State(case.state)
    if move.target is None:
        return _note(done)
    if move.verb in ("hand-over", "dismiss") or case.reach:
        nudge_who_saw(case, all_supervisors=move.verb == "dismiss")
    _set_columns(done)
    if move.target == State.REOPENED:
        _take_back(case, clips, now=now)
    elif move.target in TERMINAL:
        _let_go(done, left)
    if move.verb == "hand-over":
        done.facts |= hand_over(case, done.words.team, now=now)
    else:
        _set_clocks(done, left)
    event = write_event(case, move.verb, now=now, actor=done.actor, from_state=left, **done.facts)
    _write_words(done, event)
    record(
        Event.CASE_MOVED, case, now=now, actor=done.actor, verb=move.verb, came_from=left, to=case.state, **done.facts
    )
    if left != case.state:
        announce_move(case, move, now=now)
    if move.verb == "decide" and case.tier == Tier.T0 and case.decision != Decision.NO_ACTION:
        emergency.ask_second_look(case, event, acting_user=done.actor, now=now)
    return event


def _note(done: Act) -> CaseEvent:
    event = write_event(done.case, done.move.verb, now=done.now, actor=done.actor)
    _write_words(done, event)
    record(Event.CASE_NOTED, done.case, now=done.now, actor=done.actor)
    return event


def _write_words(done: Act, event: CaseEvent) -> None:
    for kind, text in done.words.notes():
        write_note(done.case, event, kind, text, now=done.now, key=done.key)


def _set_columns(done: Act) -> None:
    """State and times. The tier only ever changes by triage; reopening a T3 case makes it T2: it may be an offence."""
    case, target, now = done.case, done.move.target, done.now
    case.state = target or case.state
    case.version += 1
    if done.move.verb == "triage":
        _set_tier(done)
    if target == State.WITH_LEGAL:
        case.referred_at = case.referred_at or now
    if target == State.DECIDED:
        case.decided_at, case.decision = now, done.words.decision or ""
        done.facts["decision"] = case.decision
    if target == State.REOPENED and case.tier == Tier.T3:
        case.tier = Tier.T2
    case.ended_at = now if target in TERMINAL else None
    case.retired_at = case.retention_said_at = None
    if target in LEGALS_TURN | TERMINAL or (done.move.verb != "hand-over" and leads_team_of(done.actor, case)):
        case.reach = 0
    case.save()


def _set_tier(done: Act) -> None:
    case, tier = done.case, done.words.tier
    if tier is None:
        return
    if case.state == State.WITH_LEGAL and tier >= case.tier:
        raise Invalid("Legal may raise the tier, never lower it.")
    case.tier, case.triaged_at = tier, done.now
    done.facts["tier"] = tier


def _set_clocks(done: Act, left: State) -> None:
    """Stop what was answered, start the next hop's; the decision's clock runs from the report, T3 has none."""
    case, now = done.case, done.now
    if case.state in TERMINAL:
        stop_all_clocks(case, now=now)
        return
    if case.state == State.DECIDED or case.tier == Tier.T3:
        stop_clock(case, ClockKind.DECIDE, now=now)
    elif case.state == State.REOPENED:
        start_clock(case, ClockKind.DECIDE, now=now)
    elif not case.clocks.running().filter(kind=ClockKind.DECIDE).exists():
        start_clock(case, ClockKind.DECIDE, now=case.opened_at)
    if left != case.state or case.state == State.TRIAGED:
        follow_state(case, left, now=now)
    if done.move.verb == "triage":
        recompute(case, now=now)


def _take_back(case: Case, clips: list[Any], *, now: datetime) -> None:
    """Reopen: the evidence that is left belongs to the case again and is held. Raises CaseAlreadyOpen, TooLate."""
    others = Exhibit.objects.filter(clip__in=[clip.pk for clip in clips], released_at=None).exclude(case=case)
    if others.exists():
        raise CaseAlreadyOpen
    Exhibit.objects.filter(case=case).update(released_at=None)
    holds.place_flags_hold(case, clips, now=now)


def _let_go(done: Act, left: State) -> None:
    """The end of a case. Its evidence stays held after a decision: legal lifts that hold, with a reason."""
    case, actor, now = done.case, done.actor, done.now
    case.exhibits.filter(released_at=None).update(released_at=now)
    if case.state == State.DISMISSED:
        holds.end_flags_hold(case, Hold.Ending.DISMISSED, actor=actor, now=now)
    elif left == State.TRIAGED:
        holds.end_flags_hold(case, Hold.Ending.NO_OFFENCE, actor=actor, now=now)
    else:
        holds.hand_over_flags_hold(case, to=actor, now=now)
