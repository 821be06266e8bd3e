"""The pages, as a person with a browser and without JavaScript meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from escalations.actions.holds import place_hold
from escalations.models import Case, Hold, Opening
from escalations.states import State, Tier
from project.accounts.models import User

pytestmark = pytest.mark.django_db

BOARD = "/cases/"
TRIAGE = {
    "danger": "no", "offence": "yes", "ongoing_or_child": "no", "tier": "", "facts": "shouting", "basis": "",
    "jurisdiction": "",
}  # fmt: skip


def page_of(case) -> str:
    return reverse("escalations:case", args=[case.pk])


def post(client, case, verb, data=None):
    return client.post(reverse("escalations:verb", args=[case.pk, verb]), data or {})


def test_an_empty_board_says_what_will_come(client_of, supervisor):
    answer = client_of(supervisor).get(BOARD)
    assert answer.status_code == 200
    assert "No case waits for you" in answer.content.decode()


@pytest.mark.parametrize("shown", ["open", "late", "mine", "ended", "nonsense"])
def test_the_board_shows_its_filters(client_of, supervisor, case, shown):
    assert client_of(supervisor).get(BOARD, {"show": shown}).status_code == 200


def test_what_is_late_stands_first(client_of, supervisor, report, make_clip, now):
    fresh = report(now=now)
    late = report(clip_id=make_clip(now).pk, now=now - timedelta(hours=3))
    text = client_of(supervisor).get(BOARD).content.decode()
    assert text.index(late.number) < text.index(fresh.number)
    assert "1 case late" in text


def test_the_board_asks_a_bounded_number_of_questions(
    client_of, supervisor, report, make_clip, now, django_assert_max_num_queries
):
    for _ in range(6):
        report(clip_id=make_clip(now).pk)
    client = client_of(supervisor)
    with django_assert_max_num_queries(25):
        client.get(BOARD)


def test_ticked_cases_are_acknowledged_together(client_of, supervisor, report, make_clip, now):
    ids = [report(clip_id=make_clip(now).pk).pk for _ in range(3)]
    answer = client_of(supervisor).post("/cases/acknowledge/", {"case": ids}, follow=True)
    assert "Acknowledged: 3." in answer.content.decode()
    assert set(Case.objects.values_list("state", flat=True)) == {State.ACKNOWLEDGED}


def test_one_that_moved_on_holds_up_no_other(client_of, supervisor, report, bring, make_clip, now):
    first, second = report(), report(clip_id=make_clip(now).pk)
    bring(first, State.TRIAGED)
    answer = client_of(supervisor).post("/cases/acknowledge/", {"case": [first.pk, second.pk]}, follow=True)
    assert "Not possible any more: 1" in answer.content.decode()
    second.refresh_from_db()
    assert second.state == State.ACKNOWLEDGED


@pytest.mark.parametrize("state", list(State))
def test_the_case_page_shows_every_state(client_of, supervisor, case, bring, state):
    bring(case, state)
    text = client_of(supervisor).get(page_of(case)).content.decode()
    assert case.number in text
    assert ("Reporter 2" if state == State.MERGED else "Reporter 1") in text  # somebody else reported the other case
    assert "somebody cries for help" in text


def test_it_never_names_the_reporter(client_of, supervisor, legal, case, bring, reviewer):
    bring(case, State.CLOSED)
    for user in (supervisor, legal):
        text = client_of(user).get(page_of(case)).content.decode()
        assert reviewer.email not in text
        assert str(reviewer.pk) not in text


def test_the_wrong_people_find_nothing(client_of, case, reviewer, other_supervisor, legal, auditor, administrator):
    for user in (reviewer, other_supervisor, legal, auditor, administrator):
        assert client_of(user).get(page_of(case)).status_code == 404
    assert client_of(None).get(page_of(case)).status_code == 302


def test_triage_walks_the_decision_tree(client_of, supervisor, case, bring):
    bring(case, State.ACKNOWLEDGED)
    assert post(client_of(supervisor), case, "triage", TRIAGE).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.tier) == (State.TRIAGED, Tier.T2)
    assert "ongoing or child" in client_of(supervisor).get(page_of(case)).content.decode().lower()


def test_an_incomplete_form_comes_back_as_it_was_sent(client_of, supervisor, case, bring):
    bring(case, State.ACKNOWLEDGED)
    answer = post(client_of(supervisor), case, "triage", {**TRIAGE, "danger": ""})
    assert answer.status_code == 422
    assert "shouting" in answer.content.decode()


def test_a_field_that_is_not_known_is_refused(client_of, supervisor, case, bring):
    bring(case, State.ACKNOWLEDGED)
    assert post(client_of(supervisor), case, "triage", {**TRIAGE, "mood": "bad"}).status_code == 422
    case.refresh_from_db()
    assert case.state == State.ACKNOWLEDGED


def test_a_dismissal_waits_for_another_teams_supervisor(client_of, supervisor, other_supervisor, case, bring):
    bring(case, State.TRIAGED)
    post(client_of(supervisor), case, "dismiss", {"reason": "a film was on"})
    assert "Proposed: dismiss" in client_of(supervisor).get(page_of(case)).content.decode()
    other = client_of(other_supervisor)
    assert "Approve and carry out" in other.get(page_of(case)).content.decode()
    answer = post(other, case, "approve")
    assert answer["Location"] == BOARD  # the case is no longer theirs to see
    case.refresh_from_db()
    assert case.state == State.DISMISSED


def test_without_a_fit_approver_the_page_says_who_is_missing(client_of, supervisor, case, bring):
    supervisor.refresh_from_db()
    bring(case, State.TRIAGED)
    User.objects.filter(email__startswith="other-supervisor").update(is_active=False)
    post(client_of(supervisor), case, "dismiss", {"reason": "a film was on"})
    text = client_of(supervisor).get(page_of(case)).content.decode()
    assert "Nobody can approve this yet" in text
    assert "line of command" in text


def test_evidence_opens_with_a_purpose_and_shows_a_player(client_of, supervisor, case):
    client = client_of(supervisor)
    assert "<audio" not in client.get(page_of(case)).content.decode()
    assert client.post(reverse("escalations:exhibit-open", args=[case.pk, 1]), {}).status_code == 422
    client.post(reverse("escalations:exhibit-open", args=[case.pk, 1]), {"purpose": "to triage it"})
    assert Opening.objects.count() == 1
    text = client.get(page_of(case)).content.decode()
    assert "<audio" in text
    assert "<polygon" in text
    assert "to triage it" in text


def test_legal_holds_lifts_and_discloses_from_the_page(client_of, legal, case, bring, now):
    bring(case, State.DECIDED)
    client = client_of(legal)
    day = (now + timedelta(days=30)).date().isoformat()
    client.post(reverse("escalations:hold-place", args=[case.pk]), {"reason": "court order", "review_at": day})
    hold = Hold.objects.get(kind="legal")
    client.post(reverse("escalations:hold-review", args=[hold.pk]), {"review_at": day})
    client.post(reverse("escalations:hold-lift", args=[hold.pk]), {"reason": "order withdrawn"})
    hold.refresh_from_db()
    assert hold.ending == Hold.Ending.LIFTED
    details = {"authority": "Police", "basis": "duty to report", "reference": "", "what": "summary", "sent_at": ""}
    client.post(reverse("escalations:disclose", args=[case.pk]), details)
    text = client.get(page_of(case)).content.decode()
    assert "Police" in text
    assert "court order" in text


def test_an_old_sign_in_is_confirmed_before_a_hold_is_typed_in(client, legal, case, bring, now):
    bring(case, State.DECIDED)
    place_hold(case.pk, reason="court order", review_at=now + timedelta(days=30), acting_user=legal, now=now)
    client.force_login(legal)  # no password was asked for, so nothing counts as fresh
    text = client.get(page_of(case)).content.decode()
    again = f"/accounts/reauthenticate/?next={page_of(case)}"
    assert text.count(again) == 2, "to place and to lift"
    assert reverse("escalations:hold-place", args=[case.pk]) not in text
    answer = client.post(reverse("escalations:hold-place", args=[case.pk]), {"reason": "x"})
    assert (answer.status_code, Hold.objects.filter(kind="legal").count()) == (302, 1)


def test_lifting_asks_for_a_fresh_sign_in(client, legal, case, bring, now):
    bring(case, State.DECIDED)
    hold = place_hold(case.pk, reason="order", review_at=now + timedelta(days=9), acting_user=legal, now=now)
    legal.set_password("a long password for tests")
    legal.save()
    client.force_login(legal)
    answer = client.post(reverse("escalations:hold-lift", args=[hold.pk]), {"reason": "x"})
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    hold.refresh_from_db()
    assert hold.ended_at is None


def test_my_reports_tell_how_far_it_is_and_nothing_else(client_of, reviewer, supervisor, case, bring):
    text = client_of(reviewer).get("/me/reports/").content.decode()
    assert "We have it" in text
    bring(case, State.CLOSED)
    text = client_of(reviewer).get("/me/reports/").content.decode()
    assert "have finished" in text
    assert case.number not in text
    assert "offence" not in text


def test_who_reported_nothing_reads_so(client_of, other_reviewer):
    assert "You have reported nothing" in client_of(other_reviewer).get("/me/reports/").content.decode()


def test_a_reporter_adds_what_they_remember(client_of, reviewer, supervisor, case):
    report = case.reports.get()
    client = client_of(reviewer)
    url = reverse("escalations:report-more", args=[report.pk])
    assert client.post(url, {"text": ""}).status_code == 422
    client.post(url, {"text": "a second voice"})
    text = client_of(supervisor).get(page_of(case)).content.decode()
    assert "a second voice" in text
    assert client_of(supervisor).post(url, {"text": "not mine"}).status_code == 404
