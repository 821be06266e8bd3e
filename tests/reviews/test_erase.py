"""The erasure machine against real stores: nothing is left, everything is said, any step may be repeated."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from project import vault
from project.ledger.models import Entry
from reviews import certificates
from reviews.actions import erasures as machine
from reviews.actions.erasures import claim, erase, ticking_from
from reviews.actions.point_of_no_return import pass_point_of_no_return
from reviews.actions.shredding import shred
from reviews.erasure_errors import NotErased
from reviews.erasure_states import ErasureState, Reason, Stage
from reviews.models import Certificate, Clip, Erasure
from reviews.states import ClipState
from tests.reviews.erasing import key_is_there, ordered, sealed_clip
from tests.vault.conftest import ring  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clip(now):
    return sealed_clip(now)


@pytest.fixture
def erasure(clip, reviewer, now):
    return ordered(clip, now, actor=reviewer)


def events(subject):
    return list(
        Entry.objects.filter(subject_id=str(subject.pk)).order_by("at", "event").values_list("event", flat=True)
    )


def test_ordering_takes_the_clip_out_of_reach_at_once(clip, erasure, reviewer, now):
    clip.refresh_from_db()
    assert clip.state == ClipState.QUARANTINED
    assert (erasure.state, erasure.due_at, erasure.team) == ("ordered", now + timedelta(hours=1), reviewer.team)
    assert key_is_there(clip.pk)


def test_nothing_is_left_of_an_erased_clip(clip, erasure, now):
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED
    clip.refresh_from_db()
    assert clip.state == ClipState.ERASED
    assert not key_is_there(clip.pk)
    assert vault.parts(clip.pk) == []
    assert vault.tombstones.contains(clip.pk)
    assert (clip.sha256, clip.sealed_source, clip.sealed_transcript, clip.subject_ref_hmac) == (None,) * 4
    assert (clip.duration_ms, clip.byte_size, clip.predicted_categories, clip.seen_by) == (0, 0, [], [])
    assert clip.external_ref_hmac


def test_its_certificate_verifies_and_the_ledger_commits_to_it(clip, erasure, now):
    erase(erasure.pk, now=now)
    issued = Certificate.objects.get(erasure=erasure)
    body = json.loads(bytes(issued.canonical_body))
    key = vault.signing_key()
    file = certificates.certificate_file(
        bytes(issued.canonical_body), body, bytes(issued.signature), issued.public_key_id, None
    )
    assert certificates.verify_signature(file, key.public_key()) == bytes(issued.canonical_body)
    assert body["subject"]["id"] == str(clip.pk)
    assert len(body["subject"]["salted_digest"]) == 64
    assert clip.sha256 not in bytes(issued.canonical_body).decode()
    assert {store["result"] for store in body["verification"]["stores"]} == {"removed", "not-applicable"}
    assert issued.entry.facts["sha256"] == issued.body_sha256


def test_every_step_is_in_the_ledger(erasure, now):
    erase(erasure.pk, now=now)
    assert set(events(erasure)) == {
        "erasure.ordered", "erasure.point-of-no-return", "erasure.shredded", "erasure.certified",
    }  # fmt: skip


def test_twice_is_once(erasure, now):
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED
    assert erase(erasure.pk, now=now + timedelta(hours=1)) is None
    assert Certificate.objects.filter(erasure=erasure).count() == 1


def test_a_second_worker_does_not_get_it(erasure, now):
    assert claim(first=erasure.pk, now=now).ids == [erasure.pk]
    assert claim(first=erasure.pk, now=now + timedelta(seconds=1)).ids == []
    assert claim(now=now + timedelta(seconds=1)).ids == []
    assert erase(erasure.pk, now=now + timedelta(seconds=1)) is None


def test_the_lease_of_a_dead_worker_runs_out(erasure, now, settings):
    claim(now=now)
    later = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    assert erase(erasure.pk, now=later) == ErasureState.CERTIFIED
    erasure.refresh_from_db()
    assert erasure.attempts == 2


@pytest.mark.parametrize("broken", ["pass_point_of_no_return", "shred", "verify_and_certify"])
def test_a_failing_step_is_noted_and_taken_up_again(erasure, now, monkeypatch, broken):
    def refuse(*args, **kwargs):
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(machine, broken, refuse)
        with pytest.raises(OSError, match="no space"):
            erase(erasure.pk, now=now)
    erasure.refresh_from_db()
    assert (erasure.last_error_code, erasure.leased_until, erasure.attempts) == ("blob-store-or-ring", None, 1)
    assert erase(erasure.pk, now=now) is None, "not before its next attempt is due"
    assert erase(erasure.pk, now=erasure.next_attempt_at) == ErasureState.CERTIFIED
    erasure.refresh_from_db()
    assert erasure.last_error_code == ""


def test_a_store_that_lies_gets_no_certificate(clip, erasure, now, monkeypatch):
    """It says deleted, and the bytes are still there: the verifier looks for itself."""
    with monkeypatch.context() as patched:
        patched.setattr("reviews.actions.shredding.delete_bytes", lambda vault_ids: None)
        with pytest.raises(NotErased):
            erase(erasure.pk, now=now)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.last_error_code) == ("shredding", "left-in:blob-store")
    assert not Certificate.objects.exists()
    assert erase(erasure.pk, now=erasure.next_attempt_at) == ErasureState.CERTIFIED


def test_a_value_left_in_the_row_gets_no_certificate(clip, erasure, now, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("reviews.actions.shredding.clear_values", lambda clip_ids: 0)
        with pytest.raises(NotErased, match="clip-row"):
            erase(erasure.pk, now=now)
    assert erase(erasure.pk, now=now + timedelta(minutes=1)) == ErasureState.CERTIFIED


def test_shredding_may_be_repeated_with_the_same_receipt(erasure, now):
    pass_point_of_no_return([erasure.pk], {}, now=now)
    shred([erasure.pk], {}, clock=ticking_from(now))
    first = Erasure.objects.get(pk=erasure.pk)
    Erasure.objects.filter(pk=erasure.pk).update(state=ErasureState.SHREDDING)
    shred([erasure.pk], {}, clock=ticking_from(now + timedelta(minutes=5)))
    again = Erasure.objects.get(pk=erasure.pk)
    assert (again.key_id, again.master_version, again.key_destroyed_at) == (
        first.key_id, first.master_version, first.key_destroyed_at,
    )  # fmt: skip


def test_a_worker_whose_lease_ran_out_takes_nothing_from_the_next_one(erasure, now, settings):
    stale = claim(now=now).until
    later = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
    theirs = claim(now=later).until
    machine.note_failures({erasure.pk: OSError()}, leased_until=stale, now=later)
    erasure.refresh_from_db()
    assert (erasure.leased_until, erasure.last_error_code) == (theirs, "")


def test_a_second_order_joins_and_only_hastens(clip, erasure, now):
    slower = ordered(clip, now, reason=Reason.RETENTION_END)
    assert (slower.pk, slower.due_at) == (erasure.pk, erasure.due_at)


def test_an_urgent_order_hastens_a_slow_one(clip, now):
    slow = ordered(clip, now, reason=Reason.RETENTION_END)
    urgent = ordered(clip, now, reason=Reason.CRITICAL_DATA)
    assert urgent.pk == slow.pk
    assert (urgent.reason, urgent.due_at) == (Reason.CRITICAL_DATA, now + timedelta(hours=1))
    assert "erasure.hastened" in events(slow)


def test_ordering_an_erased_clip_again_gives_back_what_was_done(clip, erasure, now):
    erase(erasure.pk, now=now)
    assert ordered(clip, now).pk == erasure.pk
    assert Erasure.objects.count() == 1


def test_a_clip_whose_key_is_gone_already_is_still_certified(clip, erasure, now):
    vault.shred_key(clip.pk, now=now)
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED
    body = json.loads(bytes(Certificate.objects.get().canonical_body))
    assert body["subject"]["salted_digest"] == ""


def test_the_second_certificate_waits_for_the_master_key(ring, erasure, now):  # noqa: F811  # the fixture, by its name
    from project.vault.actions.rotation import rotate
    from reviews.actions.certificates import certify_beyond_recovery

    erase(erasure.pk, now=now)
    assert certify_beyond_recovery(now=now) == 0
    rotate(now=now + timedelta(days=7))
    assert certify_beyond_recovery(now=now + timedelta(days=7)) == 1
    assert certify_beyond_recovery(now=now + timedelta(days=8)) == 0
    assert set(erasure.certificates.values_list("stage", flat=True)) == set(Stage.values)


def test_postgresql_refuses_a_second_open_erasure_of_one_clip(clip, erasure, now):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="one_open_erasure_per_clip"):
        Erasure.objects.create(
            clip=clip, vault_id=clip.pk, reason=Reason.ACCIDENTAL, ordered_at=now, due_at=now, next_attempt_at=now
        )
    assert connection.connection is not None
    assert Clip.objects.filter(pk=clip.pk).exists()
