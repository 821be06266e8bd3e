"""What became of my flags: an answer for every reporter, in words that reveal nothing."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from escalations.actions.reports import WORDS
from escalations.states import State
from project.ledger.models import Entry
from project.notices.models import Notice

pytestmark = pytest.mark.django_db
URL = "/api/v1/me/reports/"
OUTCOMES = {
    State.REPORTED: "received", State.ACKNOWLEDGED: "being_looked_at", State.TRIAGED: "being_looked_at",
    State.NEEDS_INFORMATION: "being_looked_at", State.WITH_LEGAL: "being_looked_at", State.DECIDED: "decided",
    State.CLOSED: "closed", State.DISMISSED: "closed", State.REOPENED: "being_looked_at",
    State.MERGED: "received",  # as far as the case that it was merged into
}  # fmt: skip


@pytest.mark.parametrize("state", list(State))
def test_it_tells_how_far_it_is(case, bring, api_of, reviewer, state):
    bring(case, state)
    (one,) = api_of(reviewer).get(URL).json()["results"]
    assert one["outcome"] == OUTCOMES[state]
    assert one["words"]


def test_closed_and_dismissed_read_the_same(case, bring, api_of, reviewer):
    bring(case, State.DISMISSED)
    (one,) = api_of(reviewer).get(URL).json()["results"]
    assert one["words"] == WORDS["closed"]


@pytest.mark.parametrize("state", list(State))
def test_it_reveals_nothing_of_the_case(case, bring, api_of, reviewer, state):
    moved = bring(case, state)
    text = json.dumps(api_of(reviewer).get(URL).json())
    tier = f'"{moved.tier}"'  # as a value: the time of day may begin with T1 too
    for secret in (str(case.pk), case.number, tier, "shouting", "legal", "offence", "supervisor"):
        assert secret not in text


def test_everybody_sees_their_own_only(case, api_of, reviewer, other_reviewer):
    assert len(api_of(reviewer).get(URL).json()["results"]) == 1
    assert api_of(other_reviewer).get(URL).json()["results"] == []


def test_the_reporter_is_told_at_every_step_that_matters(case, bring, reviewer):
    bring(case, State.CLOSED)
    codes = list(Notice.objects.filter(user=reviewer).order_by("created_at", "code").values_list("code", flat=True))
    assert sorted(codes) == ["report-closed", "report-decided", "report-looked-at", "report-received"]


def test_a_notice_to_the_reporter_names_no_case(case, bring, reviewer):
    bring(case, State.CLOSED)
    assert set(Notice.objects.filter(user=reviewer).values_list("subject_id", flat=True)) == {""}


def test_a_supervisors_question_reaches_the_reporter(case, bring, api_of, reviewer):
    bring(case, State.NEEDS_INFORMATION)
    (one,) = api_of(reviewer).get(URL).json()["results"]
    assert one["question"] is True
    assert Notice.objects.filter(user=reviewer, code="report-question").exists()


def test_what_they_add_reaches_the_case_under_their_pseudonym(case, api_of, reviewer, supervisor):
    report = case.reports.get()
    url = reverse("escalations-api:report-more", args=[report.pk])
    assert api_of(reviewer).post(url, {"text": "a second voice"}, format="json").status_code == 201
    events = api_of(supervisor).get(reverse("escalations-api:case", args=[case.pk])).json()["events"]
    answer = next(event for event in events if event["kind"] == "answered")
    assert (answer["by"], answer["words"]) == ("Reporter 1", [{"kind": "answer", "text": "a second voice"}])
    assert Entry.objects.get(event="case.answered").actor_id is None


def test_nobody_adds_to_the_report_of_another(case, api_of, other_reviewer, supervisor):
    url = reverse("escalations-api:report-more", args=[case.reports.get().pk])
    for user in (other_reviewer, supervisor):
        assert api_of(user).post(url, {"text": "x"}, format="json").status_code == 404


def test_a_closed_report_takes_no_more(case, bring, api_of, reviewer):
    bring(case, State.CLOSED)
    url = reverse("escalations-api:report-more", args=[case.reports.get().pk])
    answer = api_of(reviewer).post(url, {"text": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "report-over")


def test_what_a_reporter_adds_voids_what_was_proposed_before(
    case, bring, api_of, reviewer, supervisor, legal, other_legal
):
    bring(case, State.WITH_LEGAL)
    body = {"decision": "no action", "reason": "a film"}
    api_of(legal).post(reverse("escalations-api:verb", args=[case.pk, "decide"]), body, format="json")
    url = reverse("escalations-api:report-more", args=[case.reports.get().pk])
    api_of(reviewer).post(url, {"text": "it was no film"}, format="json")
    answer = api_of(other_legal).post(reverse("escalations-api:verb", args=[case.pk, "approve"]), {}, format="json")
    assert answer.status_code == 409
