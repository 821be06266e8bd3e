"""Two cases about one thing become one: the duplicate keeps its history and leads to the case that goes on.

Evidence and reports go on in the other case; the duplicate's holds, openings and words stay where they were written,
and are shown there too. Nothing is copied: a report has one case, and so one answer for whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from escalations.access import ALL_SUPERVISORS, case_for, cases_for
from escalations.actions import emergency
from escalations.actions.clocks import follow_state, recompute, start_clock, stop_all_clocks, tighten
from escalations.actions.holds import ExportUnderWay
from escalations.actions.moves import Words, find_verb
from escalations.actions.standing import UNMASK, pending_verb, proposals_on, stance, stances
from escalations.actions.timeline import everybody_with, record, team_supervisors, tell_all, write_event
from escalations.locks import lock_clips_and_cases
from escalations.models import Case, Exhibit, Export, Note, Report, Tie
from escalations.notices import CASE_MERGED_IN, PROPOSAL_OVERTAKEN, REPORT_LOOKED_AT
from escalations.sealing import open_words, seal_words, write_note
from escalations.states import TERMINAL, ClockKind, State, Tier
from project import vault
from project.accounts.access import Role
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, supersede
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid

MOST_OFFERED = 100
# What a second person was asked about either case as it was; and what was asked about the duplicate alone.
VOID_IN_BOTH = (*emergency.MOVES, Act.EXPORT.value)
VOID_IN_THE_DUPLICATE = (UNMASK, Act.COUNSEL_ACCESS.value)


class NotInto(Conflict):
    code = "cannot-merge-into"
    title = "A case cannot be merged into that one."


def merge(case_id: UUID, words: Words, *, acting_user: User, now: datetime) -> Case:
    """Merge a case into the one that `words.into` names, and end it. The reason is sealed with the duplicate.

    1. Fetch both as this person may see them; a verb that is not possible speaks before words that lack.
    2. Lock what waits on either, then all their clips, then both cases, each in pk order: the same two merged the other
       way round at once meet the same locks, and the second finds the first done.
    3. Ask the path, then the other case. 4. Exhibits, reports, ties and the graver tier go over; clocks end.
    Raises Absent, IllegalMove, Invalid (no words, or no such case that this person can see), NotInto.
    """
    seen = case_for(acting_user, case_id)
    find_verb("merge", seen.standing(pending_verb(proposals_on(seen))), acting_user, seen)
    into_id = _seen(acting_user, words.into)
    keys = {pk: vault.data_key(pk) for pk in {case_id, into_id}}
    with transaction.atomic(durable=True):
        waiting = emergency.lock_proposals_on(case_id, into_id, acts=(*VOID_IN_BOTH, *VOID_IN_THE_DUPLICATE))
        cases = lock_clips_and_cases({case_id, into_id})
        case, into = cases[case_id], cases[into_id]
        move = find_verb("merge", case.standing(pending_verb(proposals_on(case))), acting_user, case)
        if absent := words.missing(move.asks):
            raise Invalid(f"merge needs: {', '.join(absent)}.", missing=absent)
        _refuse_target(case, into, acting_user)
        _close_what_waits(waiting, cases, case, acting_user, now)
        left = State(case.state)
        exhibits, reports = _take_over(case, into, keys, now)
        _end(case, into, now)
        event = write_event(case, "merge", now=now, actor=acting_user, from_state=left, into=into.number)
        write_note(case, event, Note.Kind.REASON, words.reason, now=now, key=keys[case_id])
        write_event(into, "merged-in", now=now, actor=acting_user, number=case.number)
        went = {"verb": "merge", "came_from": left, "to": case.state, "into": into.pk}
        record(Event.CASE_MOVED, case, now=now, actor=acting_user, **went)
        came = {"other": case.pk, "exhibits": exhibits, "reports": len(reports)}
        record(Event.CASE_MERGED_IN, into, now=now, actor=acting_user, **came)
        if left == State.REPORTED and into.state != State.REPORTED:
            tell_all([one.reporter for one in reports], REPORT_LOOKED_AT, now=now)
        _tell_who_works_on(into, acting_user, now)
    return case


def offered_to(user: User, case: Case) -> list[Case]:
    """Cases that this person could merge `case` into, the newest first. The action asks again under the locks."""
    open_ones = cases_for(user).exclude(state__in=[*TERMINAL, State.DECIDED]).exclude(pk=case.pk).select_related("team")
    found = list(open_ones.order_by("-opened_at", "pk")[:MOST_OFFERED])
    known = stances(user, found)
    return [one for one in found if known[one.pk].roles and not (case.referred_at and not one.referred_at)]


def _seen(user: User, into_id: UUID | None) -> UUID:
    """A case that is absent and one that is not this person's to see are one answer."""
    if into_id is None:
        raise Invalid("merge needs: into.", missing=["into"])
    try:
        return case_for(user, into_id).pk
    except Absent:
        raise Invalid("You can see no such case.", field="into") from None


