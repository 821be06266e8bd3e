"""Erasures, from the flag to the certificate: `python -m tests.bench.erasures`; part of `make bench`.

Stores of its own with PostgreSQL's usual durability, files for blobs, in a folder that is removed. Measured: how long a
flag takes until nothing of its clip can be played, how long two workers take to certify so many flagged clips of
100 KB with three files each, and when an urgent order is certified that comes while a bulk run is under way. Beside it,
in the same run, what deleting costs when nothing is proved. Prints a table and JSON; asserts nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.erasures", description=__doc__)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--bulk", type=int, default=100_000)
    parser.add_argument("--flags", type=int, default=300)
    parser.add_argument("--floor", type=int, default=2_000, help="files for each round of a floor")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="earshot-erasures-"))
    try:
        with stores(folder) as addresses:
            said = measured(folder, addresses, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(said) + "\n")


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Two databases and a Valkey; Django is set up on them."""
    from project.embedded.postgres import Cluster
    from project.embedded.valkey import Valkey

    cluster, valkey = Cluster(folder / "pg", folder / "s"), Valkey(folder / "v")
    cluster.create()
    cluster.start()
    broker = valkey.launch(folder / "valkey.log")
    try:
        for name in ("records", "keys", "floor"):
            cluster.create_database(name)
        set_up(folder, cluster, valkey)
        from project.celery import broker_url

        yield {"floor": cluster.url("floor"), "broker": broker_url(os.environ["BROKER_URL"])}
    finally:
        from django.db import connections

        connections.close_all()
        for alias in connections:
            connections[alias].close_pool()
        broker.terminate()
        broker.wait(10)
        cluster.stop()


def set_up(folder: Path, cluster: Any, valkey: Any) -> None:
    os.environ.update(
        DATABASE_URL=cluster.url("records"), KEYSTORE_URL=cluster.url("keys"), KEYRING=str(folder / "ring"),
        VAULT_URL=str(folder / "vault"), DATA_DIR=str(folder), REDIS_URL=valkey.url, BROKER_URL=valkey.broker_url,
        DEMO="0", SECRET_KEY="of-a-bench-" + "x" * 40, ALLOWED_HOSTS="localhost",
        DJANGO_SETTINGS_MODULE="project.settings",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="keys", verbosity=0)
    call_command("migrate", database="default", verbosity=0)


def measured(folder: Path, at: dict[str, str], options: argparse.Namespace) -> dict[str, Any]:
    said: dict[str, Any] = {"cores": os.cpu_count(), "workers": options.workers}
    said |= flags(options.flags)
    said |= certified(folder, at, options)
    said |= urgent(options.bulk, options.workers)
    return said


def flags(count: int) -> dict[str, Any]:
    """A review with a critical flag, from its call to its commit: from then on the clip can't be played."""
    from django.utils import timezone

    from reviews.actions.findings import Findings, Raised
    from reviews.actions.reviews import review_clip
    from reviews.states import Activation, FlagKind
    from tests.bench.erasure_stock import leased

    found = Findings(Activation.RIGHT, 1, flags=[Raised(FlagKind.CRITICAL, "phone", 100, 900)])
    took = []
    for lease in leased(count, timezone.now()):
        began = time.perf_counter()
        review_clip(lease.pk, found, acting_user=lease.person, now=timezone.now())
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    said = {"flag_p50_ms": statistics.median(took), "flag_p99_ms": took[int(0.99 * len(took)) - 1], "flags": count}
    print(f"flag to unplayable: p50 {said['flag_p50_ms']:.1f} ms, p99 {said['flag_p99_ms']:.1f} ms over {count} flags")
    drive_all(1)
    return said


def certified(folder: Path, at: dict[str, str], options: argparse.Namespace) -> dict[str, Any]:
    from django.utils import timezone

    from tests.bench import erasure_floor as floor
    from tests.bench.erasure_stock import flagged, ordered

    count = options.clips
    for clips in flagged(count, timezone.now()):
        ordered(clips, "critical_data", timezone.now())
    batches, tasks = [], []
    for _ in range(ROUNDS):
        for measure, rates in ((floor.in_batches, batches), (None, tasks)):
            made = floor.files(folder / "floor", options.floor, 100_000)
            floor.table(at["floor"], [one for one, _ in made])
            rates.append(measure(at["floor"], made) if measure else floor.as_tasks(at["floor"], at["broker"], made))
    took = drive_all(options.workers)
    said = {
        "clips": count, "seconds": took, "clips_per_s": count / took,
        "floor_batches_per_s": statistics.median(batches), "floor_tasks_per_s": statistics.median(tasks),
    }  # fmt: skip
    said["to_batches"] = said["clips_per_s"] / said["floor_batches_per_s"]
    said["to_tasks"] = said["clips_per_s"] / said["floor_tasks_per_s"]
    print(
        f"{count:,} flagged clips of 100 KB (3 files each) certified in {took:.1f} s by {options.workers} workers: "
        f"{said['clips_per_s']:.0f}/s\n  floor, one file each: batches of 100 {said['floor_batches_per_s']:.0f}/s "
        f"(ours/floor {said['to_batches']:.2f}), a Celery task each {said['floor_tasks_per_s']:.0f}/s "
        f"(ours/floor {said['to_tasks']:.2f})"
    )
    return said


def urgent(bulk: int, workers: int) -> dict[str, Any]:
    """One urgent order amid a run: keys and rows in the run, all that its deletion costs but the files."""
    from django.utils import timezone

    from reviews.models import Erasure
    from tests.bench.erasure_stock import flagged, ordered

    if not bulk:
        return {}
    began, prepared = time.perf_counter(), 0
    for clips in flagged(bulk, timezone.now(), parts={}):
        ordered(clips, "retention_end", timezone.now())
        prepared += len(clips)
        if prepared % 20_000 == 0:
            print(f"  {prepared:,} of {bulk:,} prepared in {time.perf_counter() - began:.0f} s", flush=True)
    with running(workers):
        while Erasure.objects.filter(reason="retention_end", state="certified").count() < bulk // 50:
            time.sleep(0.2)
        [clips] = flagged(1, timezone.now())
        began = time.perf_counter()
        ordered(clips, "critical_data", timezone.now())
        while not Erasure.objects.filter(clip=clips[0], state="certified").exists():
            time.sleep(0.01)
        took = time.perf_counter() - began
        left = Erasure.objects.open().count()
    print(f"one urgent order amid {bulk:,} bulk ones ({left:,} left): certified in {took:.2f} s")
    return {"bulk": bulk, "urgent_seconds": took, "bulk_left": left}


def drive_all(workers: int) -> float:
    """Seconds that so many worker processes need for everything that is due."""
    from reviews.models import Erasure

    began = time.perf_counter()
    with running(workers) as processes:
        for process in processes:
            process.wait()
    took = time.perf_counter() - began
    if left := Erasure.objects.open().count():
        raise SystemExit(f"{left} erasures are not certified")
    return took


@contextmanager
def running(workers: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that drive what is due until nothing is, as the sweep of a Celery worker does."""
    program = [sys.executable, "-m", "tests.bench.erasures", "drive"]
    processes = [subprocess.Popen(program, cwd=ROOT) for _ in range(workers)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill() if process.poll() is None else None
            process.wait()


def drive() -> None:
    """In a process of its own."""
    import django

    django.setup()
    from django.utils import timezone

    from reviews.actions.erasures import drive as one_batch

    while one_batch(clock=timezone.now):
        pass


if __name__ == "__main__":
    drive() if sys.argv[1:2] == ["drive"] else main()
