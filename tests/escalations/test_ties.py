"""Whoever declares a tie is out of the case, and somebody else is in it at once."""

from __future__ import annotations

import pytest

from escalations.actions.clocks import climb
from escalations.actions.moves import Words, act
from escalations.actions.ties import declare_tie
from escalations.states import IllegalMove
from project.notices.models import Notice

pytestmark = pytest.mark.django_db


def told(user) -> int:
    return Notice.objects.filter(user=user).count()


def test_a_team_without_anybody_free_hands_its_case_to_the_others(case, supervisor, other_supervisor, now):
    declare_tie(case.pk, acting_user=supervisor, now=now)
    assert told(other_supervisor) == 1
    assert case.events.get(kind="reassigned").facts == {"told": 1}
    act(case.pk, "acknowledge", Words(), acting_user=other_supervisor, now=now)
    with pytest.raises(IllegalMove) as refused:
        act(case.pk, "note", Words(text="seen"), acting_user=supervisor, now=now)
    assert refused.value.as_problem()["allowed_verbs"] == []


def test_where_a_colleague_of_the_team_is_free_it_stays_there(case, supervisor, other_supervisor, now):
    case.team.supervisors.add(other_supervisor)
    before = told(other_supervisor)
    declare_tie(case.pk, acting_user=supervisor, now=now)
    case.refresh_from_db()
    assert (case.reach, told(other_supervisor)) == (0, before)


def test_a_second_declaration_changes_nothing(case, supervisor, other_supervisor, now):
    declare_tie(case.pk, acting_user=supervisor, now=now)
    declare_tie(case.pk, acting_user=supervisor, now=now)
    assert told(other_supervisor) == 1
    assert case.events.filter(kind="tie-declared").count() == 1


def test_a_missed_clock_no_longer_tells_whoever_declared_a_tie(case, supervisor, other_supervisor, now):
    declare_tie(case.pk, acting_user=supervisor, now=now)
    before = told(supervisor)
    clock = case.clocks.get(kind="acknowledge")
    rung = climb(clock.pk, now=clock.due_at)
    assert rung is not None
    assert (rung.audience, rung.told) == ("all-supervisors", 1)
    assert told(supervisor) == before
