"""A case goes to another team: who sees it, whose calendar counts, what a missed clock makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from escalations.access import case_for
from escalations.actions.clocks import climb
from escalations.actions.moves import Words, act
from escalations.actions.standing import conflict_with, proposals_on
from escalations.models import Case
from escalations.states import State, Tier
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent, Invalid

pytestmark = pytest.mark.django_db


def hand_over(case, team, by, now, **words):
    return act(case.pk, "hand-over", Words(team=team.pk, **words), acting_user=by, now=now)


def told(user) -> int:
    return Notice.objects.filter(user=user, code="case-handed-over").count()


def test_the_other_teams_supervisors_have_it_then(case, supervisor, other_supervisor, other_team, now):
    hand_over(case, other_team, supervisor, now, reason="their household")
    assert case_for(other_supervisor, case.pk).team == other_team
    with pytest.raises(Absent):
        case_for(supervisor, case.pk)
    assert told(other_supervisor) == 1
    act(case.pk, "acknowledge", Words(), acting_user=other_supervisor, now=now)


def test_timeline_and_ledger_say_where_it_went_and_no_word_of_why(case, supervisor, other_supervisor, other_team, now):
    hand_over(case, other_team, supervisor, now, reason="their household")
    event = case.events.get(kind="hand-over")
    assert event.facts["team"] == other_team.slug
    entry = Entry.objects.get(event="case.moved")
    assert entry.facts["team_id"] == str(other_team.pk)
    assert "household" not in str(entry.facts)


def test_the_reporter_hears_nothing_of_it(case, bring, supervisor, other_supervisor, other_team, reviewer, now):
    bring(case, State.ACKNOWLEDGED)
    before = Notice.objects.filter(user=reviewer).count()
    hand_over(case, other_team, supervisor, now)
    assert Notice.objects.filter(user=reviewer).count() == before


def test_its_clocks_are_counted_by_the_new_teams_calendar(
    report, bring, supervisor, other_supervisor, other_team, noon
):
    other_team.time_zone = "America/New_York"
    other_team.save()
    case = bring(report(now=noon), State.TRIAGED, tier=Tier.T2, now=noon)
    started = case.clocks.running().get(kind="refer").started_at
    hand_over(case, other_team, supervisor, noon)
    clock = case.clocks.running().get(kind="refer")
    assert clock.due_at == datetime(2026, 11, 19, 14, tzinfo=UTC)
    assert clock.started_at == started
    assert case.events.get(kind="hand-over").facts["clocks"] == ["decide", "refer"]


def test_handing_over_is_no_answer_to_a_missed_clock(case, supervisor, other_supervisor, other_team, legal, now):
    clock, late = case.clocks.get(kind="acknowledge"), now + timedelta(hours=1)
    for step in range(2):
        climb(clock.pk, now=late + step * timedelta(minutes=15))
    moved = hand_over(case, other_team, supervisor, late + timedelta(minutes=20))
    clock.refresh_from_db()
    assert (clock.rung, clock.stopped_at, moved.reach) == (2, None, 2)
    climb(clock.pk, now=late + timedelta(minutes=30))
    assert case_for(legal, case.pk) == case


def test_a_team_without_anybody_to_act_is_no_dead_end(case, supervisor, other_team, now):
    """Its only supervisors would be the reporters: here it has none at all."""
    moved = hand_over(case, other_team, supervisor, now)
    assert moved.reach == 2
    assert case_for(supervisor, case.pk) == case


def test_the_reporters_line_of_command_stays_out_of_approvals(
    case, bring, supervisor, other_supervisor, other_team, now
):
    """Moving a case to another team is no way round the conflict of interest."""
    bring(case, State.TRIAGED)
    hand_over(case, other_team, supervisor, now)
    act(case.pk, "dismiss", Words(reason="a film"), acting_user=other_supervisor, now=now)
    assert conflict_with(Case.objects.get(pk=case.pk), supervisor)
    (waiting,) = proposals_on(Case.objects.get(pk=case.pk))
    with pytest.raises(Absent):
        case_for(supervisor, case.pk)
    assert waiting.proposer == other_supervisor


def test_what_was_proposed_before_is_void(case, bring, supervisor, other_supervisor, other_team, now):
    bring(case, State.TRIAGED)
    act(case.pk, "dismiss", Words(reason="a film"), acting_user=supervisor, now=now)
    hand_over(case, other_team, supervisor, now)
    assert proposals_on(Case.objects.get(pk=case.pk)) == []


def test_to_the_same_team_is_refused(case, supervisor, team, now):
    with pytest.raises(Invalid):
        hand_over(case, team, supervisor, now)
    assert not case.events.filter(kind="hand-over").exists()


def test_the_page_offers_the_other_teams_and_goes_to_the_board(
    case, client_of, supervisor, other_supervisor, team, other_team
):
    client = client_of(supervisor)
    text = client.get(reverse("escalations:case", args=[case.pk])).content.decode()
    assert f'<option value="{other_team.pk}">' in text
    assert f'<option value="{team.pk}">' not in text
    url = reverse("escalations:verb", args=[case.pk, "hand-over"])
    assert client.post(url, {"team": "", "reason": ""}).status_code == 422
    answer = client.post(url, {"team": str(other_team.pk), "reason": ""}, follow=True)
    assert answer.redirect_chain[-1][0] == "/cases/"
    assert "Team two" in answer.content.decode()
