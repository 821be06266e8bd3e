"""A case that is not with legal, opened by two of them for some minutes: what it shows, whom it tells, how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from escalations.access import cases_for
from escalations.actions.custody import open_evidence
from escalations.actions.emergency_access import CaseIsOpenToYou, propose_access, waiting_for
from escalations.models import EmergencyAccess, Tie
from escalations.states import State
from escalations.tasks import end_emergency_accesses
from project.accounts.models import Proposal
from project.accounts.twopeople import ConflictOfInterest, SamePerson, approve, decline, expire_proposals, withdraw
from project.ledger.models import Entry
from project.problems import Absent, Invalid

pytestmark = pytest.mark.django_db
REASON = "the police rang and nobody of the team answers"


@pytest.fixture
def asked(case, legal, now):
    return propose_access(case.number, minutes=30, reason=REASON, acting_user=legal, now=now)


@pytest.fixture
def let_in(asked, other_legal, now):
    approve(proposal_of(asked), acting_user=other_legal, now=now)
    asked.refresh_from_db()
    return asked


def proposal_of(access):
    return Proposal.objects.get(subject_id=str(access.pk)).pk


def sees(user, case):
    return cases_for(user).filter(pk=case.pk).exists()


def as_if_earlier(access, by):
    """Its minutes began so much earlier."""
    EmergencyAccess.objects.filter(pk=access.pk).update(granted_at=access.granted_at - by, until=access.until - by)


def test_two_of_legal_open_it_on_their_pages(case, client_of, legal, other_legal, supervisor):
    mine, theirs = client_of(legal), client_of(other_legal)
    address, board = reverse("escalations:case", args=[case.pk]), reverse("escalations:board")
    assert mine.get(address).status_code == 404
    assert reverse("escalations:emergency") in mine.get(board).content.decode()
    body = {"number": case.number, "minutes": 30, "reason": REASON}
    asked = mine.post(reverse("escalations:emergency-propose"), body, follow=True).content.decode()
    assert "waits for a second person" in asked
    assert mine.get(address).status_code == 404
    page = theirs.get(reverse("escalations:emergency")).content.decode()
    assert REASON in page
    assert legal.display_name in page
    access = EmergencyAccess.objects.get()
    theirs.post(reverse("accounts:proposal-approve", args=[proposal_of(access)]))
    assert mine.get(address).status_code == 200
    assert "Open the case" in mine.get(reverse("escalations:emergency")).content.decode()
    assert theirs.get(address).status_code == 404  # who agreed sees no more than before
    shown = client_of(supervisor).get(address).content.decode()
    assert "Legal opened the case in an emergency for 30 minutes" in shown
    assert REASON in shown


def test_evidence_is_opened_on_the_record_as_ever(let_in, case, legal, now):
    opening = open_evidence(case.pk, 1, purpose="for the police", acting_user=legal, now=now)
    assert Entry.objects.get(event="evidence.opened").actor_id == legal.pk
    assert opening.person == legal


def test_both_are_named_in_the_ledger_and_the_team_is_told(let_in, supervisor, legal, other_legal):
    began = Entry.objects.get(event="emergency-access.began")
    assert (began.actor_id, began.facts["person"]) == (other_legal.pk, str(legal.pk))
    assert "emergency-access-began" in supervisor.notices.values_list("code", flat=True)
    assert list(legal.notices.values_list("code", flat=True)) == ["emergency-let-in"]
    kept = str(list(Entry.objects.values("facts"))) + str(list(Proposal.objects.values("facts")))
    assert REASON not in kept
    assert REASON.encode() not in bytes(let_in.sealed_reason)


def test_it_ends_by_itself_and_the_team_is_told_once(let_in, case, legal, supervisor):
    assert sees(legal, case)
    assert end_emergency_accesses() == 0
    as_if_earlier(let_in, timedelta(minutes=31))
    assert not sees(legal, case)  # before any sweep
    assert (end_emergency_accesses(), end_emergency_accesses()) == (1, 0)
    let_in.refresh_from_db()
    assert let_in.ending == "over"
    assert list(supervisor.notices.values_list("code", flat=True)).count("emergency-access-ended") == 1
    assert Entry.objects.filter(event="emergency-access.ended").count() == 1


def test_what_ran_out_may_be_asked_for_again_before_the_sweep(let_in, case, legal, now):
    as_if_earlier(let_in, timedelta(minutes=31))
    again = propose_access(case.number, minutes=5, reason=REASON, acting_user=legal, now=timezone.now())
    assert again.pk != let_in.pk


def test_a_role_that_was_taken_meanwhile_opens_nothing(let_in, case, legal):
    legal.roles = ["auditor"]
    legal.save()
    assert not sees(legal, case)


def test_nobody_lets_themselves_in(asked, legal, now):
    with pytest.raises(SamePerson):
        approve(proposal_of(asked), acting_user=legal, now=now)


def test_a_tie_of_either_stands_in_the_way(asked, case, legal, other_legal, now):
    Tie.objects.create(case=case, person=other_legal, declared_at=now)
    assert waiting_for(other_legal) == []
    with pytest.raises(ConflictOfInterest):
        approve(proposal_of(asked), acting_user=other_legal, now=now)
    with pytest.raises(ConflictOfInterest):
        propose_access(case.number, minutes=5, reason=REASON, acting_user=other_legal, now=now)


def test_other_roles_cannot_tell_it_from_nothing(asked, case, client_of, supervisor, auditor, administrator, now):
    for person in (supervisor, auditor, administrator):
        with pytest.raises(Absent):
            approve(proposal_of(asked), acting_user=person, now=now)
        with pytest.raises(Absent):
            propose_access(case.number, minutes=5, reason=REASON, acting_user=person, now=now)
        assert client_of(person).get(reverse("escalations:emergency")).status_code == 404


def test_what_is_open_already_or_asked_for_is_not_asked_again(asked, case, bring, legal, other_legal, now):
    with pytest.raises(CaseIsOpenToYou):
        propose_access(case.number, minutes=5, reason=REASON, acting_user=legal, now=now)
    bring(case, State.WITH_LEGAL)
    with pytest.raises(CaseIsOpenToYou):
        propose_access(case.number, minutes=5, reason=REASON, acting_user=other_legal, now=now)


@pytest.mark.parametrize(
    "body", [{"number": "E-1999-0001"}, {"minutes": 4}, {"minutes": 241}, {"reason": " "}, {"reason": "x" * 2001}]
)
def test_bad_input_is_said_and_changes_nothing(case, client_of, legal, body):
    sent = {"number": case.number, "minutes": 30, "reason": REASON, **body}
    assert client_of(legal).post(reverse("escalations:emergency-propose"), sent).status_code == 400
    assert not EmergencyAccess.objects.exists()


def test_over_the_bounds_the_action_refuses_too(case, legal, now):
    for minutes, reason in ((4, REASON), (241, REASON), (30, ""), (30, "x" * 2001)):
        with pytest.raises(Invalid):
            propose_access(case.number, minutes=minutes, reason=reason, acting_user=legal, now=now)


def test_it_asks_for_a_fresh_sign_in(case, client_of, legal, settings):
    settings.FRESH_SIGN_IN_SECONDS = -1
    body = {"number": case.number, "minutes": 30, "reason": REASON}
    answer = client_of(legal).post(reverse("escalations:emergency-propose"), body)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize(("end", "who"), [(decline, "other_legal"), (withdraw, "legal")])
def test_declined_or_taken_back_nobody_was_let_in(asked, case, legal, now, request, end, who):
    end(proposal_of(asked), acting_user=request.getfixturevalue(who), now=now)
    asked.refresh_from_db()
    assert asked.ending in {"declined", "withdrawn"}
    assert not sees(legal, case)
    assert propose_access(case.number, minutes=5, reason=REASON, acting_user=legal, now=now).pk != asked.pk


def test_unanswered_it_expires_within_the_hour(asked, now):
    assert expire_proposals(now=now + timedelta(minutes=61)) == 1
    asked.refresh_from_db()
    assert asked.ending == "expired"
    assert Entry.objects.filter(event="emergency-access.lapsed").count() == 1


def test_postgresql_holds_it_to_two_people_and_few_hours(let_in, legal, now):
    for change in ({"granted_by": legal}, {"minutes": 241}, {"granted_by": None}, {"ended_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            EmergencyAccess.objects.filter(pk=let_in.pk).update(**change)


def test_the_page_refuses_another_method(client_of, legal):
    assert client_of(legal).post(reverse("escalations:emergency")).status_code == 405
    assert client_of(legal).get(reverse("escalations:emergency-propose")).status_code == 405
