"""The source takes recordings back by its own references: all of them, nobody else's, once."""

from datetime import timedelta

import pytest

from project import vault
from project.accounts.access import Role
from project.ledger.models import Entry
from reviews.actions.erasure_sweeps import sweep
from reviews.erasure_states import Reason
from reviews.models import Clip, Erasure, ErasureRun
from reviews.states import ClipState
from tests.cast import make_user
from tests.reviews.erasing import ordered, sealed_clip

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/source-withdrawals/"


def clip_of(ref, now, **columns):
    return sealed_clip(now, external_ref_hmac=vault.lookup_hmac("external_ref", ref), **columns)


@pytest.fixture
def source(api_of, ingest_service):
    return api_of(ingest_service, scope="ingest")


def test_the_named_clips_are_erased_and_certified_and_no_other(source, now):
    mine = [clip_of(f"r{number}", now) for number in range(3)]
    other = clip_of("s", now)
    answer = source.post(URL, {"external_refs": ["r0", "r1", "r2", "r2", "nobody-knows"]}, format="json")
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["clips"], said["unknown"], said["gone"], said["reason"]) == (3, 1, 0, "source_withdrawn")
    orders = Erasure.objects.filter(clip__in=[one.pk for one in mine])
    assert {one.due_at - one.ordered_at for one in orders} == {timedelta(hours=24)}
    sweep(clock=lambda: now + timedelta(seconds=5))
    assert set(orders.values_list("state", "reason")) == {("certified", Reason.SOURCE_WITHDRAWN)}
    assert Clip.objects.get(pk=other.pk).state == ClipState.QUEUED
    progress = source.get(f"{URL}{said['id']}/").json()
    assert (progress["certified"], progress["percent"]) == (3, 100)


def test_a_clip_that_has_an_order_keeps_it_and_one_that_is_gone_is_said_to_be(source, now):
    clip = clip_of("r0", now)
    first = ordered(clip, now)
    gone = clip_of("r1", now)
    sweep_of = ordered(gone, now)
    Erasure.objects.filter(pk=first.pk).update(next_attempt_at=now + timedelta(minutes=9))
    sweep(clock=lambda: now)
    sweep_of.refresh_from_db()
    assert sweep_of.state == "certified"
    said = source.post(URL, {"external_refs": ["r0", "r1"]}, format="json").json()
    assert (said["clips"], said["gone"]) == (1, 1)
    first.refresh_from_db()
    assert (first.reason, Erasure.objects.count()) == (Reason.CRITICAL_DATA, 2)


def test_asking_twice_orders_once(source, now):
    clip_of("r0", now)
    for _ in range(2):
        assert source.post(URL, {"external_refs": ["r0"]}, format="json").json()["clips"] in {0, 1}
    assert Erasure.objects.count() == 1


def test_the_ledger_says_who_and_no_reference(source, ingest_service, now):
    clip_of("kitchen-77", now)
    source.post(URL, {"external_refs": ["kitchen-77"]}, format="json")
    run = ErasureRun.objects.get()
    started = Entry.objects.get(event="erasure-run.started")
    assert (started.subject_id, str(started.actor_id)) == (str(run.pk), str(ingest_service.pk))
    assert not Entry.objects.filter(facts__icontains="kitchen-77").exists()


@pytest.mark.parametrize(
    "body", [{}, {"external_refs": []}, {"external_refs": "r0"}, {"external_refs": ["x" * 201]},
             {"external_refs": ["a"] * 201}, {"external_refs": ["a"], "why": "b"}],
)  # fmt: skip
def test_bad_input_is_refused(source, body):
    assert source.post(URL, body, format="json").status_code == 400
    assert not ErasureRun.objects.exists()


def test_another_role_scope_or_account_cannot_tell_it_from_nothing(source, api_of, ingest_service, auditor, now):
    for client in (api_of(ingest_service, scope="feed"), api_of(auditor)):
        assert client.post(URL, {"external_refs": ["r0"]}, format="json").status_code == 404
    run = source.post(URL, {"external_refs": ["r0"]}, format="json").json()["id"]
    stranger = api_of(make_user("other-source", Role.SERVICE), scope="ingest")
    assert stranger.get(f"{URL}{run}/").status_code == 404
    assert source.get(URL).status_code == 405
