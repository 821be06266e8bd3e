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


def test_an_emergency_request_is_answered_after_somebody_called_back(case, bring, api_of, legal):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    asked = {**BODY, "asked": True}
    answer = api_of(legal).post(url(case), asked, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, "called_back")
    assert not Disclosure.objects.exists()
    answer = api_of(legal).post(url(case), {**asked, "called_back": "desk officer, central number"}, format="json")
    assert (answer.status_code, answer.json()["called_back"]) == (201, "desk officer, central number")
    assert b"central" not in bytes(Disclosure.objects.get().sealed_details)


def test_after_the_decision_a_request_needs_no_call(case, bring, api_of, legal):
    bring(case, State.DECIDED)
    assert api_of(legal).post(url(case), {**BODY, "asked": True}, format="json").status_code == 201


@pytest.fixture
def disclosed(case, bring, api_of, legal):
    bring(case, State.DECIDED)
    answer = api_of(legal).post(url(case), BODY, format="json").json()
    assert (answer["receipt"], answer["receipt_at"], answer["receipt_by"]) == ("", None, None)
    return reverse("escalations-api:disclosure-receipt", args=[answer["id"]])


def test_what_the_authority_answered_is_added_once(disclosed, case, api_of, legal, other_legal):
    answer = api_of(other_legal).post(disclosed, {"receipt": "number 4711, Officer Day"}, format="json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["receipt"] == "number 4711, Officer Day"
    assert answer.json()["receipt_by"] == other_legal.display_name
    row = Disclosure.objects.get()
    assert b"4711" not in bytes(row.sealed_receipt)
    assert "4711" not in str(Entry.objects.get(event="disclosure.receipt").facts)
    answer = api_of(legal).post(disclosed, {"receipt": "another"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt-there")
    assert bytes(Disclosure.objects.get().sealed_receipt) == bytes(row.sealed_receipt)


def test_a_receipt_says_something_and_comes_from_legal(disclosed, api_of, legal, supervisor, auditor, stranger):
    assert api_of(legal).get(disclosed).status_code == 405
    assert api_of(legal).post(disclosed, {}, format="json").status_code == 400
    for user in (supervisor, auditor, stranger):
        assert api_of(user).post(disclosed, {"receipt": "x"}, format="json").status_code == 404
    assert Disclosure.objects.get().receipt_at is None


def test_the_page_asks_for_the_call_and_takes_the_receipt(case, bring, client_of, legal):
    bring(case, State.WITH_LEGAL, tier=Tier.T0)
    client = client_of(legal)
    answer = client.post(f"/cases/{case.pk}/disclosures/", {**BODY, "asked": "on"})
    assert answer.status_code == 422
    assert b"Call them back" in answer.content
    assert (
        client.post(f"/cases/{case.pk}/disclosures/", {**BODY, "asked": "on", "called_back": "H Q"}).status_code == 302
    )
    made = Disclosure.objects.get()
    assert b"What did the authority answer?" in client.get(f"/cases/{case.pk}/").content
    assert client.post(f"/disclosures/{made.pk}/receipt/", {"receipt": ""}).status_code == 400
    assert client.post(f"/disclosures/{made.pk}/receipt/", {"receipt": "number 4711"}).status_code == 302
    page = client.get(f"/cases/{case.pk}/").content
    assert b"number 4711" in page
    assert b"What did the authority answer?" not in page
