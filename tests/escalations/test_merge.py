"""Duplicates become one case: both histories stay, everybody who reported has one answer, no evidence is let go."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.access import active_hold_on, case_for, cases_for, family_of
from escalations.actions.approvals import approve
from escalations.actions.case_retention import attend, due
from escalations.actions.clocks import late_cases
from escalations.actions.counsel import propose_counsel
from escalations.actions.custody import open_evidence
from escalations.actions.export_facts import custody, present_exhibits, timeline
from escalations.actions.export_ledger import entries_of
from escalations.actions.export_people import People
from escalations.actions.exports import propose_export
from escalations.actions.holds import place_hold
from escalations.actions.merging import NotInto, merge
from escalations.actions.moves import Words, act
from escalations.actions.reports import Outcome, add_to_report, told_of
from escalations.actions.standing import conflict_with, proposals_on, stance
from escalations.actions.ties import declare_tie
from escalations.api.shapes import whole_case_json
from escalations.export.facts import Profile
from escalations.merged import CaseMerged
from escalations.models import Case, Export, Report
from escalations.registrations import lengths_to_acknowledge
from escalations.sealing import open_words
from escalations.states import IllegalMove, State, Tier
from project.accounts.access import Role
from project.accounts.models import Proposal
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent, Invalid
from tests.cast import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(report, make_clip, other_reviewer, supervisor, now):
    """A second case, about another clip, by somebody else."""
    return report(clip_id=make_clip(now).pk, reporter=other_reviewer, note="the same shouting", category="threat")


@pytest.fixture
def put_together(case, other, supervisor, now):
    """Merge `other` into `case` and read both again."""

    def put(case=case, other=other, by=supervisor, now=now):
        merge(other.pk, Words(into=case.pk, reason="the same evening"), acting_user=by, now=now)
        return Case.objects.get(pk=case.pk), Case.objects.get(pk=other.pk)

    return put


def whole(case, user, now):
    return whole_case_json(case_for(user, case.pk), stance(user, case), now)


def told(user, code) -> int:
    return Notice.objects.filter(user=user, code=code).count()


def test_the_duplicate_ends_and_leads_to_the_other(put_together, supervisor, now):
    case, other = put_together()
    assert (other.state, other.merged_into, other.ended_at) == (State.MERGED, case, now)
    assert not other.clocks.running().exists()
    assert case.state == State.REPORTED
    assert late_cases(now + timedelta(hours=2)) == 1


def test_evidence_and_reports_go_on_in_the_other_with_their_words(put_together, reviewer, other_reviewer):
    case, other = put_together()
    assert [(e.number, e.released_at) for e in case.exhibits.all()] == [(1, None), (2, None)]
    assert not other.exhibits.filter(released_at=None).exists()
    reports = {report.reporter: report for report in case.reports.all()}
    assert {one.pseudonym for one in reports.values()} == {"Reporter 1", "Reporter 2"}
    moved = reports[other_reviewer]
    assert (moved.first_case, moved.exhibit.number) == (other, 2)
    assert open_words(case.pk, moved, "sealed_note") == "the same shouting"


def test_whoever_reported_both_is_one_reporter(report, make_clip, case, put_together, reviewer, now):
    again = report(clip_id=make_clip(now).pk)
    case, _ = put_together(other=again)
    assert set(case.reports.values_list("reporter_number", flat=True)) == {1}


def test_both_histories_are_kept_and_shown(put_together, supervisor, now):
    case, other = put_together()
    shown = whole(case, supervisor, now)
    (history,) = shown["merged"]
    assert [event["kind"] for event in history["events"]] == ["reported", "merge"]
    assert history["events"][-1]["words"] == [{"kind": "reason", "text": "the same evening"}]
    assert [event["line"] for event in shown["events"]][-1] == f"Another case was merged into this one: {other.number}"
    once = whole(other, supervisor, now)
    assert once["merged_into"] == {"id": case.pk, "number": case.number}
    assert [(one["reporter"], one["note"]) for one in once["reports"]] == [("Reporter 2", "the same shouting")]


def test_the_ledger_says_it_of_both_and_no_word_of_why(put_together):
    case, other = put_together()
    (of_other,) = Entry.objects.filter(event="case.moved", subject_id=str(other.pk))
    assert (of_other.facts["to"], of_other.facts["into"]) == ("merged", str(case.pk))
    (of_case,) = Entry.objects.filter(event="case.merged-in", subject_id=str(case.pk))
    assert of_case.facts == {"other": str(other.pk), "exhibits": 1, "reports": 1}


def test_its_reporters_get_the_others_answers(put_together, bring, other_reviewer, supervisor, now):
    case, other = put_together()
    (mine,) = told_of(other_reviewer)
    assert mine.outcome == Outcome.RECEIVED
    bring(case, State.DISMISSED)
    (mine,) = told_of(other_reviewer)
    assert mine.outcome == Outcome.CLOSED
    assert (told(other_reviewer, "report-looked-at"), told(other_reviewer, "report-closed")) == (1, 1)


def test_a_report_that_nobody_had_looked_at_is_looked_at_now(put_together, bring, case, other_reviewer, reviewer):
    bring(case, State.ACKNOWLEDGED)
    put_together()
    assert (told(other_reviewer, "report-looked-at"), told(reviewer, "report-looked-at")) == (1, 1)


def test_what_a_reporter_adds_reaches_the_case_that_goes_on(put_together, other, other_reviewer, now):
    report = Report.objects.get(reporter=other_reviewer)
    case, _ = put_together()
    add_to_report(report.pk, "a door fell shut", acting_user=other_reviewer, now=now)
    assert case.events.filter(kind="answered").count() == 1


def test_a_later_report_of_its_clip_joins_the_case_that_goes_on(put_together, other, report, far_reviewer):
    clip_id = other.exhibits.get().clip_id
    case, _ = put_together()
    assert report(clip_id=clip_id, reporter=far_reviewer) == case
    assert case.reports.count() == 3


def test_whoever_reported_either_sees_neither(case, report, make_clip, put_together, supervisor, team, now):
    both = make_user("both", Role.SUPERVISOR, Role.REVIEWER, team=team)
    team.supervisors.add(both)
    theirs = report(clip_id=make_clip(now).pk, reporter=both)
    assert case in cases_for(both)
    put_together(other=theirs)
    assert {case, theirs}.isdisjoint(cases_for(both))


def test_other_teams_see_neither(put_together, other_supervisor):
    put_together()
    assert not cases_for(other_supervisor).exists()


def test_holds_stay_in_force_and_are_seen(put_together, other, supervisor, now):
    clip_id = other.exhibits.get().clip_id
    case, other = put_together()
    assert other.holds.active().count() == 1
    assert active_hold_on(clip_id)
    assert [hold["active"] for hold in whole(case, supervisor, now)["merged"][0]["holds"]] == [True]


def test_a_dismissal_ends_the_flags_holds_of_both(put_together, bring, other):
    clip_id = other.exhibits.get().clip_id
    case, other = put_together()
    bring(case, State.DISMISSED)
    assert {hold.ending for one in (case, other) for hold in one.holds.all()} == {"dismissed"}
    assert active_hold_on(clip_id) is None


def test_closing_hands_both_to_legal_and_reopening_takes_both_back(put_together, bring, legal, now):
    case, other = put_together()
    bring(case, State.CLOSED)
    assert [one.holds.get().owner for one in (case, other)] == [legal, legal]
    act(case.pk, "reopen", Words(), acting_user=legal, now=now)
    assert [one.holds.get().owner for one in (case, other)] == [None, None]


def test_the_duplicate_is_not_retired_before_the_case_that_goes_on(put_together, bring, other, settings, now):
    clip_id = other.exhibits.get().clip_id
    case, other = put_together()
    much_later = now + timedelta(days=settings.CASE_RETENTION_DAYS + 1)
    assert due(now=much_later) == []
    bring(case, State.CLOSED)
    assert due(now=much_later) == [case.pk]
    assert attend(case.pk, now=much_later)
    assert active_hold_on(clip_id) is None
    assert not attend(other.pk, now=much_later)


@pytest.mark.parametrize("triaged, tier", [(True, Tier.T1), (False, Tier.T2)])
def test_the_graver_tier_counts_where_people_set_it(case, other, bring, put_together, triaged, tier):
    """A provisional tier outranks no triage; a follow-up report does not either."""
    bring(case, State.TRIAGED, tier=Tier.T2)
    if triaged:
        bring(other, State.TRIAGED, tier=Tier.T1)
    case, _ = put_together()
    assert case.tier == tier


def test_what_was_no_offence_needs_a_decision_after_all(case, other, bring, put_together):
    bring(case, State.TRIAGED, tier=Tier.T3)
    assert set(case.clocks.running().values_list("kind", flat=True)) == {"close"}
    bring(other, State.TRIAGED, tier=Tier.T1)
    case, _ = put_together()
    assert set(case.clocks.running().values_list("kind", flat=True)) == {"refer", "decide"}


def test_danger_that_the_duplicate_reported_makes_the_other_fast(case, report, make_clip, bring, put_together, now):
    bring(case, State.TRIAGED, tier=Tier.T2)
    urgent = report(clip_id=make_clip(now).pk, danger_now=True)
    case, _ = put_together(other=urgent)
    assert case.danger_now
    assert case.clocks.running().get(kind="refer").due_at == now + timedelta(minutes=15)


def test_ties_and_lines_of_command_go_over(
    case, report, make_clip, far_reviewer, other_supervisor, supervisor, team, now
):
    theirs = report(clip_id=make_clip(now).pk, reporter=far_reviewer)
    second = make_user("second", Role.SUPERVISOR)
    for one in (supervisor, second):
        theirs.team.supervisors.add(one)
    team.supervisors.add(second)
    declare_tie(theirs.pk, acting_user=second, now=now)
    merge(theirs.pk, Words(into=case.pk, reason="one evening"), acting_user=supervisor, now=now)
    assert stance(second, Case.objects.get(pk=case.pk)).verbs == []
    assert conflict_with(case, other_supervisor)


def test_what_waited_for_a_second_person_on_either_is_void(
    case, other, bring, put_together, supervisor, other_supervisor, now
):
    for one in (case, other):
        bring(one, State.TRIAGED)
        act(one.pk, "dismiss", Words(reason="a film"), acting_user=supervisor, now=now)
    case, other = put_together()
    assert (proposals_on(case), proposals_on(other)) == ([], [])
    with pytest.raises(Absent):
        approve(case.pk, acting_user=other_supervisor, now=now)


def test_whoever_asked_for_what_a_merge_overtakes_is_told(
    case, other, bring, counsel, legal, other_legal, identity, put_together, now
):
    """Outside counsel is not let into a case that ended; an export is asked for again, of what the case has now."""
    for one in (case, other):
        bring(one, State.WITH_LEGAL)
    until = now + timedelta(days=7)
    asked = {"reason": "advice", "acting_user": legal, "now": now}
    grant = propose_counsel(other.pk, email=counsel.email, until=until, **asked)
    keys = [str(identity.to_public())]
    exports = [propose_export(pk, profile=Profile.INTERNAL, recipients=keys, **asked) for pk in (case.pk, other.pk)]
    case, other = put_together(by=other_legal)
    grant.refresh_from_db()
    assert (grant.ending, grant.ended_at) == ("withdrawn", now)
    assert {(e.state, e.ending) for e in Export.objects.filter(pk__in=[e.pk for e in exports])} == {
        ("failed", "withdrawn")
    }
    assert not Proposal.objects.filter(state="proposed").exists()
    assert told(legal, "case-proposal-overtaken") == 3
    lines = [event["line"] for event in whole(other, legal, now)["events"]]
    assert "Letting outside counsel in was taken back or overtaken" in lines


def test_a_merge_is_no_acknowledgement_in_the_figures(put_together, case, bring, now):
    span = (now, now + timedelta(seconds=1))
    put_together()
    assert lengths_to_acknowledge(*span) == []
    bring(case, State.ACKNOWLEDGED)
    assert lengths_to_acknowledge(*span) == [0.0]


@pytest.mark.parametrize("state", [State.MERGED, State.CLOSED, State.DISMISSED, State.DECIDED])
def test_into_what_is_over_is_refused_with_the_reason(case, other, bring, api_of, supervisor, state):
    bring(case, state)
    url = reverse("escalations-api:verb", args=[other.pk, "merge"])
    answer = api_of(supervisor).post(url, {"into": str(case.pk), "reason": "the same"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot-merge-into")
    assert len(answer.json()["detail"]) > 20
    other.refresh_from_db()
    assert (other.state, other.exhibits.get().released_at) == (State.REPORTED, None)


def test_into_itself_is_refused(other, supervisor, now):
    with pytest.raises(NotInto):
        merge(other.pk, Words(into=other.pk, reason="x"), acting_user=supervisor, now=now)


def test_what_legal_has_seen_goes_into_what_legal_has_seen_only(case, other, bring, legal, supervisor, now):
    bring(other, State.WITH_LEGAL)
    with pytest.raises(Invalid):  # legal cannot see the other at all
        merge(other.pk, Words(into=case.pk, reason="x"), acting_user=legal, now=now)
    with pytest.raises(IllegalMove):
        merge(other.pk, Words(into=case.pk, reason="x"), acting_user=supervisor, now=now)
    bring(case, State.WITH_LEGAL)
    merge(other.pk, Words(into=case.pk, reason="x"), acting_user=legal, now=now)
    assert case_for(legal, other.pk).merged_into == case


def test_a_case_that_is_absent_and_one_that_is_not_theirs_are_one_answer(
    other, report, make_clip, far_reviewer, other_supervisor, api_of, supervisor, now
):
    theirs = report(clip_id=make_clip(now).pk, reporter=far_reviewer)
    url = reverse("escalations-api:verb", args=[other.pk, "merge"])
    answers = [
        api_of(supervisor).post(url, {"into": str(pk), "reason": "the same"}, format="json")
        for pk in (theirs.pk, uuid.uuid4())
    ]
    assert answers[0].status_code == answers[1].status_code == 400
    assert answers[0].json() == answers[1].json()


def test_a_second_time_finds_it_merged(put_together, supervisor, now):
    case, other = put_together()
    with pytest.raises(IllegalMove):
        merge(other.pk, Words(into=case.pk, reason="x"), acting_user=supervisor, now=now)
    assert case.exhibits.count() == 2


def test_a_merged_case_is_read_only_and_says_where_it_goes_on(put_together, supervisor, legal, bring, now):
    case, other = put_together()
    bring(case, State.WITH_LEGAL)
    with pytest.raises(CaseMerged) as refused:
        open_evidence(other.pk, 1, purpose="to hear it", acting_user=legal, now=now)
    assert refused.value.as_problem()["merged_into"] == str(case.pk)
    with pytest.raises(CaseMerged):
        place_hold(other.pk, reason="x", review_at=now + timedelta(days=9), acting_user=legal, now=now)
    with pytest.raises(CaseMerged):
        declare_tie(other.pk, acting_user=supervisor, now=now)
    assert stance(supervisor, other).verbs == []


def test_what_was_merged_before_leads_one_step_to_the_last(put_together, case, other, report, make_clip, now):
    third = report(clip_id=make_clip(now).pk)
    put_together(case=other, other=third)
    case, other = put_together()
    third.refresh_from_db()
    assert third.merged_into == case
    assert set(family_of(case)) == {case, other, third}
    assert case.exhibits.count() == 3
    assert case.reports.get(first_case=third).exhibit.clip_id == third.exhibits.get().clip_id


def test_an_export_tells_both_histories_and_custody(put_together, other, bring, supervisor, now):
    open_evidence(other.pk, 1, purpose="is it the same voice", acting_user=supervisor, now=now)
    case, other = put_together()
    exhibits, people = present_exhibits(case), People(case, named=True)
    entries = list(custody(case, exhibits, people))
    assert ("E0002", "opened", "is it the same voice") in [(one.exhibit, one.act, one.purpose) for one in entries]
    assert [one.person for one in entries if one.act == "reported"] == ["Reporter 1", "Reporter 2"]
    assert f"of {other.number}" in "".join(one.detail for one in timeline(case, people))
    proved = entries_of(Export(case=case), [one.clip_id for one in exhibits])
    assert {str(case.pk), str(other.pk), str(other.holds.get().pk)} <= {one.subject_id for one in proved}


def test_the_page_merges_shows_both_and_leads_on(case, other, client_of, supervisor):
    client = client_of(supervisor)
    page = reverse("escalations:case", args=[other.pk])
    assert f'<option value="{case.pk}">{case.number}' in client.get(page).content.decode()
    url = reverse("escalations:verb", args=[other.pk, "merge"])
    assert client.post(url, {"into": str(case.pk), "reason": ""}).status_code == 422
    answer = client.post(url, {"into": str(case.pk), "reason": "the same evening"}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("escalations:case", args=[case.pk])
    text = answer.content.decode()
    assert f'What happened in <a href="{page}">{other.number}</a>' in text
    assert f"The flag's own, of {other.number}" in text
    once = client.get(page).content.decode()
    assert f'This case was merged into <a href="{reverse("escalations:case", args=[case.pk])}">' in once
    assert "Open the evidence" not in once
    assert "Add a note" not in once
