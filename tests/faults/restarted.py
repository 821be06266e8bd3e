"""A run of erasures in a PostgreSQL of its own that is restarted in the middle of it; says what came of it as JSON.

`python -m tests.faults.restarted FOLDER`. A real worker goes on through the restart; no test's database is touched.
"""

import json
import os
import sys
import time
from pathlib import Path

ORDERS = 60


def main(folder: Path) -> None:
    from project.embedded.postgres import THROW_AWAY, Cluster

    cluster = Cluster(folder / "pg", folder / "s", {**THROW_AWAY, "fsync": "on", "synchronous_commit": "on"})
    cluster.create()
    cluster.start()
    try:
        for name in ("records", "keys"):
            cluster.create_database(name)
        set_up(folder, cluster)
        print(json.dumps(run(folder, cluster)))
    finally:
        cluster.stop()


def set_up(folder: Path, cluster) -> None:
    os.environ.update(
        DATABASE_URL=cluster.url("records"), KEYSTORE_URL=cluster.url("keys"), KEYRING=str(folder / "ring"),
        VAULT_URL=str(folder / "vault"), DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="project.settings",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    for alias in ("keys", "default"):
        call_command("migrate", database=alias, verbosity=0)


def run(folder: Path, cluster) -> dict:
    from django.db import connections
    from django.db.models import Count
    from django.utils import timezone

    from project import vault
    from project.ledger.models import Entry
    from project.nudge import nudge
    from project.vault.models import DataKey
    from reviews.actions import erasures
    from reviews.erasure_states import Reason
    from reviews.erasure_tasks import sweep_erasures
    from reviews.models import Certificate, Clip, Erasure
    from tests.faults.workers import worker
    from tests.reviews.erasing import ordered, sealed_clip

    now = timezone.now()
    for _ in range(ORDERS):
        ordered(sealed_clip(now), now, reason=Reason.RETENTION_END)
    while erasures.drive(clock=timezone.now, most=5) and done() < 5:
        pass
    with worker(folder, lease_seconds=2):
        nudge(sweep_erasures)
        before = done()
        cluster.stop()
        time.sleep(1)
        cluster.start()
        forget_connections(connections)
        deadline = time.monotonic() + 200
        while done() < ORDERS and time.monotonic() < deadline:
            nudge(sweep_erasures)  # as beat does
            time.sleep(1)
    states = dict(Erasure.objects.values_list("state").annotate(Count("pk")).order_by())
    return {
        "orders": ORDERS, "certified_before": before, "states": states,
        "certificates": Certificate.objects.count(), "entries": Entry.objects.filter(event="erasure.certified").count(),
        "keys_left": DataKey.objects.filter(kind="clip").count(),
        "clips_with_bytes": len(vault.parts_left(Clip.objects.values_list("pk", flat=True))),
    }  # fmt: skip


def done() -> int:
    from reviews.models import Erasure

    return Erasure.objects.filter(state="certified").count()


def forget_connections(connections) -> None:
    for alias in connections:
        connections[alias].close()
        connections[alias].close_pool()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