def _refuse_target(case: Case, into: Case, user: User) -> None:
    """Raises NotInto, with the reason in plain words; ExportUnderWay while evidence of either is being copied: what two
    people released is what is built, and every recording that is read has its custody row before.
    """
    if Export.objects.under_way().filter(case=case).exists():
        raise ExportUnderWay
    if Export.objects.unbuilt().filter(case=into).exists():
        raise ExportUnderWay("An export of the case that goes on is being built. Let it be finished first.")
    if case.pk == into.pk:
        raise NotInto("It is the same case.")
    if into.state == State.MERGED:
        raise NotInto("That case was merged itself. Merge into the one that it leads to.")
    if into.state in TERMINAL:
        raise NotInto("That case has ended. Reopen it first, then merge.")
    if into.state == State.DECIDED:
        raise NotInto("That case is decided, on what was known then. Reopen it first, then merge.")
    if case.referred_at is not None and into.referred_at is None:
        raise NotInto("Legal has seen this case and not that one: what legal has seen only legal ends.")
    if not stance(user, into).roles:
        raise NotInto("You do not work on that case.")


def _close_what_waits(
    waiting: Iterable[Proposal], cases: dict[UUID, Case], case: Case, acting_user: User, now: datetime
) -> None:
    """Nobody is asked any more about what is no longer so, and whoever asked is told."""
    for proposal in waiting:
        about = cases[UUID(proposal.facts["case"])]
        if about == case or proposal.act in VOID_IN_BOTH:
            supersede(proposal, now=now)
            tell_all({proposal.proposer} - {acting_user}, PROPOSAL_OVERTAKEN, now=now, about=about)


def _take_over(case: Case, into: Case, keys: dict[UUID, vault.Key], now: datetime) -> tuple[int, list[Report]]:
    """Evidence, reports, ties and what is graver. Returns how many exhibits went over, and the reports."""
    places = _exhibits(case, into, now)
    reports = list(case.reports.select_related("exhibit", "reporter").order_by("reported_at", "reporter_number", "pk"))
    numbers = dict(into.reports.values_list("reporter", "reporter_number"))
    for report in reports:
        number = numbers.setdefault(report.reporter_id, max(numbers.values(), default=0) + 1)
        _move_report(report, case, into, places[report.exhibit.clip_id], number, keys)
    for person in Tie.objects.filter(case=case).values_list("person", flat=True):
        Tie.objects.get_or_create(case=into, person_id=person, defaults={"declared_at": now})
    _take_tier(case, into, now)
    return len(places), reports


def _exhibits(case: Case, into: Case, now: datetime) -> dict[UUID, Exhibit]:
    """The duplicate lets go of its evidence, and the other case has it from the same moment on. By clip."""
    clip_ids = list(case.exhibits.order_by("number").values_list("clip", flat=True))
    case.exhibits.filter(released_at=None).update(released_at=now)
    highest: int = into.exhibits.aggregate(highest=Max("number"))["highest"] or 0
    return {
        clip_id: Exhibit.objects.create(case=into, clip_id=clip_id, number=number, added_at=now)
        for number, clip_id in enumerate(clip_ids, start=highest + 1)
    }


def _move_report(
    report: Report, case: Case, into: Case, exhibit: Exhibit, number: int, keys: dict[UUID, vault.Key]
) -> None:
    """A report with its words, sealed anew: they belong to the case that answers it."""
    note = open_words(case.pk, report, "sealed_note", key=keys[case.pk])
    report.case, report.exhibit, report.reporter_number = into, exhibit, number
    if report.first_case_id is None:
        report.first_case = case
    report.sealed_note = seal_words(into.pk, report, "sealed_note", note, key=keys[into.pk]) if note else None
    report.save(update_fields=["case", "exhibit", "reporter_number", "first_case", "sealed_note"])


def _take_tier(case: Case, into: Case, now: datetime) -> None:
    """The graver tier counts, except that what nobody has looked at yet outranks no triage. Danger now tightens all."""
    danger = case.danger_now and not into.danger_now
    was, is_triaged = Tier(into.tier), into.triaged_at is not None
    if case.tier < was and (case.triaged_at is not None or not is_triaged):
        into.tier = case.tier
    into.danger_now = into.danger_now or case.danger_now
    into.version += 1
    into.save(update_fields=["tier", "danger_now", "version"])
    if into.tier != was:
        if was == Tier.T3:
            _begin_as_offence(into, now)
        recompute(into, now=now)
    if danger:
        tighten(into, now=now)


def _begin_as_offence(into: Case, now: datetime) -> None:
    """It was to be closed without referral; now it needs a decision, and a referral where it was triaged."""
    if into.state == State.TRIAGED:
        follow_state(into, State.TRIAGED, now=now)
    if not into.clocks.running().filter(kind=ClockKind.DECIDE).exists():
        start_clock(into, ClockKind.DECIDE, now=into.opened_at)


def _end(case: Case, into: Case, now: datetime) -> None:
    """What was merged into the duplicate before leads to the other case too: one step from anywhere."""
    case.state, case.merged_into, case.ended_at = State.MERGED, into, now
    case.version += 1
    case.save(update_fields=["state", "merged_into", "ended_at", "version"])
    Case.objects.filter(merged_into=case).update(merged_into=into)
    stop_all_clocks(case, now=now)


def _tell_who_works_on(into: Case, actor: User, now: datetime) -> None:
    """A new reporter may have been the only one free to act on it: then all supervisors see it from now on."""
    free = team_supervisors(into)
    if not free and into.referred_at is None and into.reach < ALL_SUPERVISORS:
        into.reach = ALL_SUPERVISORS
        into.save(update_fields=["reach"])
    told: Iterable[User] = free or everybody_with(Role.SUPERVISOR, into)
    if into.referred_at is not None:
        told = [*told, *everybody_with(Role.LEGAL, into)]
    tell_all([one for one in told if one != actor], CASE_MERGED_IN, now=now, about=into)
