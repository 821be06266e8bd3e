"""A data subject's request: all of their clips, nobody else's, however many."""

from datetime import timedelta

import pytest

from project import vault
from project.ledger.models import Entry
from reviews.actions import subject_erasures
from reviews.actions.erasure_sweeps import sweep, sweep_orders
from reviews.actions.subject_erasures import order_all, request_subject_erasure
from reviews.erasure_states import ErasureState, Reason
from reviews.models import Clip, Erasure, SubjectErasure
from reviews.states import ClipState
from tests.reviews.erasing import ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/subject-erasures/"


def clip_of(subject, now, **columns):
    return sealed_clip(now, subject_ref_hmac=vault.lookup_hmac("subject", subject), **columns)


def test_it_erases_every_clip_of_the_subject_and_no_other(api_of, ingest_service, now):
    theirs = [clip_of("speaker-1", now) for _ in range(3)]
    other = clip_of("speaker-2", now)
    answer = api_of(ingest_service, scope="erasure").post(URL, {"subject_ref": "speaker-1"}, format="json")
    assert answer.status_code == 201
    assert (answer.json()["clips"], len(answer.json()["erasures"])) == (3, 3)
    later = now + timedelta(seconds=5)
    sweep_orders(now=later)
    sweep(clock=lambda: later)
    assert set(Clip.objects.filter(pk__in=[c.pk for c in theirs]).values_list("state", flat=True)) == {"erased"}
    assert Clip.objects.get(pk=other.pk).state == ClipState.QUEUED
    progress = api_of(ingest_service, scope="erasure").get(f"{URL}{answer.json()['id']}/").json()
    assert (progress["certified"], progress["all_ordered"]) == (3, True)


def test_the_reference_is_written_nowhere(api_of, ingest_service, now):
    clip_of("speaker-1", now)
    api_of(ingest_service).post(URL, {"subject_ref": "speaker-1"}, format="json")
    assert not Entry.objects.filter(facts__icontains="speaker-1").exists()
    assert bytes(SubjectErasure.objects.get().subject_ref_hmac) == vault.lookup_hmac("subject", "speaker-1")


def test_an_unknown_subject_is_a_request_like_any_other(api_of, ingest_service):
    answer = api_of(ingest_service).post(URL, {"subject_ref": "nobody-we-know"}, format="json")
    assert (answer.status_code, answer.json()["clips"]) == (201, 0)


@pytest.mark.parametrize("body", [{}, {"subject_ref": ""}, {"subject_ref": "x" * 201}, {"subject_ref": "a", "who": 1}])
def test_bad_input_is_refused(api_of, ingest_service, body):
    assert api_of(ingest_service).post(URL, body, format="json").status_code == 400
    assert not SubjectErasure.objects.exists()


def test_another_scope_or_role_cannot_tell_it_from_nothing(api_of, ingest_service, auditor, supervisor):
    for client in (api_of(ingest_service, scope="ingest"), api_of(auditor), api_of(supervisor)):
        assert client.post(URL, {"subject_ref": "a"}, format="json").status_code == 404


def test_somebody_elses_request_is_absent(api_of, ingest_service, feed_service):
    made = api_of(ingest_service).post(URL, {"subject_ref": "a"}, format="json").json()
    assert api_of(feed_service).get(f"{URL}{made['id']}/").status_code == 404


def test_what_is_beyond_a_batch_is_ordered_by_the_sweep(ingest_service, now, monkeypatch):
    monkeypatch.setattr(subject_erasures, "BATCH", 2)
    for _ in range(5):
        clip_of("speaker-1", now)
    made = request_subject_erasure("speaker-1", acting_user=ingest_service, now=now)
    assert made.erasures.count() == 2
    order_all(made.pk, now=now)
    order_all(made.pk, now=now)
    assert made.erasures.count() == 5
    assert Entry.objects.filter(event="subject-erasure.completed").count() == 1


def test_a_clip_that_has_its_order_already_joins_the_request(ingest_service, now):
    clip = clip_of("speaker-1", now)
    standing = ordered(clip, now, reason=Reason.CRITICAL_DATA)
    made = request_subject_erasure("speaker-1", acting_user=ingest_service, now=now)
    assert made.erasures.get().pk == standing.pk
    standing.refresh_from_db()
    assert (standing.reason, standing.state) == (Reason.CRITICAL_DATA, ErasureState.ORDERED)
    assert Erasure.objects.count() == 1
