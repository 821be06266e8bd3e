"""Who reported is shown to two of legal, for a reason, for a day; the reporter is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.actions.approvals import approve, decline
from escalations.actions.moves import Words, act
from escalations.actions.standing import proposals_on, stance
from escalations.actions.ties import declare_tie
from escalations.actions.unmasking import names_for, propose_unmasking
from escalations.models import ReporterUnmasking
from escalations.states import State
from project.accounts import twopeople
from project.accounts.access import Role
from project.accounts.models import ApiToken, Proposal
from project.accounts.twopeople import ConflictOfInterest, SamePerson, expire_proposals
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent, Invalid
from tests.cast import make_user

pytestmark = pytest.mark.django_db
REASON = "she may be the neighbour at risk"


@pytest.fixture
def referred(case, bring):
    return bring(case, State.WITH_LEGAL)


@pytest.fixture
def asked(referred, legal, now):
    return propose_unmasking(referred.pk, 1, reason=REASON, acting_user=legal, now=now)


def unmask_of(case, number=1, where="escalations-api"):
    return reverse(f"{where}:reporter-unmask", args=[case.pk, number])


def verb_of(case, verb, where="escalations-api"):
    return reverse(f"{where}:verb", args=[case.pk, verb])


def names(api_of, user, case):
    return api_of(user).get(reverse("escalations-api:reporters", args=[case.pk])).json()["results"]


def test_two_of_legal_learn_the_name_for_a_day_and_the_reporter_is_told(
    referred, api_of, legal, other_legal, reviewer, supervisor, now
):
    answer = api_of(legal).post(unmask_of(referred), {"reason": REASON}, format="json")
    assert answer.status_code == 201, answer.json()
    assert names(api_of, legal, referred) == []
    body = {"proposal": answer.json()["proposal"]}
    assert api_of(other_legal).post(verb_of(referred, "approve"), body, format="json").status_code == 200
    both = [names(api_of, one, referred) for one in (legal, other_legal)]
    assert both == [[{"reporter": 1, "name": reviewer.display_name, "email": reviewer.email}]] * 2
    third = make_user("third-legal", Role.LEGAL)
    assert names(api_of, third, referred) == []
    assert names_for(legal, referred, now=now + timedelta(days=1, minutes=1)) == {}
    assert list(reviewer.notices.filter(code="reporter-shown").values_list("code", flat=True)) == ["reporter-shown"]
    for place in (api_of(third), api_of(supervisor)):
        assert reviewer.email not in str(place.get(reverse("escalations-api:case", args=[referred.pk])).json()), (
            "the case itself never names the reporter"
        )


def test_the_ledger_names_the_report_and_neither_reporter_nor_reason(asked, referred, other_legal, reviewer, now):
    approve(referred.pk, acting_user=other_legal, now=now, proposal_id=asked.pk)
    entry = Entry.objects.get(event="reporter.unmasked")
    assert entry.facts["report"] == str(referred.reports.get().pk)
    later = Entry.objects.filter(pk__gte=Entry.objects.filter(event="proposal.made").latest("pk").pk)
    kept = f"{list(later.values('facts', 'actor_name'))} {list(Notice.objects.values())}"
    kept += str(list(Proposal.objects.values("facts")))
    assert REASON not in kept
    assert str(reviewer.pk) not in str(list(later.values("facts")))


def test_whoever_asked_cannot_agree(asked, referred, legal, now):
    with pytest.raises(SamePerson):
        twopeople.approve(asked.pk, acting_user=legal, now=now)
    with pytest.raises(SamePerson):
        approve(referred.pk, acting_user=legal, now=now, proposal_id=asked.pk)
    assert not ReporterUnmasking.objects.exists()


def test_silence_never_agrees_to_it(asked, referred, api_of, other_legal):
    client = api_of(other_legal)
    answer = client.post(verb_of(referred, "approve"), {}, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, "proposal")
    assert not ReporterUnmasking.objects.exists()


def test_beside_a_decision_an_approval_without_an_id_means_the_decision(asked, referred, legal, other_legal, now):
    act(referred.pk, "decide", Words(decision="internal", reason="talk"), acting_user=legal, now=now)
    assert approve(referred.pk, acting_user=other_legal, now=now).state == State.DECIDED
    assert not ReporterUnmasking.objects.exists()
    assert [one.pk for one in proposals_on(referred)] == [asked.pk], "a move of the case leaves it waiting"


def test_both_steps_need_a_fresh_sign_in(asked, referred, api_of, client_of, other_legal, now):
    browser, machine = client_of(other_legal), api_of(other_legal)
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": now.timestamp() - 360}]
    session.save()
    ApiToken.objects.update(created=now - timedelta(minutes=6))
    for client, where, expected, how in (
        (browser, "escalations", 302, {}),
        (machine, "escalations-api", 403, {"format": "json"}),
    ):
        answers = [
            client.post(verb_of(referred, "approve", where), {"proposal": str(asked.pk)}, **how),
            client.post(unmask_of(referred, 1, where), {"reason": REASON}, **how),
        ]
        assert [one.status_code for one in answers] == [expected] * 2
        assert where == "escalations-api" or all("/reauthenticate/" in one["Location"] for one in answers)
    assert not ReporterUnmasking.objects.exists()
    assert Proposal.objects.get(act="unmask-reporter").state == "proposed"


def test_a_reason_is_asked_for_and_bounded(referred, api_of, legal, now):
    client = api_of(legal)
    for body in ({}, {"reason": ""}, {"reason": "   "}, {"reason": "x" * 2_001}, {"reason": "x", "more": 1}):
        assert client.post(unmask_of(referred), body, format="json").status_code == 400
    with pytest.raises(Invalid):
        propose_unmasking(referred.pk, 1, reason=" ", acting_user=legal, now=now)


def test_only_legal_only_referred_cases_and_only_pseudonyms_that_are_there(case, bring, api_of, supervisor, legal):
    assert api_of(legal).post(unmask_of(case), {"reason": "x"}, format="json").status_code == 404
    bring(case, State.WITH_LEGAL)
    assert api_of(supervisor).post(unmask_of(case), {"reason": "x"}, format="json").status_code == 404
    assert api_of(legal).post(unmask_of(case, 2), {"reason": "x"}, format="json").status_code == 404


def test_one_who_leads_the_team_as_well_may_neither_ask_nor_agree(referred, team, legal, other_legal, now):
    team.supervisors.add(other_legal)
    with pytest.raises(ConflictOfInterest):
        propose_unmasking(referred.pk, 1, reason=REASON, acting_user=other_legal, now=now)
    asked = propose_unmasking(referred.pk, 1, reason=REASON, acting_user=legal, now=now)
    with pytest.raises(ConflictOfInterest):
        approve(referred.pk, acting_user=other_legal, now=now, proposal_id=asked.pk)
    assert "approve" not in stance(other_legal, referred).verbs


def test_whoever_asked_and_came_too_close_since_is_not_agreed_with(asked, referred, team, legal, other_legal, now):
    team.supervisors.add(legal)
    with pytest.raises(ConflictOfInterest):
        twopeople.approve(asked.pk, acting_user=other_legal, now=now)
    assert "approve" not in stance(other_legal, referred).verbs


def test_a_declared_tie_takes_the_question_back(asked, referred, legal, now):
    declare_tie(referred.pk, acting_user=legal, now=now)
    asked.refresh_from_db()
    assert asked.state == Proposal.State.WITHDRAWN


def test_a_tie_declared_afterwards_shuts_the_name_again(asked, referred, legal, other_legal, now):
    approve(referred.pk, acting_user=other_legal, now=now, proposal_id=asked.pk)
    declare_tie(referred.pk, acting_user=legal, now=now)
    assert names_for(legal, referred, now=now) == {}
    assert 1 in names_for(other_legal, referred, now=now)


def test_it_is_asked_once_and_expires_after_a_day(asked, referred, api_of, legal, other_legal, now):
    again = api_of(legal).post(unmask_of(referred), {"reason": REASON}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already-proposed")
    assert expire_proposals(now=now + timedelta(hours=23)) == 0
    assert expire_proposals(now=now + timedelta(days=1)) == 1
    assert referred.events.filter(kind="unmask-expired").exists()
    assert not ReporterUnmasking.objects.exists()


def test_declined_nothing_is_shown(asked, referred, other_legal, legal, now):
    decline(referred.pk, acting_user=other_legal, now=now, proposal_id=asked.pk)
    assert names_for(legal, referred, now=now) == {}
    assert not Notice.objects.filter(code="reporter-shown").exists()


def test_the_reporter_never_sees_the_case(asked, referred, reviewer, now):
    with pytest.raises(Absent):
        approve(referred.pk, acting_user=reviewer, now=now, proposal_id=asked.pk)


def test_the_page_asks_shows_that_it_waits_and_then_the_name(referred, client_of, legal, other_legal, reviewer, now):
    first, second = client_of(legal), client_of(other_legal)
    page = reverse("escalations:case", args=[referred.pk])
    assert first.post(unmask_of(referred, 1, "escalations"), {"reason": ""}).status_code == 400
    assert first.post(unmask_of(referred, 1, "escalations"), {"reason": REASON}).status_code == 302
    seen = second.get(page).content.decode()
    assert "show who Reporter 1 is" in seen
    assert REASON in seen
    proposal = str(Proposal.objects.get(act="unmask-reporter").pk)
    assert second.post(verb_of(referred, "approve", "escalations"), {"proposal": proposal}).status_code == 302
    assert reviewer.email in first.get(page).content.decode()
    ReporterUnmasking.objects.update(unmasked_at=now - timedelta(days=2), readable_until=now - timedelta(days=1))
    assert reviewer.email not in first.get(page).content.decode()
