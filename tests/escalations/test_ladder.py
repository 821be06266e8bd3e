"""A missed clock climbs until somebody answers it: rows, notices, ledger, and who then sees the case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalations.access import case_for
from escalations.actions.clocks import climb, climb_all, due_rungs, late_cases
from escalations.actions.moves import Words, act
from escalations.models import Rung
from escalations.registrations import late_cases as status_of_late_cases
from escalations.states import State, Tier
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent

pytestmark = pytest.mark.django_db
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def told(user) -> int:
    return Notice.objects.filter(user=user, code="case-late").count()


def sees(user, case) -> bool:
    try:
        case_for(user, case.pk)
    except Absent:
        return False
    return True


def acknowledge_clock(case):
    return case.clocks.get(kind="acknowledge")


def test_nothing_climbs_before_its_time(case, now):
    assert climb_all(now=now + HOUR - timedelta(seconds=1)) == 0
    assert late_cases(now + HOUR - timedelta(seconds=1)) == 0


def test_it_climbs_team_all_supervisors_on_call(case, supervisor, other_supervisor, legal, now):
    clock = acknowledge_clock(case)
    climb(clock.pk, now=now + HOUR)
    assert (told(supervisor), told(other_supervisor), told(legal)) == (1, 0, 0)
    climb(clock.pk, now=now + HOUR + QUARTER)
    assert (told(supervisor), told(other_supervisor), told(legal)) == (2, 1, 0)
    climb(clock.pk, now=now + HOUR + 2 * QUARTER)
    assert (told(supervisor), told(other_supervisor), told(legal)) == (3, 2, 1)  # nobody is on call: all are told


def test_between_rungs_it_waits(case, supervisor, now):
    clock = acknowledge_clock(case)
    assert climb(clock.pk, now=now + HOUR) is not None
    assert climb(clock.pk, now=now + HOUR + timedelta(minutes=14)) is None
    assert told(supervisor) == 1


def test_each_rung_is_a_row_a_line_and_an_entry(case, supervisor, now):
    climb(acknowledge_clock(case).pk, now=now + HOUR)
    rung = Rung.objects.get()
    assert (rung.step, rung.audience, rung.told) == (1, "team-supervisors", 1)
    assert case.events.filter(kind="climbed").count() == 1
    assert Entry.objects.get(event="case.clock-missed").facts["rung"] == 1


def test_whoever_is_told_can_see_the_case(case, supervisor, other_supervisor, legal, now):
    clock = acknowledge_clock(case)
    assert [sees(user, case) for user in (supervisor, other_supervisor, legal)] == [True, False, False]
    climb(clock.pk, now=now + HOUR)
    climb(clock.pk, now=now + HOUR + QUARTER)
    assert [sees(user, case) for user in (supervisor, other_supervisor, legal)] == [True, True, False]
    climb(clock.pk, now=now + HOUR + 2 * QUARTER)
    assert sees(legal, case)


def test_on_call_can_bring_it_as_far_as_legal(case, supervisor, other_supervisor, legal, now):
    clock = acknowledge_clock(case)
    for step in range(3):
        climb(clock.pk, now=now + HOUR + step * QUARTER)
    late = now + 2 * HOUR
    for verb, words in (("acknowledge", {}), ("triage", {"tier": Tier.T1, "facts": "a thud"}), ("refer", {})):
        case = act(case.pk, verb, Words(**words), acting_user=legal, now=late)
    assert case.state == State.WITH_LEGAL


def test_when_the_team_answers_the_others_see_it_no_more(case, supervisor, other_supervisor, legal, now):
    clock = acknowledge_clock(case)
    for step in range(3):
        climb(clock.pk, now=now + HOUR + step * QUARTER)
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=now + 2 * HOUR)
    assert [sees(user, case) for user in (supervisor, other_supervisor, legal)] == [True, False, False]


def test_an_answered_clock_climbs_no_more(case, supervisor, now):
    clock = acknowledge_clock(case)
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=now + HOUR)
    assert climb(clock.pk, now=now + HOUR + QUARTER) is None
    assert told(supervisor) == 0


def test_while_nobody_answers_it_keeps_climbing(case, supervisor, legal, now):
    clock, at = acknowledge_clock(case), now + HOUR
    for _ in range(40):
        climb(clock.pk, now=at)
        clock.refresh_from_db()
        assert at < clock.next_rung_at <= at + timedelta(days=1)
        at = clock.next_rung_at
    assert clock.rung == 40
    assert told(legal) == 38


def test_an_empty_rung_is_no_pause(report, other_supervisor, now):
    """A team without a supervisor: the first rung would tell nobody, so the second is climbed at once."""
    case = report()
    climb(acknowledge_clock(case).pk, now=now + HOUR)
    assert told(other_supervisor) == 1


def test_after_an_outage_the_rungs_are_caught_up_one_a_sweep(case, supervisor, other_supervisor, legal, now):
    morning = now + timedelta(hours=10)
    for _ in range(3):
        climb(acknowledge_clock(case).pk, now=morning)
    assert (told(supervisor), told(other_supervisor), told(legal)) == (3, 2, 1)
    assert climb(acknowledge_clock(case).pk, now=morning) is None


def test_legals_clock_climbs_within_legal(case, bring, supervisor, legal, other_legal, now):
    bring(case, State.WITH_LEGAL)
    clock = case.clocks.running().get(kind="decide")
    climb(clock.pk, now=now + timedelta(hours=24))
    assert (told(legal), told(other_legal), told(supervisor)) == (1, 1, 0)


def test_status_is_red_while_a_case_is_late(case, supervisor, now, monkeypatch):
    assert status_of_late_cases() is None
    case.clocks.filter(kind="acknowledge").update(due_at=now - HOUR)
    assert status_of_late_cases() == "late cases: 1"
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=now)
    assert status_of_late_cases() is None


def test_triage_recomputes_every_running_clock(case, bring, now):
    triaged = bring(case, State.TRIAGED, tier=Tier.T0)
    due = {clock.kind: clock.due_at - now for clock in triaged.clocks.running()}
    assert due == {"refer": QUARTER, "decide": HOUR}


def test_t3_has_no_decision_to_wait_for(case, bring):
    triaged = bring(case, State.TRIAGED, tier=Tier.T3)
    assert [clock.kind for clock in triaged.clocks.running()] == ["close"]


def test_a_later_deadline_lets_a_climbed_clock_start_again(case, bring, supervisor, now):
    """Triage as T2 turns a missed decision of T1 into one that is on time: its rungs stay, a new clock runs."""
    late = now + timedelta(hours=25)
    climb(case.clocks.get(kind="decide").pk, now=late)
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=late)
    triaged = act(case.pk, "triage", Words(tier=Tier.T2, facts="years ago"), acting_user=supervisor, now=late)
    clock = triaged.clocks.running().get(kind="decide")
    assert clock.rung == 0
    assert clock.due_at > late
    assert due_rungs(now=late) == []
    assert Rung.objects.count() == 1


def test_an_ended_case_has_no_clock(case, bring):
    assert not bring(case, State.CLOSED).clocks.running().exists()
