"""Open a case, or join the one that is open."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max

from escalations.access import ALL_SUPERVISORS
from escalations.actions.clocks import recompute, start_clock, tighten
from escalations.actions.holds import place_flags_hold
from escalations.actions.timeline import everybody_with, record, team_supervisors, tell_all, write_event
from escalations.locks import lock_case, lock_clip
from escalations.models import Case, Exhibit, Report
from escalations.notices import CASE_DANGER, CASE_FOLLOW_UP, CASE_REPORTED, REPORT_RECEIVED
from escalations.sealing import seal_words
from escalations.states import ClockKind, Tier
from project import vault
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from wellbeing.actions.checkins import offer_follow_ups


def prepare_case_key() -> UUID:
    """A data key for a case that may be opened next. Called before the transaction: the key commits first.

    A key that no case came to own is swept by the vault.
    """
    case_id = uuid.uuid4()
    vault.create_key(case_id, "case")
    return case_id


def open_case(
    clip_id: UUID,
    *,
    reporter: User,
    category: str,
    danger_now: bool,
    start_ms: int | None,
    end_ms: int | None,
    note: str | None,
    now: datetime,
    case_id: UUID,
) -> Case:
    """Open a case about a clip, in the caller's transaction; a clip that has an open case gets a follow-up report.

    1. Take the clip's lock (the caller has it already): two reports of one clip cannot open two cases.
    2. Join the open case, or open one under `case_id`, whose key was prepared before the transaction.
    3. The flag's hold stands from this commit on, the clocks run, supervisors and the reporter are told, and the
       reporter is offered check-ins.
    Times are UTC, spans milliseconds. Raises escalations.actions.holds.TooLate for a clip past recall.
    """
    clip = lock_clip(clip_id)
    exhibit = Exhibit.objects.filter(clip_id=clip_id, released_at=None).first()
    is_new = exhibit is None
    if exhibit is None:
        case = _open(case_id, reporter, danger_now=danger_now, now=now)
        exhibit = Exhibit.objects.create(case=case, clip_id=clip_id, number=1, added_at=now)
        place_flags_hold(case, [clip], now=now)
    else:
        case = lock_case(exhibit.case_id)
    report = _write_report(
        case, exhibit, reporter, category=category, danger_now=danger_now, span=(start_ms, end_ms), note=note, now=now
    )
    _announce(case, report, is_new=is_new, now=now)
    offer_follow_ups(reporter.pk, now)
    return case


def _open(case_id: UUID, reporter: User, *, danger_now: bool, now: datetime) -> Case:
    """The case and its first clocks. A team without a supervisor to act is no dead end: all supervisors see it."""
    case = Case.objects.create(
        pk=case_id,
        number=draw_number(now.astimezone(UTC).year),
        tier=Tier.T0 if danger_now else Tier.T1,
        danger_now=danger_now,
        team=reporter.team,
        opened_at=now,
    )
    if not [one for one in team_supervisors(case) if one != reporter]:
        case.reach = ALL_SUPERVISORS
        case.save(update_fields=["reach"])
    start_clock(case, ClockKind.ACKNOWLEDGE, now=now)
    start_clock(case, ClockKind.DECIDE, now=now)
    return case


def draw_number(year: int) -> str:
    """The next case number of a year, without gaps or doubles: the upsert's row lock lasts until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO escalations_caseyear AS y (year, last) VALUES (%s, 1) "
            "ON CONFLICT (year) DO UPDATE SET last = y.last + 1 RETURNING last",
            [year],
        )
        (last,) = cursor.fetchone()
    return f"E-{year}-{last:04d}"


def _write_report(
    case: Case,
    exhibit: Exhibit,
    reporter: User,
    *,
    category: str,
    danger_now: bool,
    span: tuple[int | None, int | None],
    note: str | None,
    now: datetime,
) -> Report:
    known = case.reports.filter(reporter=reporter).values_list("reporter_number", flat=True).first()
    highest: int = case.reports.aggregate(highest=Max("reporter_number"))["highest"] or 0
    report = Report(
        case=case,
        exhibit=exhibit,
        reporter=reporter,
        reporter_number=known or highest + 1,
        category=category,
        danger_now=danger_now,
        start_ms=span[0],
        end_ms=span[1],
        reported_at=now,
    )
    report.sealed_note = seal_words(case.pk, report, "sealed_note", note) if note else None
    report.save(force_insert=True)
    return report


def _announce(case: Case, report: Report, *, is_new: bool, now: datetime) -> None:
    kind = "reported" if is_new else "follow-up"
    write_event(case, kind, now=now, report=report, category=report.category, danger_now=report.danger_now)
    event = Event.CASE_OPENED if is_new else Event.CASE_JOINED
    # The entry names the report, not the account: exports carry the case's entries, and the reporter is a pseudonym
    # there. Who flagged the clip stands in the clip's own entry.
    record(event, case, now=now, report=report.pk, clip=report.exhibit.clip_id, danger_now=report.danger_now)
    if not is_new:
        _take_up(case, report, now=now)
    people = team_supervisors(case) or everybody_with(Role.SUPERVISOR, case)
    told = CASE_DANGER if report.danger_now else CASE_REPORTED if is_new else CASE_FOLLOW_UP
    tell_all(people, told, now=now, about=case)
    tell(report.reporter, REPORT_RECEIVED, now=now)


def _take_up(case: Case, report: Report, *, now: datetime) -> None:
    """A follow-up changes what a second person would approve; danger now makes every running clock as fast as T0's.

    Before triage the provisional tier follows. After it the tier stays: it decides who must approve, so people set it.
    """
    case.version += 1
    faster = report.danger_now and not case.danger_now
    if faster:
        case.danger_now = True
        if case.triaged_at is None:
            case.tier = Tier.T0
    case.save(update_fields=["version", "danger_now", "tier"])
    if faster:
        recompute(case, now=now)
        tighten(case, now=now)
