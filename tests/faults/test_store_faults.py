"""A blob store that refuses, hangs up, forbids, lies or is slow, under a real server.

After each: every order is certified, none twice, none early, none silently failed.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from project.ledger.models import Entry
from project.nudge import nudge
from reviews.actions.erasure_sweeps import sweep
from reviews.actions.erasures import drive
from reviews.erasure_states import ErasureState, Reason
from reviews.erasure_tasks import sweep_erasures
from reviews.models import Certificate, Erasure
from tests.faults import faulty_s3 as faults
from tests.faults.test_worker_killed_mid_erasure import assert_done_once
from tests.faults.workers import wait_until, worker
from tests.reviews.erasing import key_is_there, ordered, sealed_clip

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def all_certified():
    return not Erasure.objects.exclude(state=ErasureState.CERTIFIED).exists()


def swept_until_certified():
    """Sweeps, each later than the one before by more than the longest back-off, until the store is asked again."""
    ahead = timedelta()

    def done():
        nonlocal ahead
        ahead += timedelta(minutes=20)
        sweep(clock=lambda: timezone.now() + ahead)
        return all_certified()

    wait_until(done)


@pytest.mark.parametrize(
    ("fault", "code", "event"),
    [
        (faults.refuses, "blob-store-or-ring", "erasure.failed"),
        (faults.hangs_up, "blob-store-or-ring", "erasure.failed"),
        (faults.forbids_deleting, "blob-store-or-ring", "erasure.failed"),
        (faults.lies, "left-in:blob-store", "erasure.not-verified"),
    ],
)  # fmt: skip
def test_nothing_is_certified_while_the_store_fails_and_everything_once_it_is_well(
    faulty_s3,
    bucket,
    fault,
    code,
    event,
    now,
):
    orders = [ordered(sealed_clip(now), now, reason=reason) for reason in (Reason.CRITICAL_DATA, Reason.ACCIDENTAL)]
    faulty_s3.fault = fault
    driven = drive(clock=timezone.now)
    assert (len(driven.ids), len(driven.failures)) == (2, 2)
    assert not Certificate.objects.exists()
    assert set(Erasure.objects.values_list("state", "last_error_code")) == {("shredding", code)}
    assert Entry.objects.filter(event=event).count() == 2, "each failure stands in the ledger"
    assert not any(key_is_there(one.clip_id) for one in orders), "what the store still has can't be opened any more"
    assert drive(clock=timezone.now).ids == [], "the next attempt waits"
    faulty_s3.fault = faults.healthy
    swept_until_certified()
    for one in orders:
        assert_done_once(one)
    assert bucket.versions() == []


def test_a_store_so_slow_that_leases_run_out_has_each_order_certified_once_by_two_workers(
    faulty_s3,
    bucket,
    broker,
    tmp_path,
    now,
):
    orders = [ordered(sealed_clip(now), now, reason=Reason.RETENTION_END) for _ in range(3)]
    faulty_s3.fault = faults.slow
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with worker(folders[0], lease_seconds=1) as first, worker(folders[1], lease_seconds=1):

        def nudged():
            nudge(sweep_erasures)
            return all_certified()

        wait_until(nudged, process=first)
    for one in orders:
        assert_done_once(one)
    assert bucket.versions() == []
