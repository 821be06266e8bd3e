"""Cases under contention: one number each, one case a clip, one acknowledgement, one decision, one rung.

Each race has a control that takes the lock away, in the test only, and shows that the race is real.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError

from escalations.actions import cases, clocks, merging, moves
from escalations.actions.approvals import approve
from escalations.actions.clocks import climb
from escalations.actions.merging import NotInto, merge
from escalations.actions.moves import Words, act
from escalations.models import Case, CaseYear, Exhibit, Rung
from escalations.states import Decision, IllegalMove, State
from project.accounts.access import Role
from project.accounts.twopeople import ProposalOver
from project.ledger.models import Entry
from reviews.models import Clip
from tests.cast import make_user
from tests.escalations.conftest import bring, case, clip, make_clip, report, sounds

__all__ = ["bring", "case", "clip", "make_clip", "report", "sounds"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
TOGETHER = 8


def meet(function, meeting: threading.Barrier):
    """Whoever has read waits until everybody has, or a moment: what a lock makes impossible."""

    def met(*args, **kwargs):
        answer = function(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=50)
        return answer

    return met


def test_cases_opened_at_once_get_numbers_without_gaps_or_doubles(
    report, make_clip, supervisor, reviewer, now, together
):
    clips = [make_clip(now).pk for _ in range(TOGETHER)]
    outcomes = together(*(lambda clip_id=clip_id: report(clip_id=clip_id) for clip_id in clips))
    assert all(outcome.succeeded for outcome in outcomes)
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert numbers == [f"E-{now.year}-{n:04d}" for n in range(1, TOGETHER + 1)]


def test_without_the_upsert_numbers_collide(report, make_clip, supervisor, reviewer, now, together, monkeypatch):
    """If this fails, the test above proves nothing: read, add one, write is what the upsert replaces."""
    meeting = threading.Barrier(2)

    def read_then_write(year: int) -> str:
        last = CaseYear.objects.filter(year=year).values_list("last", flat=True).first() or 0
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=50)
        CaseYear.objects.update_or_create(year=year, defaults={"last": last + 1})
        return f"E-{year}-{last + 1:04d}"

    monkeypatch.setattr(cases, "draw_number", read_then_write)
    clips = [make_clip(now).pk for _ in range(2)]
    outcomes = together(*(lambda clip_id=clip_id: report(clip_id=clip_id) for clip_id in clips))
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]


def test_two_reports_of_one_clip_make_one_case(report, clip, reviewer, other_reviewer, supervisor, together):
    outcomes = together(lambda: report(reporter=reviewer), lambda: report(reporter=other_reviewer))
    assert all(outcome.succeeded for outcome in outcomes)
    assert outcomes[0].result == outcomes[1].result
    assert Case.objects.get().reports.count() == 2


def test_without_the_clips_lock_one_of_two_reports_is_lost(
    report, clip, reviewer, other_reviewer, supervisor, together, monkeypatch
):
    """If this fails, the test above proves nothing. Even then the database refuses a second open case of one clip."""
    unlocked = meet(lambda clip_id: Clip.objects.get(pk=clip_id), threading.Barrier(2))
    monkeypatch.setattr(cases, "lock_clip", unlocked)
    outcomes = together(lambda: report(reporter=reviewer), lambda: report(reporter=other_reviewer))
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]
    assert Exhibit.objects.count() == 1


def test_of_two_acknowledgements_one_is_told_what_it_may_do_instead(case, team, supervisor, now, together):
    second = make_user("second-supervisor", Role.SUPERVISOR)
    team.supervisors.add(second)
    outcomes = together(
        *(
            lambda user=user: act(case.pk, "acknowledge", Words(), acting_user=user, now=now)
            for user in (supervisor, second)
        )
    )
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]
    (refused,) = [outcome.error for outcome in outcomes if outcome.error]
    assert isinstance(refused, IllegalMove)
    assert "triage" in refused.extra["allowed_verbs"]
    assert Entry.objects.filter(event="case.moved").count() == 1


def test_without_the_cases_lock_both_acknowledge(case, team, supervisor, now, together, monkeypatch):
    """If this fails, the test above proves nothing."""
    second = make_user("second-supervisor", Role.SUPERVISOR)
    team.supervisors.add(second)
    unlocked = meet(lambda case_id: ([], Case.objects.get(pk=case_id)), threading.Barrier(2))
    monkeypatch.setattr(moves, "lock_clips_and_case", unlocked)
    monkeypatch.setattr(moves, "find_move", meet(moves.find_move, threading.Barrier(2)))
    together(
        *(
            lambda user=user: act(case.pk, "acknowledge", Words(), acting_user=user, now=now)
            for user in (supervisor, second)
        )
    )
    assert Entry.objects.filter(event="case.moved").count() == 2


def test_of_two_approvals_one_decides(case, bring, legal, other_legal, now, together):
    third = make_user("third-legal", Role.LEGAL)
    bring(case, State.WITH_LEGAL)
    act(case.pk, "decide", Words(decision=Decision.REPORT, reason="likely"), acting_user=legal, now=now)
    outcomes = together(
        *(lambda user=user: approve(case.pk, acting_user=user, now=now) for user in (other_legal, third))
    )
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]
    (refused,) = [outcome.error for outcome in outcomes if outcome.error]
    assert isinstance(refused, ProposalOver | IllegalMove)
    assert Entry.objects.filter(event="case.moved", facts__verb="decide").count() == 1


def test_an_approval_against_a_referral_has_one_winner(case, bring, supervisor, other_supervisor, now, together):
    """Whoever comes second finds the case moved on: never both, never a deadlock."""
    bring(case, State.TRIAGED)
    act(case.pk, "dismiss", Words(reason="a film"), acting_user=supervisor, now=now)
    dismissed, referred = together(
        lambda: approve(case.pk, acting_user=other_supervisor, now=now),
        lambda: act(case.pk, "refer", Words(), acting_user=supervisor, now=now),
    )
    assert dismissed.succeeded != referred.succeeded
    case.refresh_from_db()
    assert case.state == (State.DISMISSED if dismissed.succeeded else State.WITH_LEGAL)


def test_of_two_sweeps_one_climbs(case, supervisor, now, together):
    late = now + timedelta(hours=1)
    clock = case.clocks.get(kind="acknowledge")
    outcomes = together(*(lambda: climb(clock.pk, now=late) for _ in range(2)))
    assert all(outcome.succeeded for outcome in outcomes)
    assert Rung.objects.count() == 1


def test_without_the_cases_lock_both_sweeps_try(case, supervisor, now, together, monkeypatch):
    """If this fails, the test above proves nothing. Even then the database refuses the same rung twice."""
    late = now + timedelta(hours=1)
    clock = case.clocks.get(kind="acknowledge")
    monkeypatch.setattr(clocks, "lock_case", lambda case_id: Case.objects.select_related("team").get(pk=case_id))
    monkeypatch.setattr(clocks, "tell_all", meet(lambda *args, **kwargs: 0, threading.Barrier(2)))
    outcomes = together(*(lambda: climb(clock.pk, now=late) for _ in range(2)))
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]


def test_acknowledging_against_the_ladder_never_deadlocks(case, supervisor, now, together):
    clock = case.clocks.get(kind="acknowledge")
    late = now + timedelta(hours=1)
    outcomes = together(
        lambda: climb(clock.pk, now=late),
        lambda: act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=late),
    )
    assert all(outcome.succeeded for outcome in outcomes)


@pytest.fixture
def two_cases(case, report, make_clip, team, supervisor, reviewer, now):
    """Two cases and two supervisors who each want to merge the one into the other, the other way round."""
    second = make_user("second-supervisor", Role.SUPERVISOR)
    team.supervisors.add(second)
    other = report(clip_id=make_clip(now).pk, now=now)

    def into(one, another, user):
        return lambda: merge(one.pk, Words(into=another.pk, reason="one evening"), acting_user=user, now=now)

    return into(case, other, supervisor), into(other, case, second)


def test_of_two_cases_merged_into_each_other_at_once_one_goes_on(two_cases, together):
    outcomes = together(*two_cases)
    assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]
    (refused,) = [outcome.error for outcome in outcomes if outcome.error]
    assert isinstance(refused, NotInto | IllegalMove)
    goes_on, merged = Case.objects.get(merged_into=None), Case.objects.exclude(merged_into=None).get()
    assert (goes_on.state, merged.merged_into) == (State.REPORTED, goes_on)
    assert Exhibit.objects.filter(case=goes_on, released_at=None).count() == 2
    assert goes_on.reports.count() == 2


def test_without_the_cases_locks_the_database_has_to_stop_one_of_them(two_cases, together, monkeypatch):
    """If this fails, the test above proves nothing: no rule refuses, a deadlock or a constraint does."""
    monkeypatch.setattr(merging, "lock_clips_and_cases", lambda ids: {pk: Case.objects.get(pk=pk) for pk in ids})
    both_let_through = meet(merging._refuse_target, threading.Barrier(2))
    monkeypatch.setattr(merging, "_refuse_target", both_let_through)
    outcomes = together(*two_cases)
    refusals = [outcome.error for outcome in outcomes if outcome.error]
    assert refusals
    assert all(isinstance(error, DatabaseError) for error in refusals)


def test_a_report_that_comes_while_its_case_is_merged_is_in_the_case_that_goes_on(
    case, report, make_clip, supervisor, other_reviewer, now, together
):
    other_clip = make_clip(now).pk
    other = report(clip_id=other_clip, now=now)
    outcomes = together(
        lambda: merge(other.pk, Words(into=case.pk, reason="one evening"), acting_user=supervisor, now=now),
        lambda: report(clip_id=other_clip, reporter=other_reviewer),
    )
    assert all(outcome.succeeded for outcome in outcomes)
    assert case.reports.count() == 3
