"""Whoever reviewed or flagged a clip never gets it again, whichever way it comes back; held ones and their copies."""

from datetime import timedelta

import pytest

from escalations.actions.approvals import approve
from escalations.actions.moves import Words, act
from escalations.masking import masked
from escalations.models import Case
from project import vault
from project.sound import Limits
from project.sound.silence import is_silent
from reviews.actions import leases
from reviews.actions.erasure_choices import withdraw_erasure
from reviews.actions.erasure_sweeps import sweep, sweep_orders
from reviews.actions.erasures import erase
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.actions.working_copies import make_working_copies
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Erasure, ErasurePolicy
from reviews.states import Activation, ClipState, FlagKind
from tests.reviews.erasing import key_is_there

pytestmark = pytest.mark.django_db(transaction=True)
SPAN = (600, 1400)
SAID = "please call my sister on 0171 555 0199 and turn on the light in the hall upstairs"
CRITICAL = Raised(FlagKind.CRITICAL, "phone", *SPAN)
CRIMINAL = Raised(FlagKind.CRIMINAL, "violence", 200, 500)


@pytest.fixture
def flagged(ingest, shift, other_shift, reviewer, now):
    """A clip that wants two reviews, reviewed and flagged by the first."""

    def by_reviewer(*flags, **policy):
        ErasurePolicy.objects.create(**policy)
        clip = ingest(transcript=SAID, reviews_wanted=2)
        lease = leases.claim(acting_user=reviewer, now=now).lease
        assert lease.clip_id == clip.pk
        review_clip(lease.pk, Findings(Activation.RIGHT, 1, flags=list(flags)), acting_user=reviewer, now=now)
        clip.refresh_from_db()
        return clip

    return by_reviewer


def served(person, now):
    """The clip that a claim gives this person, if any."""
    lease = leases.claim(acting_user=person, now=now).lease
    return lease and lease.clip_id


def test_a_redacted_clip_goes_on_to_somebody_else_and_never_to_whoever_flagged_it(
    flagged, reviewer, other_reviewer, now
):
    clip = flagged(CRITICAL, redact_categories=["phone"])
    assert served(other_reviewer, now) is None, "nobody gets it while it is in quarantine"
    assert erase(Erasure.objects.get(clip=clip).pk, now=now) == ErasureState.CERTIFIED
    clip.refresh_from_db()
    assert (clip.state, clip.version) == (ClipState.QUEUED, 2)
    assert served(reviewer, now) is None
    assert served(other_reviewer, now) == clip.pk


def test_an_order_that_was_taken_back_does_not_bring_it_back_to_them(flagged, reviewer, other_reviewer, now):
    clip = flagged(CRITICAL, undo_minutes=10)
    withdraw_erasure(Erasure.objects.get(clip=clip).pk, acting_user=reviewer, now=now + timedelta(minutes=1))
    clip.refresh_from_db()
    assert clip.state == ClipState.QUEUED
    assert served(reviewer, now) is None
    assert served(other_reviewer, now) == clip.pk


def test_after_a_dismissal_the_clip_goes_and_comes_back_to_nobody(
    flagged, reviewer, other_reviewer, supervisor, other_supervisor, now
):
    clip = flagged(CRIMINAL)
    case = Case.objects.get()
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=now)
    act(case.pk, "dismiss", Words(reason="a film was on"), acting_user=supervisor, now=now)
    approve(case.pk, acting_user=other_supervisor, now=now)
    for when in (now, now + timedelta(minutes=1)):
        assert (served(reviewer, when), served(other_reviewer, when)) == (None, None)
        sweep_orders(now=when)
    assert Erasure.objects.get(clip=clip).reason == Reason.CASE_OVER
    sweep(clock=lambda: now + timedelta(minutes=2))
    clip.refresh_from_db()
    assert clip.state == ClipState.ERASED
    assert (served(reviewer, now), served(other_reviewer, now)) == (None, None)


def test_a_held_clip_with_critical_data_gets_a_silenced_working_copy_that_goes_with_it(
    flagged, supervisor, other_supervisor, now
):
    clip = flagged(CRITICAL, CRIMINAL)
    sweep(clock=lambda: now)
    erasure = Erasure.objects.get(clip=clip)
    assert (erasure.state, set(vault.parts(clip.pk)) >= {"audio", "redacted", "redacted-softened"}) == (
        "waiting",
        False,
    )
    sweep(clock=lambda: now + timedelta(minutes=1))
    erasure.refresh_from_db()
    assert erasure.working_copy_at is not None
    with vault.open_blob(clip.pk, "redacted") as copy, vault.open_blob(clip.pk, "audio") as original:
        assert is_silent(copy.read(), [SPAN], Limits())
        assert not is_silent(original.read(), [SPAN], Limits()), "the original stays as it was, in quarantine"
    assert "0199" not in masked(SAID, [SPAN], clip.duration_ms)
    assert make_working_copies(now=now) == 0, "one is enough"
    case = Case.objects.get()
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=now)
    act(case.pk, "dismiss", Words(reason="a film was on"), acting_user=supervisor, now=now)
    approve(case.pk, acting_user=other_supervisor, now=now)
    sweep(clock=lambda: now + timedelta(minutes=3))
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.CERTIFIED
    assert not key_is_there(clip.pk)
    assert vault.parts(clip.pk) == [], "the working copies went with it"
