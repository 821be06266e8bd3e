"""Taking an order back: within its window, by whoever flagged or a supervisor, before anything is destroyed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.activations import count_reviews
from reviews.actions.erasure_choices import NothingToSilence, UndoOver, choose_method, withdraw_erasure
from reviews.actions.erasure_sweeps import sweep
from reviews.actions.erasures import erase
from reviews.actions.findings import Findings, Raised
from reviews.actions.policies import keep_erasure_policy
from reviews.actions.reviews import review_clip
from reviews.erasure_states import ErasureState, Method, Reason
from reviews.models import ActivationCount, Clip, Erasure, ErasurePolicy, Review
from reviews.states import Activation, ClipState, FlagKind
from tests.reviews.erasing import key_is_there, ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def policy(db):
    return ErasurePolicy.objects.create(undo_minutes=10)


@pytest.fixture
def flagged(policy, ingest, shift, reviewer):
    """A clip that the reviewer flagged a moment ago, and its order."""

    def flag(activation=Activation.RIGHT, flags=None, when=None):
        when = when or timezone.now()
        clip = ingest(transcript="my number is 0171 555 0199", device="device-17")
        lease = leases.claim(acting_user=reviewer, now=when).lease
        flags = [Raised(FlagKind.CRITICAL, "phone", 100, 900)] if flags is None else flags
        review_clip(lease.pk, Findings(activation, 1, flags=flags), acting_user=reviewer, now=when)
        return Erasure.objects.get(clip=clip)

    return flag


def url(erasure, verb="undo"):
    return f"/api/v1/erasures/{erasure.pk}/{verb}/"


def test_without_a_policy_there_is_no_window(reviewer, now):
    erasure = ordered(sealed_clip(now), now, actor=reviewer)
    assert erasure.undo_until is None
    with pytest.raises(UndoOver):
        withdraw_erasure(erasure.pk, acting_user=reviewer, now=now)


def test_inside_the_window_nothing_is_destroyed_and_the_clip_is_out_of_reach(flagged):
    erasure = flagged()
    assert erasure.undo_until == erasure.ordered_at + timedelta(minutes=10)
    assert sweep(clock=timezone.now).driven == 0
    assert erase(erasure.pk, now=timezone.now()) is None
    assert key_is_there(erasure.clip_id)
    assert Clip.objects.get(pk=erasure.clip_id).state == ClipState.QUARANTINED


def test_when_the_window_is_over_the_sweep_erases(flagged):
    erasure = flagged()
    assert sweep(clock=lambda: erasure.undo_until).driven == 1
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.CERTIFIED
    assert erasure.certified_at < erasure.due_at


def test_whoever_flagged_takes_it_back_and_the_clip_goes_on(flagged, api_of, reviewer):
    erasure = flagged()
    assert [one["id"] for one in api_of(reviewer).get("/api/v1/me/orders/").json()] == [str(erasure.pk)]
    answer = api_of(reviewer).post(url(erasure), {}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    clip = Clip.objects.get(pk=erasure.clip_id)
    assert clip.state == ClipState.REVIEWED
    assert clip.flags.get().withdrawn_at is not None
    assert Review.objects.get(clip=clip).is_offered
    assert key_is_there(clip.pk)
    assert Entry.objects.get(event="erasure.withdrawn").actor_id == reviewer.pk
    assert api_of(reviewer).get("/api/v1/me/orders/").json() == []
    assert sweep(clock=lambda: timezone.now() + timedelta(hours=1)).driven == 0


def test_a_supervisor_of_the_team_may_and_another_teams_may_not(flagged, api_of, supervisor, other_supervisor):
    erasure = flagged()
    assert api_of(other_supervisor).post(url(erasure), {}, format="json").status_code == 404
    assert api_of(supervisor).post(url(erasure), {}, format="json").status_code == 200


def test_nobody_else_can_tell_it_from_nothing(flagged, api_of, other_reviewer, auditor, legal):
    erasure = flagged()
    for person in (other_reviewer, auditor, legal):
        assert api_of(person).post(url(erasure), {}, format="json").status_code == 404


def test_twice_and_too_late_are_conflicts(flagged, api_of, reviewer):
    erasure = flagged()
    api_of(reviewer).post(url(erasure), {}, format="json")
    again = api_of(reviewer).post(url(erasure), {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "undo-over")
    other = flagged()
    with pytest.raises(UndoOver):
        withdraw_erasure(other.pk, acting_user=reviewer, now=other.undo_until)
    assert api_of(reviewer).post(url(other), {"why": "x"}, format="json").status_code == 400
    assert api_of(reviewer).get(url(other)).status_code == 405


def test_what_a_subject_asked_for_too_can_not_be_taken_back(flagged, reviewer, api_of, ingest_service, now):
    erasure = flagged()
    from reviews.models import SubjectErasure

    request = SubjectErasure.objects.create(subject_ref_hmac=b"x" * 32, requested_by=ingest_service, requested_at=now)
    Erasure.objects.filter(pk=erasure.pk).update(subject_erasure=request)
    assert api_of(reviewer).post(url(erasure), {}, format="json").status_code == 409


def test_a_false_activation_taken_back_is_counted_as_unclear(flagged, reviewer):
    erasure = flagged(Activation.FALSE, flags=[])
    assert erasure.reason == Reason.ACCIDENTAL
    assert count_reviews(now=timezone.now()) == 0, "not while it may be taken back"
    withdraw_erasure(erasure.pk, acting_user=reviewer, now=timezone.now())
    assert count_reviews(now=timezone.now() + timedelta(hours=1)) == 1
    assert not ActivationCount.objects.exists()


def test_a_supervisor_has_it_redact_and_erase_again(flagged, api_of, supervisor, reviewer):
    erasure = flagged()
    assert api_of(reviewer).post(url(erasure, "redact"), {}, format="json").status_code == 404
    assert api_of(supervisor).post(url(erasure, "redact"), {}, format="json").json()["method"] == "redact"
    assert api_of(supervisor).post(url(erasure, "erase"), {}, format="json").json()["method"] == "erase"
    choose_method(erasure.pk, Method.REDACT, acting_user=supervisor, now=timezone.now())
    sweep(clock=lambda: erasure.undo_until)
    assert Clip.objects.get(pk=erasure.clip_id).version == 2
    assert api_of(supervisor).post(url(erasure, "erase"), {}, format="json").status_code == 409


def test_without_a_place_there_is_nothing_to_silence(flagged, supervisor):
    erasure = flagged(flags=[Raised(FlagKind.CRITICAL, "phone")])
    with pytest.raises(NothingToSilence):
        choose_method(erasure.pk, Method.REDACT, acting_user=supervisor, now=timezone.now())


def test_the_pages_have_the_button_while_it_works(flagged, client_of, reviewer, supervisor):
    erasure = flagged()
    mine = client_of(reviewer).get("/erasures/orders/").content.decode()
    assert f"/erasures/{erasure.pk}/undo/" in mine
    page = client_of(supervisor).get(f"/erasures/{erasure.pk}/").content.decode()
    assert "Take the order back" in page
    assert "Only silence the flagged spans" in page
    assert client_of(reviewer).post(f"/erasures/{erasure.pk}/undo/").status_code == 302
    assert "Take the order back" not in client_of(supervisor).get(f"/erasures/{erasure.pk}/").content.decode()
    assert f"/erasures/{erasure.pk}/undo/" not in client_of(reviewer).get("/erasures/orders/").content.decode()


def test_the_policy_is_kept_in_the_ledger_and_bounded_by_postgresql(administrator, now):
    from django.db import IntegrityError

    keep_erasure_policy(ErasurePolicy(undo_minutes=5), acting_user=administrator, now=now)
    assert Entry.objects.get(event="policy.changed").facts["undo_minutes"] == 5
    with pytest.raises(IntegrityError, match="undo_leaves_time"):
        ErasurePolicy.objects.update(undo_minutes=60)
    with pytest.raises(IntegrityError, match="one_erasure_policy"):
        ErasurePolicy.objects.create()
