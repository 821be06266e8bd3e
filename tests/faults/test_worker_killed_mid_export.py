"""kill -9 of a real worker while it builds an export: nothing half is served, and the next one builds it whole."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from escalations.actions.export_builds import build
from escalations.export_tasks import build_export
from escalations.models import Export, Opening
from project import vault
from project.celery import broker_url
from project.ledger.models import Entry
from project.nudge import nudge
from project.vault.blobs import INCOMING, current_store
from tests.escalations.conftest import bring, give, identity, legal_case, recorded
from tests.faults.workers import EXPORT_PLACES, kill, stands_still, wait_until, worker

__all__ = ["bring", "give", "identity", "legal_case", "recorded"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def broker():
    """Emptied of what other tests announced to nobody."""
    url = broker_url(settings.BROKER_URL).replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield client
    client.flushdb()


@pytest.mark.parametrize("place", EXPORT_PLACES)
def test_killed_anywhere_it_is_built_whole_by_the_next(legal_case, give, broker, tmp_path, place):
    export = give(legal_case, "approved")
    broker.flushdb()
    nudge(build_export, export.pk)
    with worker(tmp_path, place) as process:
        wait_until(lambda: stands_still(tmp_path), process=process)
        kill(process)
    export.refresh_from_db()
    assert export.state == ("ready" if place == "export-unacknowledged" else "building")
    read, kept = Opening.objects.count(), [part for part in vault.parts(export.pk) if part != "bag"]
    assert (read, len(kept)) == ((0, 0) if place == "export-claimed" else (1, 1))
    later = timezone.now() + timedelta(minutes=3)
    build(export.pk, clock=lambda: later)
    export.refresh_from_db()
    assert export.state == "ready"
    assert Entry.objects.filter(event="export.built", subject_id=str(export.pk)).count() == 1
    assert Opening.objects.count() == 1, "the second attempt read no evidence that the first had read"
    assert vault.parts(export.pk) == ["bag"] + (kept if place == "export-unacknowledged" else [])


def test_what_a_killed_worker_left_half_written_is_sealed_and_swept(legal_case, give, broker, tmp_path):
    export = give(legal_case, "approved")
    broker.flushdb()
    nudge(build_export, export.pk)
    with worker(tmp_path, "export-half-packed") as process:
        wait_until(lambda: stands_still(tmp_path), process=process)
        kill(process)
    assert vault.is_absent(export.pk, "bag")
    store = current_store()
    assert b"turn off the light" not in b"".join(path.read_bytes() for path in (store.root / INCOMING).iterdir())
    assert store.sweep_incoming(timezone.now() + timedelta(days=1)) >= 1
    assert Export.objects.get().state == "building"


def test_a_real_worker_builds_what_it_is_told_of(legal_case, give, broker, tmp_path):
    export = give(legal_case, "approved")
    broker.flushdb()
    nudge(build_export, export.pk)
    with worker(tmp_path) as process:
        wait_until(lambda: Export.objects.get(pk=export.pk).state == "ready", process=process)
