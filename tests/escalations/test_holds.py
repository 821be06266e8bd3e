"""Holds keep evidence from erasure; nothing ends one by time or by silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.access import active_hold_on, clips_on_hold, clips_whose_cases_are_over
from escalations.actions.holds import holds_due_for_review, place_hold, remind_of_review
from escalations.actions.moves import Words, act
from escalations.models import Hold
from escalations.sealing import open_words
from escalations.states import State, Tier
from project.ledger.models import Entry
from project.notices.models import Notice
from reviews.models import Clip

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)
GONE = {
    "erasing": {"state": "erasing"},
    "erased": {"state": "erased", "sha256": None, "sealed_transcript": None},
}


@pytest.fixture
def referred(case, bring):
    return bring(case, State.WITH_LEGAL)


def holds_of(case):
    return reverse("escalations-api:holds", args=[case.pk])


def lift_of(hold_id):
    return reverse("escalations-api:hold-lift", args=[hold_id])


@pytest.fixture
def hold(referred, legal, now):
    return place_hold(referred.pk, reason="court order", review_at=now + MONTH, acting_user=legal, now=now)


def test_legal_places_one_with_owner_reason_and_review(referred, api_of, legal, now):
    body = {"reason": "court order", "review_at": (now + MONTH).isoformat()}
    answer = api_of(legal).post(holds_of(referred), body, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["active"] is True
    hold = Hold.objects.get(pk=answer.json()["id"])
    assert (hold.owner, hold.kind) == (legal, "legal")
    assert open_words(referred.pk, hold, "sealed_reason") == "court order"
    assert b"court" not in bytes(hold.sealed_reason)
    assert Entry.objects.filter(event="hold.placed", subject_id=str(hold.pk)).exists()


def test_without_a_date_it_is_reviewed_in_90_days(referred, api_of, legal):
    answer = api_of(legal).post(holds_of(referred), {"reason": "order"}, format="json")
    hold = Hold.objects.get(pk=answer.json()["id"])
    assert hold.review_at - hold.placed_at == timedelta(days=90)


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "x", "review_at": "2020-01-01"}, {"reason": "x", "a": 1}]
)
def test_bad_input_places_nothing(referred, api_of, legal, body):
    assert api_of(legal).post(holds_of(referred), body, format="json").status_code == 400
    assert not Hold.objects.filter(kind="legal").exists()


def test_only_legal_and_only_on_referred_cases(case, bring, api_of, supervisor, legal, auditor, reviewer):
    body = {"reason": "order"}
    assert api_of(legal).post(holds_of(case), body, format="json").status_code == 404
    bring(case, State.WITH_LEGAL)
    for user in (supervisor, auditor, reviewer):
        assert api_of(user).post(holds_of(case), body, format="json").status_code == 404


@pytest.mark.parametrize("state", ["erasing", "erased"])
def test_past_the_point_of_no_return_it_is_too_late(referred, api_of, legal, clip, state):
    Clip.objects.filter(pk=clip.pk).update(**GONE[state])
    answer = api_of(legal).post(holds_of(referred), {"reason": "order"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too-late")


def test_only_legal_lifts_it_with_a_reason(hold, api_of, supervisor, other_legal):
    assert api_of(supervisor).post(lift_of(hold.pk), {"reason": "x"}, format="json").status_code == 404
    client = api_of(other_legal)
    assert client.post(lift_of(hold.pk), {}, format="json").status_code == 400
    answer = client.post(lift_of(hold.pk), {"reason": "withdrawn"}, format="json")
    assert (answer.status_code, answer.json()["ending"]) == (200, "lifted")
    assert client.post(lift_of(hold.pk), {"reason": "again"}, format="json").json()["code"] == "hold-over"


def test_lifting_needs_a_fresh_token(hold, api_of, legal, now):
    client = api_of(legal)
    legal.auth_token_set.update(created=now - timedelta(minutes=6))
    answer = client.post(lift_of(hold.pk), {"reason": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in-again")


def test_the_flags_own_hold_is_not_lifted_while_the_case_is_open(referred, api_of, legal):
    flags = Hold.objects.get(kind="flag")
    answer = api_of(legal).post(lift_of(flags.pk), {"reason": "x"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "flags-hold")


def test_closing_after_a_decision_hands_the_flags_hold_to_legal(case, bring, api_of, legal, clip, now):
    bring(case, State.CLOSED)
    hold = active_hold_on(clip.pk)
    assert (hold.kind, hold.owner, hold.review_at) == ("flag", legal, now + timedelta(days=90))
    assert clip.pk not in clips_whose_cases_are_over()
    assert api_of(legal).post(lift_of(hold.pk), {"reason": "over"}, format="json").status_code == 200
    assert active_hold_on(clip.pk) is None
    assert clip.pk in clips_whose_cases_are_over()


@pytest.mark.parametrize("state, tier", [(State.DISMISSED, Tier.T1), (State.CLOSED, Tier.T3)])
def test_a_dismissal_and_a_t3_closure_end_the_flags_hold(case, bring, supervisor, clip, now, state, tier):
    if tier == Tier.T3:
        bring(case, State.TRIAGED, tier=tier)
        act(case.pk, "close", Words(), acting_user=supervisor, now=now)
    else:
        bring(case, state)
    assert active_hold_on(clip.pk) is None
    assert clip.pk in clips_whose_cases_are_over()


def test_reopening_holds_the_evidence_again(case, bring, supervisor, clip, now):
    bring(case, State.DISMISSED)
    act(case.pk, "reopen", Words(), acting_user=supervisor, now=now)
    assert active_hold_on(clip.pk) is not None
    assert clip.pk in clips_on_hold()


def test_reopening_takes_the_flags_hold_back_from_legal(case, bring, api_of, legal, clip, now):
    bring(case, State.CLOSED)
    act(case.pk, "reopen", Words(), acting_user=legal, now=now)
    hold = active_hold_on(clip.pk)
    assert hold.owner is None
    assert api_of(legal).post(lift_of(hold.pk), {"reason": "x"}, format="json").status_code == 409


def test_reopening_comes_too_late_for_erased_evidence(case, bring, api_of, supervisor, clip):
    bring(case, State.DISMISSED)
    Clip.objects.filter(pk=clip.pk).update(state="erasing")
    answer = api_of(supervisor).post(reverse("escalations-api:verb", args=[case.pk, "reopen"]), {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too-late")
    case.refresh_from_db()
    assert case.state == State.DISMISSED


def test_a_case_is_not_reopened_beside_a_new_one_of_its_clip(case, bring, report, api_of, supervisor):
    bring(case, State.DISMISSED)
    report()
    answer = api_of(supervisor).post(reverse("escalations-api:verb", args=[case.pk, "reopen"]), {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "case-already-open")


def test_a_passed_review_date_reminds_every_week_and_the_hold_stands(hold, legal, clip, now):
    due = now + MONTH
    assert holds_due_for_review(now=due - timedelta(seconds=1)) == []
    assert remind_of_review(hold.pk, now=due)
    assert not remind_of_review(hold.pk, now=due + timedelta(days=6))
    assert remind_of_review(hold.pk, now=due + timedelta(days=7))
    assert Notice.objects.filter(user=legal, code="hold-review").count() == 2
    assert hold.case_id == active_hold_on(clip.pk).case_id


def test_where_the_owner_left_all_of_legal_is_reminded(hold, legal, other_legal, now):
    legal.is_active = False
    legal.save()
    remind_of_review(hold.pk, now=now + MONTH)
    assert Notice.objects.filter(user=other_legal, code="hold-review").count() == 1


def test_a_reviewed_hold_waits_for_its_next_date(hold, api_of, legal, now):
    url = reverse("escalations-api:hold-review", args=[hold.pk])
    later = (now + 3 * MONTH).isoformat()
    assert api_of(legal).post(url, {"review_at": later}, format="json").status_code == 200
    assert holds_due_for_review(now=now + 2 * MONTH) == []
