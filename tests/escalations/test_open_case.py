"""A flag opens a case: hold, clocks, notices, ledger, all in the flag's own transaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from escalations.access import active_hold_on, clips_on_hold, clips_whose_cases_are_over
from escalations.actions.cases import prepare_case_key
from escalations.actions.holds import TooLate
from escalations.models import Case, Hold, Report
from escalations.registrations import which_exist
from escalations.sealing import open_words
from escalations.states import State
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.models import Clip

pytestmark = pytest.mark.django_db


def codes(user) -> list[str]:
    return sorted(Notice.objects.filter(user=user).values_list("code", flat=True))


def test_it_gets_a_number_for_people(report, supervisor, now):
    case = report()
    assert (case.number, case.state, case.tier) == (f"E-{now.year}-0001", "reported", "T1")


def test_numbers_follow_each_other_within_a_year(report, make_clip, supervisor, now):
    numbers = [report(clip_id=make_clip(now).pk).number for _ in range(3)]
    assert numbers == [f"E-{now.year}-000{n}" for n in (1, 2, 3)]


def test_its_clocks_are_t1s_until_triage(case, now):
    due = {clock.kind: clock.due_at - now for clock in case.clocks.all()}
    assert due == {"acknowledge": timedelta(hours=1), "decide": timedelta(hours=24)}


def test_danger_now_has_t0s_clocks(report, supervisor, now):
    case = report(danger_now=True)
    due = {clock.kind: clock.due_at - now for clock in case.clocks.all()}
    assert (case.tier, due) == ("T0", {"acknowledge": timedelta(minutes=15), "decide": timedelta(minutes=60)})
    assert codes(supervisor) == ["case-danger"]


def test_the_clip_is_held_from_the_same_commit(case, clip):
    hold = active_hold_on(clip.pk)
    assert hold is not None
    assert (hold.kind, hold.case_id, hold.owner) == ("flag", case.pk, None)
    assert clip.pk in clips_on_hold()
    assert clip.pk not in clips_whose_cases_are_over()


def test_the_note_is_sealed_under_the_cases_key(case):
    report = Report.objects.get(case=case)
    assert b"cries" not in bytes(report.sealed_note)
    assert open_words(case.pk, report, "sealed_note") == "somebody cries for help"


def test_supervisors_and_the_reporter_are_told(case, supervisor, other_supervisor, reviewer):
    assert codes(supervisor) == ["case-reported"]
    assert codes(other_supervisor) == []
    assert codes(reviewer) == ["report-received"]


def test_the_ledger_names_the_report_and_nobody(case):
    entry = Entry.objects.get(event="case.opened")
    assert (entry.subject_id, entry.actor_id) == (str(case.pk), None)
    assert "report" in entry.facts


def test_a_follow_up_joins_the_open_case(case, report, other_reviewer, supervisor):
    joined = report(reporter=other_reviewer, category="threat")
    assert joined == case
    assert [r.pseudonym for r in case.reports.all()] == ["Reporter 1", "Reporter 2"]
    assert Hold.objects.count() == 1
    assert "case-follow-up" in codes(supervisor)


def test_the_same_person_keeps_their_pseudonym(case, report):
    report(category="threat")
    assert [r.pseudonym for r in case.reports.all()] == ["Reporter 1", "Reporter 1"]


def test_a_follow_up_of_danger_hastens_every_clock(case, report, now):
    joined = report(danger_now=True, now=now + timedelta(minutes=30))
    due = {clock.kind: clock.due_at - now for clock in joined.clocks.running()}
    assert joined.tier == "T0"
    assert due == {"acknowledge": timedelta(minutes=15), "decide": timedelta(minutes=60)}


def test_a_follow_up_of_danger_after_triage_leaves_the_tier_to_people(case, bring, report, now):
    bring(case, State.TRIAGED)
    joined = report(danger_now=True, now=now + timedelta(minutes=30))
    assert joined.tier == "T1"
    assert max(clock.due_at for clock in joined.clocks.running()) == now + timedelta(minutes=90)


def test_after_its_case_ended_a_clip_can_have_a_new_one(case, bring, report):
    bring(case, State.DISMISSED)
    again = report()
    assert again != case
    assert Case.objects.count() == 2


def test_a_clip_past_recall_is_refused_and_nothing_is_written(clip, report):
    Clip.objects.filter(pk=clip.pk).update(state="erasing")
    with pytest.raises(TooLate), transaction.atomic():
        report()
    assert not Case.objects.exists()


def test_it_rolls_back_with_the_flag(report, supervisor):
    class TheFlagFails(Exception):
        pass

    def flag_that_fails():
        with transaction.atomic():
            report()
            raise TheFlagFails

    with pytest.raises(TheFlagFails):
        flag_that_fails()
    assert not Case.objects.exists()
    assert not Hold.objects.exists()


def test_a_key_without_a_case_is_known_as_an_orphan(case):
    orphan = prepare_case_key()
    assert which_exist([orphan, case.pk]) == {case.pk}


def test_without_a_supervisor_every_supervisor_sees_it(report, other_supervisor):
    case = report()
    assert case.reach == 2
    assert codes(other_supervisor) == ["case-reported"]
