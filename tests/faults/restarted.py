"""Erasures through the loss of each PostgreSQL: the key store's stops, meanwhile the records' restarts, both come back.

`python -m tests.faults.restarted FOLDER`. Two clusters of its own, and a real worker that goes on through all of it; no
test's database is touched. What came of it is said as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ORDERS = 30
PATIENCE = 200


def main(folder: Path) -> None:
    from project.embedded.postgres import THROW_AWAY, Cluster
    from tests.template import start_with_templates

    durable = {**THROW_AWAY, "fsync": "on", "synchronous_commit": "on"}
    records, keys = (Cluster(folder / name, folder / name[0], durable) for name in ("records", "keys"))
    try:
        for cluster in (records, keys):
            start_with_templates(cluster)
        set_up(folder, records, keys)
        print(json.dumps(run(folder, records, keys)))
    finally:
        records.stop()
        keys.stop()


def set_up(folder: Path, records, keys) -> None:
    from tests.template import NAMES

    os.environ.update(
        DATABASE_URL=records.url(NAMES["default"]), KEYSTORE_URL=keys.url(NAMES["keys"]), KEYRING=str(folder / "ring"),
        VAULT_URL=str(folder / "vault"), DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="project.settings",
    )  # fmt: skip
    import django

    django.setup()
    from project.vault.registration import ring_after_migrate

    ring_after_migrate(using="keys")


def run(folder: Path, records, keys) -> dict:
    from django.db.models import Count
    from django.utils import timezone

    from project import vault
    from project.ledger.models import Entry
    from project.vault.models import DataKey
    from reviews.actions import erasures
    from reviews.erasure_states import Reason
    from reviews.models import Certificate, Clip, Erasure
    from tests.faults.workers import worker
    from tests.reviews.erasing import ordered, sealed_clip

    now = timezone.now()
    for _ in range(ORDERS):
        ordered(sealed_clip(now), now, reason=Reason.RETENTION_END)
    erasures.drive(clock=timezone.now, most=5)
    keys.stop()
    forget_connections()
    with worker(folder, lease_seconds=2):
        until(lambda: Erasure.objects.filter(last_error_code="database-or-key-store-away").exists())
        without_keys = done()
        records.stop()
        time.sleep(1)
        records.start()
        keys.start()
        forget_connections()
        until(lambda: done() == ORDERS)
    states = dict(Erasure.objects.values_list("state").annotate(Count("pk")).order_by())
    return {
        "orders": ORDERS, "without_keys": without_keys, "states": states,
        "failures_said": Entry.objects.filter(event="erasure.failed").exists(),
        "certificates": Certificate.objects.count(), "entries": Entry.objects.filter(event="erasure.certified").count(),
        "keys_left": DataKey.objects.filter(kind="clip").count(),
        "clips_with_bytes": len(vault.parts_left(Clip.objects.values_list("pk", flat=True))),
    }  # fmt: skip


def until(holds: Callable[[], bool]) -> None:
    """Sweeps are announced, as beat does, until it holds; the back-off is shortened, which is tested by itself."""
    from django.utils import timezone

    from project.nudge import nudge
    from reviews.erasure_tasks import sweep_erasures
    from reviews.models import Erasure

    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        Erasure.objects.open().update(next_attempt_at=timezone.now())
        nudge(sweep_erasures)
        time.sleep(0.5)


def done() -> int:
    from reviews.models import Erasure

    return Erasure.objects.filter(state="certified").count()


def forget_connections() -> None:
    from django.db import connections

    for alias in connections:
        connections[alias].close()
        connections[alias].close_pool()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
