"""Dismissals and decisions: who may approve, who may not, what happens once and what never by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.access import active_hold_on, case_for
from escalations.actions.approvals import approve, decline, withdraw
from escalations.actions.moves import Words, act
from escalations.actions.standing import stance
from escalations.actions.ties import declare_tie
from escalations.models import Case
from escalations.states import Decision, IllegalMove, State, Tier
from project.accounts import twopeople
from project.accounts.access import Role
from project.accounts.models import Proposal, User
from project.accounts.twopeople import ConflictOfInterest, ProposalOver, SamePerson, expire_proposals
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent
from tests.cast import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def dismissal(case, bring, supervisor, other_supervisor, now) -> Case:
    """A triaged case whose team's supervisor proposed to dismiss it."""
    bring(case, State.TRIAGED)
    return act(case.pk, "dismiss", Words(reason="a film was on"), acting_user=supervisor, now=now)


@pytest.fixture
def decision(case, bring, legal, other_legal, now) -> Case:
    bring(case, State.WITH_LEGAL)
    return act(case.pk, "decide", Words(decision=Decision.REPORT, reason="likely"), acting_user=legal, now=now)


def url(case, verb):
    return reverse("escalations-api:verb", args=[case.pk, verb])


def test_a_proposed_dismissal_changes_nothing_yet(dismissal, clip):
    assert dismissal.state == State.TRIAGED
    assert active_hold_on(clip.pk) is not None


