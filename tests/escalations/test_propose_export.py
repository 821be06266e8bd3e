"""POST cases/{id}/exports/: ask for an export."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from escalations.models import Case, Export, Tie
from escalations.states import State, Tier
from project.accounts.models import ApiToken
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(identity) -> dict[str, object]:
    return {
        "profile": "law-enforcement",
        "recipients": [str(identity.to_public())],
        "reason": "asked for by the police",
    }


def where(case: Case) -> str:
    return f"/api/v1/cases/{case.pk}/exports/"


def test_it_waits_for_a_second_person(legal_case, legal, api_of, body):
    answer = api_of(legal).post(where(legal_case), body, format="json")
    assert answer.status_code == 201
    said = answer.json()
    assert (said["state"], said["progress"], said["waits_for"]) == ("proposed", 0, "approval")


def test_the_ledger_says_so_without_the_reason_or_the_key(legal_case, legal, api_of, body):
    export_id = api_of(legal).post(where(legal_case), body, format="json").json()["id"]
    entry = Entry.objects.get(event="export.proposed")
    assert (entry.subject_id, entry.actor_id) == (export_id, legal.pk)
    assert entry.facts == {"case": str(legal_case.pk), "profile": "law-enforcement", "recipients": 1}


def test_the_reason_is_sealed(legal_case, legal, api_of, body):
    api_of(legal).post(where(legal_case), body, format="json")
    assert b"police" not in bytes(Export.objects.get().sealed_reason)


def test_it_refuses_get(legal_case, legal, api_of):
    assert api_of(legal).get(where(legal_case)).status_code == 405


def test_a_stranger_cannot_tell_it_from_nothing(legal_case, legal, stranger, api_of, body):
    denied = api_of(stranger).post(where(legal_case), body, format="json")
    absent = api_of(legal).post(where(Case(pk=stranger.pk)), body, format="json")
    assert (denied.status_code, denied.content) == (404, absent.content)


def test_supervisors_reviewers_and_auditors_may_not(legal_case, supervisor, reviewer, auditor, api_of, body):
    for person in (supervisor, reviewer, auditor):
        assert api_of(person).post(where(legal_case), body, format="json").status_code == 404


def test_it_needs_a_fresh_sign_in(legal_case, legal, api_of, body):
    client = api_of(legal)
    ApiToken.objects.update(created=timezone.now() - timedelta(minutes=6))
    answer = client.post(where(legal_case), body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in-again")


@pytest.mark.parametrize(
    "change",
    [
        {"recipients": []},
        {"recipients": ["age1nothing"]},
        {"recipients": ["AGE-SECRET-KEY-1QQQQ"]},
        {"recipients": "age1"},
        {"recipients": None},
        {"profile": "everybody"},
        {"profile": None},
        {"colour": "blue"},
        {"reason": "x" * 4001},
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(legal_case, legal, api_of, body, change):
    answer = api_of(legal).post(where(legal_case), body | change, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Export.objects.exists()


def test_without_recipients_it_is_refused(legal_case, legal, api_of, body):
    del body["recipients"]
    assert api_of(legal).post(where(legal_case), body, format="json").status_code == 400


@pytest.mark.parametrize("state", [State.REPORTED, State.ACKNOWLEDGED, State.TRIAGED, State.DISMISSED])
def test_before_the_referral_there_is_nothing_to_export(case, bring, state, legal, api_of, body):
    case = bring(case, state)
    assert api_of(legal).post(where(case), body, format="json").status_code == 404


@pytest.mark.parametrize("state", [State.DECIDED, State.CLOSED, State.REOPENED])
def test_after_it_there_is(legal_case, bring, state, legal, other_legal, api_of, body):
    Case.objects.filter(pk=legal_case.pk).update(
        state=state, decision="report", decided_at=timezone.now(),
        ended_at=timezone.now() if state == State.CLOSED else None,
    )  # fmt: skip
    assert api_of(legal).post(where(legal_case), body, format="json").status_code == 201


def test_without_a_hold_there_is_nothing_that_keeps_the_evidence(legal_case, legal, api_of, body, now):
    legal_case.holds.update(ended_at=now, ended_by=legal, ending="lifted")
    assert api_of(legal).post(where(legal_case), body, format="json").status_code == 409


def test_whoever_declared_a_tie_may_not(legal_case, legal, api_of, body, now):
    Tie.objects.create(case=legal_case, person=legal, declared_at=now)
    assert api_of(legal).post(where(legal_case), body, format="json").status_code == 409


def test_the_same_recipient_twice_counts_once(legal_case, legal, api_of, body):
    body["recipients"] = body["recipients"] * 2
    assert api_of(legal).post(where(legal_case), body, format="json").json()["recipients"] == 1


def test_in_danger_to_life_one_person_releases_it_and_a_second_reviews(legal_case, legal, other_legal, api_of, body):
    Case.objects.filter(pk=legal_case.pk).update(tier=Tier.T0)
    said = api_of(legal).post(where(legal_case), body, format="json").json()
    assert (said["state"], said["emergency"]) == ("approved", True)
    assert Case.objects.get(pk=legal_case.pk).review_open
    reviewed = api_of(other_legal).post(f"/api/v1/exports/{said['id']}/approve/")
    assert reviewed.status_code == 200
    assert not Case.objects.get(pk=legal_case.pk).review_open


def test_a_case_has_only_so_many_unfinished_exports(legal_case, legal, api_of, body):
    client = api_of(legal)
    codes = [client.post(where(legal_case), body, format="json").status_code for _ in range(11)]
    assert codes == [201] * 10 + [409]
