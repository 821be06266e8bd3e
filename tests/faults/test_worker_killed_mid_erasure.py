"""kill -9 of a real worker at each step of the machine: nothing is lost, nothing is done twice, nothing half."""

import time
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from project import vault
from project.celery import broker_url
from project.ledger.models import Entry
from project.nudge import nudge
from reviews.actions.erasure_sweeps import sweep
from reviews.erasure_states import ErasureState
from reviews.erasure_tasks import erase, sweep_erasures
from reviews.models import Certificate, Clip, Erasure
from reviews.states import ClipState
from tests.faults.workers import PLACES, kill, stands_still, wait_until, worker
from tests.reviews.erasing import key_is_there, ordered, sealed_clip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def broker():
    """Emptied of what other tests announced to nobody."""
    url = broker_url(settings.BROKER_URL).replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def assert_done_once(erasure):
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.CERTIFIED
    assert Certificate.objects.filter(erasure=erasure).count() == 1
    assert Entry.objects.filter(event="erasure.certified", subject_id=str(erasure.pk)).count() == 1
    assert Clip.objects.get(pk=erasure.clip_id).state == ClipState.ERASED
    assert not key_is_there(erasure.clip_id)
    assert vault.parts(erasure.clip_id) == []


@pytest.mark.parametrize("place", PLACES)
def test_killed_there_the_next_worker_finishes_it_once(place, broker, tmp_path, now):
    erasure = ordered(sealed_clip(now), now)
    with worker(tmp_path, place) as doomed:
        nudge(erase, erasure.pk)
        wait_until(lambda: stands_still(tmp_path), process=doomed)
        before = Erasure.objects.get(pk=erasure.pk)
        kill(doomed)
    after = Erasure.objects.get(pk=erasure.pk)
    assert (after.state, after.attempts) == (before.state, 1), "a kill changes nothing that was not committed"
    swept = sweep(clock=lambda: timezone.now() + timedelta(seconds=settings.ERASURE_LEASE_SECONDS))
    assert swept.driven == (0 if place == "certified-unacknowledged" else 1)
    assert_done_once(erasure)


def test_a_real_worker_takes_up_what_a_killed_one_left_and_what_was_never_announced(broker, tmp_path, now):
    left, unannounced = ordered(sealed_clip(now), now), ordered(sealed_clip(now), now)
    broker.flushdb()  # the messages of both orders are lost
    with worker(tmp_path, "key-gone") as doomed:
        nudge(erase, left.pk)
        wait_until(lambda: stands_still(tmp_path), process=doomed)
    (tmp_path / "here").unlink()
    time.sleep(1)  # the dead worker's lease
    with worker(tmp_path) as healthy:
        nudge(sweep_erasures)
        done = Erasure.objects.filter(state=ErasureState.CERTIFIED)
        wait_until(lambda: done.count() == 2, process=healthy)
    for erasure in (left, unannounced):
        assert_done_once(erasure)


def test_two_workers_told_of_one_order_certify_it_once(broker, tmp_path, now):
    erasures = [ordered(sealed_clip(now), now) for _ in range(5)]
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with worker(one, lease_seconds=60) as first, worker(two, lease_seconds=60):
        for erasure in erasures:
            nudge(erase, erasure.pk)
            nudge(erase, erasure.pk)
        done = Erasure.objects.filter(state=ErasureState.CERTIFIED)
        wait_until(lambda: done.count() == len(erasures), process=first)
    for erasure in erasures:
        assert_done_once(erasure)


def test_with_the_broker_away_an_order_is_saved_and_swept(now, monkeypatch):
    from project import nudge as nudging

    monkeypatch.setattr(nudging._Broker, "away_until", time.monotonic() + 60)
    erasure = ordered(sealed_clip(now), now)
    assert Erasure.objects.get(pk=erasure.pk).state == ErasureState.ORDERED
    sweep(clock=timezone.now)
    assert_done_once(erasure)
