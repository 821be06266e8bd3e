"""Reporting to an authority is a recorded act that needs the decision, or danger to life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.models import Disclosure
from escalations.states import Decision, State, Tier
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db
BODY = {"authority": "State police", "basis": "duty to report", "reference": "A-17", "what": "a summary of exhibit 1"}


def url(case):
    return reverse("escalations-api:disclosures", args=[case.pk])


def test_after_the_decision_to_report_legal_records_it(case, bring, api_of, legal):
    bring(case, State.DECIDED)
    answer = api_of(legal).post(url(case), BODY, format="json")
    assert answer.status_code == 201, answer.json()
    assert {name: answer.json()[name] for name in BODY} == BODY
    assert answer.json()["emergency"] is False
    assert b"police" not in bytes(Disclosure.objects.get().sealed_details)
    entry = Entry.objects.get(event="disclosure.recorded")
    assert "police" not in str(entry.facts)


@pytest.mark.parametrize("state", [State.WITH_LEGAL, State.REOPENED])
def test_without_the_decision_it_is_refused(case, bring, api_of, legal, state):
    bring(case, state)
    answer = api_of(legal).post(url(case), BODY, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "needs-decision")
    assert "allowed_verbs" in answer.json()


@pytest.mark.parametrize("decision", [Decision.NO_ACTION, Decision.INTERNAL])
def test_another_decision_is_no_ground_either(case, bring, api_of, legal, decision):
    bring(case, State.DECIDED, decision=decision)
    assert api_of(legal).post(url(case), BODY, format="json").status_code == 409
    assert not Disclosure.objects.exists()


def test_in_t0_one_legal_person_discloses_at_once_and_a_second_reviews(case, bring, api_of, legal, other_legal):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    answer = api_of(legal).post(url(case), BODY, format="json")
    assert (answer.status_code, answer.json()["emergency"]) == (201, True)
    case.refresh_from_db()
    assert case.review_open
    approve = reverse("escalations-api:verb", args=[case.pk, "approve"])
    assert api_of(legal).post(approve, {}, format="json").status_code == 409
    assert api_of(other_legal).post(approve, {}, format="json").status_code == 200
    case.refresh_from_db()
    assert not case.review_open


@pytest.mark.parametrize("field", ["authority", "basis", "what"])
def test_it_must_say_to_whom_why_and_what(case, bring, api_of, legal, field):
    bring(case, State.DECIDED)
    body = {name: text for name, text in BODY.items() if name != field}
    assert api_of(legal).post(url(case), body, format="json").status_code == 400


def test_what_was_sent_does_not_lie_ahead(case, bring, api_of, legal, now):
    bring(case, State.DECIDED)
    ahead = (now + timedelta(hours=1)).isoformat()
    assert api_of(legal).post(url(case), {**BODY, "sent_at": ahead}, format="json").status_code == 400


def test_nobody_but_legal(case, bring, api_of, supervisor, auditor, reviewer):
    bring(case, State.DECIDED)
    for user in (supervisor, auditor, reviewer):
        assert api_of(user).post(url(case), BODY, format="json").status_code == 404
