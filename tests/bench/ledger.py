"""The ledger at length: `python -m tests.bench.ledger`; part of `make bench`.

A database of its own with PostgreSQL's usual durability, in a folder that is removed, and in it a ledger of `--entries`
(10,000,000 is what is promised; building those takes a quarter of an hour). Measured on it: recording and sealing what
comes on top, a proof at its full length and its check, and `verify_ledger` over everything in as many processes as
there are cores. Beside it, in the same run, the floor: the same columns read by COPY and hashed, in one process, and
nothing looked at. Prints a table and JSON; asserts that the ledger is good and nothing about time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

BATCH = 20  # entries in a transaction, as a busy sweep records them
PROOFS = 500


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--on-top", type=int, default=50_000, help="entries that are recorded and sealed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="earshot-ledger-"))
    try:
        said = measured(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(said) + "\n")


def measured(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    from project.embedded.postgres import Cluster
    from tests.bench.rotation import set_up

    cluster = Cluster(folder / "pg", folder / "s", {"max_wal_size": "4GB"})
    cluster.create()
    cluster.start()
    try:
        for name in ("records", "keys"):
            cluster.create_database(name)
        set_up(folder, cluster)
        return run(options.entries, options.on_top)
    finally:
        from django.db import connections

        connections.close_all()
        for alias in connections:
            connections[alias].close_pool()
        cluster.stop()


def run(entries: int, on_top: int) -> dict[str, Any]:
    from django.core.management import call_command

    call_command("migrate", database="default", verbosity=0)
    said: dict[str, Any] = {"entries": entries, "cores": os.cpu_count()}
    began = time.perf_counter()
    build(entries)
    say(f"{entries:,} entries built in {time.perf_counter() - began:.0f} s, load {load()}")
    said |= grown(on_top)
    said |= proofs(entries)
    said |= verified()
    return said


def build(entries: int) -> None:
    from django.db import connection

    from tests.bench.ledger_history import History

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    History().build(entries, Progress("built", entries))


class Progress:
    """Says every ten seconds how far something has come."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.began = what, total, time.monotonic()
        self.told = self.began

    def __call__(self, done: int, *_: int) -> None:
        now = time.monotonic()
        if now - self.told >= 10:
            self.told = now
            say(f"  {done:,} of {self.total:,} {self.what}, {done / (now - self.began):,.0f}/s")


def grown(count: int) -> dict[str, Any]:
    """Entries a second through `record_many` and through the sealer, on top of what is there."""
    from django.db import transaction
    from django.utils import timezone

    from project import ledger
    from project.ledger.events import Event
    from project.ledger.sealing import seal

    began = time.perf_counter()
    for _ in range(count // BATCH):
        with transaction.atomic():
            facts: list[tuple[None, dict[str, object]]] = [(None, {"orphans": number}) for number in range(BATCH)]
            ledger.record_many(Event.RECONCILED, actor=None, now=timezone.now(), entries=facts)
    recorded = count / (time.perf_counter() - began)
    began = time.perf_counter()
    assert seal(timezone.now()) == count // BATCH * BATCH
    sealed = count / (time.perf_counter() - began)
    say(f"recorded {recorded:,.0f}/s in transactions of {BATCH}, sealed {sealed:,.0f}/s, load {load()}")
    return {"recorded_per_s": recorded, "sealed_per_s": sealed}


def proofs(entries: int) -> dict[str, Any]:
    """A proof for an entry anywhere in the ledger, checked against the signed root."""
    from project.ledger.checkpoint import verify
    from project.ledger.merkle import includes, leaf_hash
    from project.ledger.models import Leaf
    from project.ledger.proofs import inclusion_for
    from project.vault import signing_key

    places = random.sample(range(entries), PROOFS)
    ids = dict(Leaf.objects.filter(index__in=places).values_list("index", "entry_id"))
    keys, took = [signing_key().public_key()], []
    for place in places:
        began = time.perf_counter()
        found = inclusion_for(ids[place])
        took.append(1000 * (time.perf_counter() - began))
        head = verify(found.checkpoint, keys)
        assert includes(leaf_hash(found.entry), found.leaf_index, head.size, found.hashes, head.root)
    took.sort()
    p50, p99 = statistics.median(took), took[int(0.99 * PROOFS) - 1]
    say(f"{PROOFS} proofs: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(found.hashes)} hashes, load {load()}")
    return {"proof_p50_ms": p50, "proof_p99_ms": p99}


def verified() -> dict[str, Any]:
    from project.ledger import tree
    from project.ledger.verifying import verify_ledger
    from project.vault import signing_key

    began = time.perf_counter()
    report = verify_ledger([signing_key().public_key()], progress=Progress("verified", tree.size()))
    seconds = time.perf_counter() - began
    assert report.is_good, report.faults
    read = floor()
    said = {"verified_per_s": report.entries / seconds, "seconds": seconds, "floor_per_s": read}
    said["ours/floor"] = said["verified_per_s"] / read
    say(
        f"verify_ledger: {report.entries:,} entries in {seconds:.1f} s, {said['verified_per_s']:,.0f}/s, "
        f"load {load()}\n"
        f"  floor, one process reading and hashing: {read:,.0f}/s (ours/floor {said['ours/floor']:.2f})"
    )
    return said


def floor() -> float:
    """Rows a second: what an entry is made of, out of PostgreSQL by COPY, each line hashed."""
    from django.db import connection

    from project.ledger.leaves import COLUMNS

    count, began = 0, time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        raw: Any = cursor.cursor
        with raw.copy(f"COPY (SELECT {COLUMNS} FROM ledger_entry e) TO STDOUT") as copy:
            for line in copy:
                sha256(line).digest()
                count += 1
    return count / (time.perf_counter() - began)


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