def test_another_teams_supervisor_approves_it_and_the_hold_ends(dismissal, api_of, other_supervisor, clip):
    answer = api_of(other_supervisor).post(url(dismissal, "approve"), {}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert active_hold_on(clip.pk) is None
    assert Entry.objects.filter(event="hold.ended").count() == 1


def test_they_see_the_case_for_as_long_as_it_is_proposed_to_them(dismissal, other_supervisor, supervisor, now):
    assert case_for(other_supervisor, dismissal.pk) == dismissal
    assert stance(other_supervisor, dismissal).verbs == ["approve", "decline"]
    withdraw(dismissal.pk, acting_user=supervisor, now=now)
    with pytest.raises(Absent):
        case_for(other_supervisor, dismissal.pk)


def test_a_refused_verb_names_all_that_they_may_do(dismissal, api_of, supervisor, other_supervisor):
    for person in (supervisor, other_supervisor):
        may = api_of(person).get(reverse("escalations-api:case", args=[dismissal.pk])).json()["allowed_verbs"]
        answer = api_of(person).post(url(dismissal, "close"), {}, format="json")
        assert (answer.status_code, answer.json()["allowed_verbs"]) == (409, may)


def test_a_board_of_no_such_state_is_refused(api_of, supervisor):
    answer = api_of(supervisor).get(reverse("escalations-api:cases"), {"state": "nowhere"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["state"])


def test_fit_approvers_are_told(dismissal, other_supervisor, supervisor):
    assert Notice.objects.filter(user=other_supervisor, code="proposal-waits").count() == 1
    assert not Notice.objects.filter(user=supervisor, code="proposal-waits").exists()


def test_whoever_proposed_it_cannot_approve(dismissal, supervisor, now):
    with pytest.raises(SamePerson):
        approve(dismissal.pk, acting_user=supervisor, now=now)


def test_the_teams_other_supervisor_is_in_the_line_of_command(dismissal, team, now):
    second = make_user("second-supervisor", Role.SUPERVISOR)
    team.supervisors.add(second)
    with pytest.raises(ConflictOfInterest):
        approve(dismissal.pk, acting_user=second, now=now)
    assert "approve" not in stance(second, dismissal).verbs


def test_the_line_of_command_of_every_reporter_counts(
    case, bring, report, far_reviewer, supervisor, other_supervisor, now
):
    """Somebody of the other team joined: their supervisor may no longer approve either."""
    report(reporter=far_reviewer)
    bring(case, State.TRIAGED)
    act(case.pk, "dismiss", Words(reason="a film"), acting_user=supervisor, now=now)
    with pytest.raises(Absent):
        approve(case.pk, acting_user=other_supervisor, now=now)


def test_a_supervisor_who_reported_it_cannot_approve_or_even_see_it(case, bring, report, now):
    both = make_user("supervising-reviewer", Role.SUPERVISOR, Role.REVIEWER)
    report(reporter=both)
    bring(case, State.TRIAGED)
    with pytest.raises(Absent):
        case_for(both, case.pk)


def test_a_declared_tie_is_a_conflict(decision, other_legal, now):
    declare_tie(decision.pk, acting_user=other_legal, now=now)
    with pytest.raises(ConflictOfInterest):
        approve(decision.pk, acting_user=other_legal, now=now)
    assert stance(other_legal, decision).verbs == []


def test_a_tie_voids_what_its_owner_proposed(decision, legal, other_legal, now):
    declare_tie(decision.pk, acting_user=legal, now=now)
    assert Proposal.objects.get().state == Proposal.State.WITHDRAWN
    with pytest.raises(IllegalMove):
        approve(decision.pk, acting_user=other_legal, now=now)


def test_two_legal_people_decide(decision, other_legal, now):
    assert decision.state == State.WITH_LEGAL
    decided = approve(decision.pk, acting_user=other_legal, now=now)
    assert (decided.state, decided.decision) == (State.DECIDED, Decision.REPORT)


def test_without_a_fit_approver_it_stays_proposed_and_says_who_is_missing(decision, api_of, legal, other_legal, now):
    User.objects.filter(pk=other_legal.pk).update(is_active=False)
    body = api_of(legal).get(reverse("escalations-api:case", args=[decision.pk])).json()
    assert body["state"] == "with_legal"
    assert "second legal person" in body["proposals"][0]["missing"]
    assert expire_proposals(now=now + timedelta(days=29)) == 0


def test_approving_twice_is_once(decision, other_legal, now):
    approve(decision.pk, acting_user=other_legal, now=now)
    with pytest.raises(IllegalMove):
        approve(decision.pk, acting_user=other_legal, now=now)
    assert Entry.objects.filter(event="case.moved", facts__verb="decide").count() == 1


def test_a_follow_up_makes_a_waiting_dismissal_void(dismissal, report, other_reviewer, other_supervisor, now):
    """What would be approved is no longer what was proposed."""
    report(reporter=other_reviewer)
    with pytest.raises(IllegalMove):
        approve(dismissal.pk, acting_user=other_supervisor, now=now)


def test_a_stale_proposal_is_refused_by_the_general_page_too(dismissal, report, other_reviewer, other_supervisor, now):
    report(reporter=other_reviewer)
    with pytest.raises(ProposalOver):
        twopeople.approve(Proposal.objects.get().pk, acting_user=other_supervisor, now=now)
    dismissal.refresh_from_db()
    assert dismissal.state == State.TRIAGED


def test_a_referral_overtakes_a_waiting_dismissal(dismissal, supervisor, now):
    act(dismissal.pk, "refer", Words(), acting_user=supervisor, now=now)
    assert Proposal.objects.get().state == Proposal.State.WITHDRAWN


def test_a_declined_dismissal_leaves_the_case_where_it_was(dismissal, other_supervisor, supervisor, now):
    declined = decline(dismissal.pk, acting_user=other_supervisor, now=now)
    assert declined.state == State.TRIAGED
    assert declined.events.filter(kind="dismiss-declined").exists()
    assert "dismiss" in stance(supervisor, declined).verbs


def test_a_note_does_not_void_a_proposal(decision, legal, other_legal, now):
    act(decision.pk, "note", Words(text="called them"), acting_user=legal, now=now)
    assert approve(decision.pk, acting_user=other_legal, now=now).state == State.DECIDED


def test_in_t0_one_legal_person_decides_and_a_second_looks(case, bring, legal, other_legal, now):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    decided = act(case.pk, "decide", Words(decision=Decision.REPORT, reason="now"), acting_user=legal, now=now)
    assert (decided.state, decided.review_open) == (State.DECIDED, True)
    assert decided.clocks.running().get(kind="review").due_at == now + timedelta(hours=24)
    with pytest.raises(IllegalMove):
        act(case.pk, "close", Words(), acting_user=legal, now=now)
    with pytest.raises(SamePerson):
        approve(case.pk, acting_user=legal, now=now)
    reviewed = approve(case.pk, acting_user=other_legal, now=now)
    assert (reviewed.state, reviewed.review_open) == (State.DECIDED, False)
    assert not reviewed.clocks.running().filter(kind="review").exists()
    assert act(case.pk, "close", Words(), acting_user=legal, now=now).state == State.CLOSED


def test_no_action_needs_the_second_person_even_in_t0(case, bring, legal, now):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    waiting = act(case.pk, "decide", Words(decision=Decision.NO_ACTION, reason="a game"), acting_user=legal, now=now)
    assert waiting.state == State.WITH_LEGAL


def test_an_objection_reopens_what_one_person_decided(case, bring, legal, other_legal, now):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    act(case.pk, "decide", Words(decision=Decision.REPORT, reason="now"), acting_user=legal, now=now)
    assert decline(case.pk, acting_user=other_legal, now=now).state == State.REOPENED
    assert Notice.objects.filter(user=legal, code="case-objected").exists()


def test_a_second_look_that_expires_is_asked_for_again(case, bring, legal, other_legal, now):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    act(case.pk, "decide", Words(decision=Decision.REPORT, reason="now"), acting_user=legal, now=now)
    expire_proposals(now=now + timedelta(days=31))
    waiting = Proposal.objects.get(state=Proposal.State.PROPOSED)
    assert waiting.act == "emergency-review"
    case.refresh_from_db()
    assert case.review_open


def test_the_reason_is_nowhere_in_the_clear(decision):
    assert "likely" not in str(list(Entry.objects.values("facts")))
    assert "likely" not in str(list(Proposal.objects.values("facts")))
    assert "likely" not in str(list(Notice.objects.values()))
