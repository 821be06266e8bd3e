"""Outside counsel: one case, until a day, let in by two of legal, out again at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from escalations.access import cases_for, opening_for
from escalations.actions import custody
from escalations.actions.approvals import approve, decline
from escalations.actions.counsel import attend, due, propose_counsel, revoke
from escalations.actions.ties import declare_tie
from escalations.models import CounselGrant, Opening
from escalations.states import State
from escalations.tasks import attend_to_counsel
from escalations.watched import Watched
from project.accounts.access import Role
from project.accounts.actions.accounts import deactivate, reactivate
from project.accounts.models import ApiToken, Proposal, Session, User
from project.accounts.twopeople import ConflictOfInterest, ProposalOver, SamePerson
from project.ledger.models import Entry
from project.notices.models import Notice
from project.problems import Absent
from tests.cast import make_user

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
REASON = "the firm pleads for us"


@pytest.fixture
def referred(case, bring):
    return bring(case, State.WITH_LEGAL)


@pytest.fixture
def asked(referred, counsel, legal, now):
    return propose_counsel(
        referred.pk, email=counsel.email, until=now + WEEK, reason=REASON, acting_user=legal, now=now
    )


@pytest.fixture
def let_in(asked, other_legal, now):
    approve(asked.case_id, acting_user=other_legal, now=now, proposal_id=proposal_of(asked))
    asked.refresh_from_db()
    return asked


def proposal_of(grant):
    return Proposal.objects.get(subject_id=str(grant.pk)).pk


def api(name, *args):
    return reverse(f"escalations-api:{name}", args=args)


def body(counsel, now, **fields):
    return {"email": counsel.email, "until": (now + WEEK).isoformat(), "reason": REASON, **fields}


def test_two_of_legal_let_somebody_in_over_the_api(referred, api_of, counsel, legal, other_legal, now):
    answer = api_of(legal).post(api("counsel", referred.pk), body(counsel, now), format="json")
    assert answer.status_code == 201, answer.json()
    assert api_of(counsel).get(api("case", referred.pk)).status_code == 404
    proposal = {"proposal": str(Proposal.objects.get(act="counsel-access").pk)}
    assert api_of(other_legal).post(api("verb", referred.pk, "approve"), proposal, format="json").status_code == 200
    assert api_of(counsel).get(api("case", referred.pk)).json()["allowed_verbs"] == []
    (listed,) = api_of(legal).get(api("counsel", referred.pk)).json()["results"]
    assert (listed["email"], listed["granted_by"]) == (counsel.email, other_legal.display_name)
    assert list(counsel.notices.values_list("code", flat=True)) == ["counsel-let-in"]
    kept = str(list(Entry.objects.filter(event__startswith="counsel.").values("facts"))) + str(
        list(Proposal.objects.values("facts"))
    )
    assert REASON not in kept


def test_counsel_hears_evidence_softened_first_and_stands_in_custody(let_in, api_of, counsel, legal):
    client = api_of(counsel)
    opened = client.post(api("openings", let_in.case_id), {"purpose": "for the plea"}, format="json").json()
    assert client.get(opened["audio_url"], {"version": "original"}).json()["code"] == "softened-first"
    assert client.get(opened["audio_url"], {"version": "softened"}).status_code == 200
    assert client.get(opened["audio_url"], {"version": "original"}).status_code == 200
    (row,) = api_of(legal).get(api("case", let_in.case_id)).json()["custody"]
    assert (row["by"], row["purpose"]) == (counsel.display_name, "for the plea")


def test_counsel_does_nothing_else_and_sees_no_other_case(let_in, report, make_clip, bring, api_of, counsel, now):
    case_id, client = let_in.case_id, api_of(counsel)
    assert [one["id"] for one in client.get(api("cases")).json()["results"]] == [str(case_id)]
    for verb, words in (("decide", {"decision": "report", "reason": "x"}), ("note", {"text": "x"}), ("close", {})):
        answer = client.post(api("verb", case_id, verb), words, format="json")
        assert (answer.status_code, answer.json()["allowed_verbs"]) == (409, [])
    for name in ("holds", "disclosures", "case-exports", "counsel"):
        assert client.post(api(name, case_id), {}, format="json").status_code == 404, name
    assert client.post(api("reporter-unmask", case_id, 1), {"reason": "x"}, format="json").status_code == 404
    assert client.post(api("counsel-revoke", let_in.pk)).status_code == 404
    assert client.get(api("exports")).status_code == 404
    other = report(clip_id=make_clip(now, external_ref_hmac=b"2" * 32).pk)
    bring(other, State.WITH_LEGAL)
    forbidden, absent = client.get(api("case", other.pk)), client.get(api("case", let_in.pk))
    assert (forbidden.status_code, forbidden.json()["title"]) == (404, absent.json()["title"])


def test_its_day_ends_it_without_any_sweep(let_in, counsel, now):
    opening = custody.open_evidence(let_in.case_id, 1, purpose="plea", acting_user=counsel, now=now)
    CounselGrant.objects.update(proposed_at=now - 2 * WEEK, until=now)
    assert list(cases_for(counsel)) == []
    with pytest.raises(Absent):
        opening_for(counsel, opening.pk)


def test_legal_ends_it_at_once_with_sign_ins_tokens_and_open_evidence(let_in, api_of, client_of, counsel, legal, now):
    browser, machine = client_of(counsel), api_of(counsel)
    opening = custody.open_evidence(let_in.case_id, 1, purpose="plea", acting_user=counsel, now=now)
    assert browser.get(reverse("escalations:case", args=[let_in.case_id])).status_code == 200
    assert api_of(legal).post(api("counsel-revoke", let_in.pk)).json()["ending"] == "revoked"
    assert browser.get(reverse("escalations:case", args=[let_in.case_id]))["Location"].startswith("/accounts/login/")
    assert machine.get(api("audio", opening.pk)).status_code == 401
    assert api_of(counsel).get(api("audio", opening.pk)).status_code == 404
    assert not Session.objects.filter(user=counsel).exists()
    assert ApiToken.objects.filter(user=counsel).count() == 1, "the one issued after it ended"
    assert Opening.objects.get().expires_at <= timezone.now()
    assert counsel.notices.filter(code="counsel-ended").exists()
    again = api_of(legal).post(api("counsel-revoke", let_in.pk))
    assert (again.status_code, again.json()["code"]) == (409, "counsel-over")


def test_a_sound_that_is_being_served_stops_when_the_right_to_it_ends(let_in, counsel, legal, now):
    opening = custody.open_evidence(let_in.case_id, 1, purpose="plea", acting_user=counsel, now=now)
    sound = custody.serve(opening.pk, custody.Version.SOFTENED, header=None, acting_user=counsel, now=now)
    pieces = Watched(Pieces(), sound.reader.may_go_on, every=0).read_range(0, 9)
    assert next(pieces) == b"sound"
    revoke(let_in.pk, acting_user=legal, now=now)
    assert list(pieces) == []
    sound.reader.close()


class Pieces:
    """A recording without end."""

    size = 9

    def read_range(self, start, stop):
        while True:
            yield b"sound"

    def close(self):
        """Nothing is open."""


def test_bad_input_lets_nobody_in(referred, api_of, counsel, reviewer, legal, now):
    """A stay is no longer than a quarter, and only an account of outside counsel is let in."""
    client, long = api_of(legal), (now + timedelta(days=93)).isoformat()
    for fields in (
        {"reason": ""}, {"until": "2020-01-01"}, {"until": long}, {"email": "nobody@else.example"},
        {"email": "no address"}, {"email": reviewer.email}, {"more": 1},
    ):  # fmt: skip
        answer = client.post(api("counsel", referred.pk), body(counsel, now, **fields), format="json")
        assert answer.status_code == 400, fields
    assert not CounselGrant.objects.exists()


def test_it_needs_a_fresh_sign_in_and_an_id_to_agree(asked, api_of, other_legal, now):
    client, url = api_of(other_legal), api("verb", asked.case_id, "approve")
    assert client.post(url, {}, format="json").status_code == 400
    ApiToken.objects.update(created=now - timedelta(minutes=6))
    stale = client.post(url, {"proposal": str(proposal_of(asked))}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (403, "sign-in-again")
    assert not CounselGrant.objects.live(now).exists()


def test_whoever_asked_cannot_agree_and_a_conflict_of_either_stops_it(asked, team, legal, other_legal, now):
    with pytest.raises(SamePerson):
        approve(asked.case_id, acting_user=legal, now=now, proposal_id=proposal_of(asked))
    team.supervisors.add(legal)
    with pytest.raises(ConflictOfInterest):
        approve(asked.case_id, acting_user=other_legal, now=now, proposal_id=proposal_of(asked))


def test_a_tie_takes_the_question_back_and_a_no_lets_nobody_in(asked, counsel, legal, other_legal, now):
    declare_tie(asked.case_id, acting_user=legal, now=now)
    asked.refresh_from_db()
    assert (asked.ending, asked.granted_at) == ("withdrawn", None)
    third = make_user("third-legal", Role.LEGAL)
    again = propose_counsel(
        asked.case_id, email=counsel.email, until=now + WEEK, reason=REASON, acting_user=other_legal, now=now
    )
    decline(asked.case_id, acting_user=third, now=now, proposal_id=proposal_of(again))
    again.refresh_from_db()
    assert again.ending == "declined"
    assert list(cases_for(counsel)) == []


def test_one_case_at_a_time(let_in, report, make_clip, bring, api_of, counsel, legal, now):
    other = bring(report(clip_id=make_clip(now, external_ref_hmac=b"3" * 32).pk), State.WITH_LEGAL)
    answer = api_of(legal).post(api("counsel", other.pk), body(counsel, now), format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "counsel-in-a-case")
    with pytest.raises(IntegrityError, match="counsel_in_one_case_at_a_time"), transaction.atomic():
        CounselGrant.objects.create(case=other, person=counsel, proposed_by=legal, proposed_at=now, until=now + WEEK)
    CounselGrant.objects.update(proposed_at=now - 2 * WEEK, until=now - timedelta(minutes=1))
    answer = api_of(legal).post(api("counsel", other.pk), body(counsel, now), format="json")
    assert answer.status_code == 201, "a stay that is over stands in nobody's way, swept or not"


def test_the_end_is_said_before_and_when_it_comes_once_each(let_in, counsel, legal, other_legal, now):
    assert due(now=now) == []
    before = let_in.until - timedelta(hours=30)
    assert [attend(let_in.pk, now=before), attend(let_in.pk, now=before)] == [True, False]
    assert [attend(let_in.pk, now=let_in.until), attend(let_in.pk, now=let_in.until)] == [True, False]
    told = Notice.objects.filter(code__startswith="counsel-").exclude(code="counsel-let-in")
    assert sorted(told.values_list("user__email", "code")) == sorted(
        [(counsel.email, "counsel-ends-soon"), (counsel.email, "counsel-ended")]
        + [(one.email, "counsel-in-case-ends") for one in (legal, other_legal)] * 2
    )
    assert let_in.case.events.filter(kind="counsel-over").count() == 1
    assert Entry.objects.filter(event="counsel.ended").count() == 1


def test_beat_finds_what_is_over(let_in, now):
    CounselGrant.objects.update(proposed_at=now - 2 * WEEK, until=now - timedelta(minutes=1))
    assert (attend_to_counsel(), attend_to_counsel()) == (1, 0)
    assert CounselGrant.objects.get().ending == "over"


def test_a_day_that_passed_before_anybody_agreed_lets_nobody_in(asked, other_legal, now):
    with pytest.raises(ProposalOver):
        approve(asked.case_id, acting_user=other_legal, now=now + timedelta(days=6, hours=23), proposal_id=_late(asked))
    assert not CounselGrant.objects.filter(granted_at__isnull=False).exists()


def _late(asked):
    CounselGrant.objects.update(until=asked.proposed_at + timedelta(days=1))
    return proposal_of(asked)


def test_a_closed_account_has_no_case_to_come_back_to(let_in, counsel, administrator, now):
    deactivate(counsel.pk, acting_user=administrator, now=now)
    grant = CounselGrant.objects.get()
    assert (grant.ending, grant.ended_at) == ("over", now)
    reactivate(counsel.pk, acting_user=administrator, now=now)
    counsel.refresh_from_db()
    assert list(cases_for(counsel)) == []


def test_the_sweep_finds_whoever_left_unannounced(let_in, counsel, now):
    User.objects.filter(pk=counsel.pk).update(is_active=False)
    assert due(now=now) == [let_in.pk]
    assert (attend_to_counsel(), attend_to_counsel()) == (1, 0)


def test_counsel_holds_no_second_role_and_belongs_to_no_team(counsel, team):
    for fields in ({"roles": ["counsel", "legal"]}, {"team": team}):
        with pytest.raises(IntegrityError, match="accounts_counsel_stands_alone"), transaction.atomic():
            User.objects.filter(pk=counsel.pk).update(**fields)


def test_the_pages_of_both_sides(referred, client_of, counsel, legal, other_legal, now):
    page = reverse("escalations:case", args=[referred.pk])
    first, second, outside = client_of(legal), client_of(other_legal), client_of(counsel)
    propose = reverse("escalations:counsel-propose", args=[referred.pk])
    day = (now + WEEK).date().isoformat()
    wrong = first.post(propose, {"email": "nobody@else.example", "until": day, "reason": REASON})
    assert (wrong.status_code, "No account of outside counsel" in wrong.content.decode()) == (422, True)
    assert first.post(propose, {"email": counsel.email, "until": day, "reason": REASON}).status_code == 302
    assert "Proposed: let outside counsel in" in second.get(page).content.decode()
    assert outside.get(page).status_code == 404
    proposal = str(Proposal.objects.get(act="counsel-access").pk)
    approve_url = reverse("escalations:verb", args=[referred.pk, "approve"])
    assert second.post(approve_url, {"proposal": proposal}).status_code == 302
    seen = outside.get(page).content.decode()
    assert "You may read this case and hear its evidence until" in seen
    assert not any(words in seen for words in ("Place a hold", "Who reported</h2>", "End it now", "Exports</h2>"))
    assert "A case is open to you" in outside.get("/").content.decode()
    grant = CounselGrant.objects.get()
    assert first.post(reverse("escalations:counsel-revoke", args=[grant.pk])).status_code == 302
    assert client_of(counsel).get(page).status_code == 404
