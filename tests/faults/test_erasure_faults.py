"""What else can break while clips are erased: beat stopped, messages lost, stores away, the clock set back.

After each: every order is certified or held, none twice, none early, none silently failed.
"""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from project.ledger.models import Entry
from project.nudge import nudge
from reviews.actions.erasure_choices import UndoOver, withdraw_erasure
from reviews.actions.erasure_sweeps import sweep
from reviews.actions.erasures import drive, erase
from reviews.erasure_states import ErasureState, Reason
from reviews.erasure_tasks import sweep_erasures
from reviews.models import Certificate, Erasure
from tests.faults.test_worker_killed_mid_erasure import assert_done_once, broker  # noqa: F401  (a fixture)
from tests.faults.workers import BEAT, wait_until, worker
from tests.races.conftest import run_together
from tests.reviews.erasing import key_is_there, ordered, sealed_clip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROUNDS = 100


def certified():
    return Erasure.objects.filter(state=ErasureState.CERTIFIED).count()


def test_with_beat_stopped_and_the_broker_flushed_nothing_is_lost(broker, tmp_path, now):  # noqa: F811  # the fixture, by its name
    """Messages are gone and nobody sweeps: the rows wait. As soon as beat runs again, all of it is done."""
    erasures = [ordered(sealed_clip(now), now) for _ in range(3)]
    bulk = [ordered(sealed_clip(now), now, reason=Reason.RETENTION_END) for _ in range(3)]
    broker.flushdb()
    beats = tmp_path / "beats"
    beats.mkdir()
    with worker(tmp_path) as healthy:
        time.sleep(2)
        assert certified() == 0
        with worker(beats, BEAT):
            wait_until(lambda: certified() == 6, process=healthy)
    for erasure in (*erasures, *bulk):
        assert_done_once(erasure)


def test_two_workers_sweep_one_run_and_certify_each_once(broker, tmp_path, now):  # noqa: F811  # the fixture, by its name
    erasures = [ordered(sealed_clip(now), now, reason=Reason.RETENTION_END) for _ in range(12)]
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with worker(one, lease_seconds=60) as first, worker(two, lease_seconds=60):
        for _ in range(4):
            nudge(sweep_erasures)
        wait_until(lambda: certified() == len(erasures), process=first)
    for erasure in erasures:
        assert_done_once(erasure)


@contextmanager
def nobody_may_connect(alias):
    """The database refuses everybody, as one that is away does, and drops who is connected."""
    name = connections[alias].settings_dict["NAME"]
    admin = connections["default"].copy()
    admin.settings_dict = {**admin.settings_dict, "NAME": "postgres", "OPTIONS": {}}
    for one in connections.all():
        one.close()
    with admin.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            admin.close()


def test_with_the_key_store_away_nothing_is_certified_and_everything_says_so(now, settings):
    erasures = [ordered(sealed_clip(now), now) for _ in range(3)]
    with nobody_may_connect("keys"):
        driven = drive(clock=timezone.now)
        assert (len(driven.ids), len(driven.failures)) == (3, 3)
        assert not Certificate.objects.exists()
        codes = set(Erasure.objects.values_list("last_error_code", flat=True))
        assert codes == {"database-or-key-store-away"}
        assert Entry.objects.filter(event="erasure.failed").count() == 3
    assert sweep(clock=lambda: timezone.now() + timedelta(minutes=1)).failed == 0
    for erasure in erasures:
        assert_done_once(erasure)


def test_a_clock_that_was_set_back_delays_no_erasure(now):
    erasure = ordered(sealed_clip(now), now)
    assert erase(erasure.pk, now=now - timedelta(hours=2)) == ErasureState.CERTIFIED
    assert_done_once(erasure)


def test_a_clock_that_was_set_back_leaves_no_lease_that_never_ends(now, settings):
    erasure = ordered(sealed_clip(now), now)
    Erasure.objects.filter(pk=erasure.pk).update(leased_until=now + timedelta(hours=2))  # by a worker that died since
    assert erase(erasure.pk, now=now) == ErasureState.CERTIFIED


def test_a_clock_that_was_set_back_ends_no_undo_window_early(now):
    erasure = ordered(sealed_clip(now), now)
    Erasure.objects.filter(pk=erasure.pk).update(
        undo_until=now + timedelta(minutes=10), next_attempt_at=now + timedelta(minutes=10)
    )
    assert erase(erasure.pk, now=now - timedelta(hours=2)) is None
    assert key_is_there(erasure.clip_id)


def test_taking_back_and_destroying_at_the_same_instant_has_one_winner(reviewer, now):
    winners, until = set(), now + timedelta(minutes=1)
    for _ in range(ROUNDS):
        erasure = ordered(sealed_clip(now, audio=b"x"), now, actor=reviewer)
        Erasure.objects.filter(pk=erasure.pk).update(undo_until=until)
        taken, destroyed = run_together(
            lambda erasure=erasure: withdraw_erasure(
                erasure.pk, acting_user=reviewer, now=until - timedelta(seconds=1)
            ),
            lambda erasure=erasure: erase(erasure.pk, now=until),
        )
        erasure.refresh_from_db()
        if taken.succeeded:
            assert erasure.state == ErasureState.WITHDRAWN
            assert key_is_there(erasure.clip_id)
        else:
            assert isinstance(taken.error, UndoOver)
            assert destroyed.result == erasure.state == ErasureState.CERTIFIED
            assert not key_is_there(erasure.clip_id)
        winners.add(taken.succeeded)
    assert winners, "no round ran"


def test_the_key_stores_postgresql_stops_mid_run_the_records_restarts_and_both_come_back(tmp_path):
    """In a process of its own with two PostgreSQL clusters of its own: what it found is asserted here."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.faults.restarted", str(tmp_path)], capture_output=True, text=True, timeout=280
    )
    assert said.returncode == 0, said.stderr[-2000:]
    found = json.loads(said.stdout.strip().splitlines()[-1])
    assert found["without_keys"] == 5, "nothing is certified while the key store is away"
    assert found["failures_said"]
    assert found["states"] == {"certified": found["orders"]}
    assert found["certificates"] == found["entries"] == found["orders"]
    assert found["keys_left"] == found["clips_with_bytes"] == 0
