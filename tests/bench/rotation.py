"""How long a rotation of the master key takes, and whether anybody notices: `python -m tests.bench.rotation`.

A key store of its own with PostgreSQL's usual durability, in a folder that is removed. While the rotation runs, one
thread opens keys and one makes them. Beside it, in the same run, two floors: the bare cipher over as many keys, and one
UPDATE of every row by PostgreSQL alone. `--keys 1000000` is the figure that is promised (under 5 minutes).
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rotation", description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="earshot-rotation-"))
    try:
        said = measured(folder, options.keys)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(said) + "\n")


def measured(folder: Path, keys: int) -> dict[str, Any]:
    from project.embedded.postgres import Cluster

    cluster = Cluster(folder / "pg", folder / "s")
    cluster.create()
    cluster.start()
    try:
        for name in ("records", "keys"):
            cluster.create_database(name)
        set_up(folder, cluster)
        return run(folder, keys)
    finally:
        from django.db import connections

        connections.close_all()
        for alias in connections:
            connections[alias].close_pool()
        cluster.stop()


def set_up(folder: Path, cluster: Any) -> None:
    """Django on that store alone; nothing else is connected to."""
    os.environ.update(
        DATABASE_URL=cluster.url("records"), KEYSTORE_URL=cluster.url("keys"), KEYRING=str(folder / "ring"),
        VAULT_URL=str(folder / "vault"), DATA_DIR=str(folder), REDIS_URL="redis://127.0.0.1:1", DEMO="0",
        SECRET_KEY="of-a-bench-" + "x" * 40, ALLOWED_HOSTS="localhost", DJANGO_SETTINGS_MODULE="project.settings",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="keys", verbosity=0)


def run(folder: Path, keys: int) -> dict[str, Any]:
    from django.utils import timezone

    from project.vault.actions import rotation
    from project.vault.models import DataKey

    began = time.perf_counter()
    known = fill(keys)
    say(f"{keys:,} keys made in {time.perf_counter() - began:.1f} s")
    said: dict[str, Any] = {"keys": keys, "rounds": []}
    for _ in range(2):  # the second finds the table as a rotation leaves it
        with Meanwhile(known) as meanwhile:
            began = time.perf_counter()
            done = rotation.rotate(now=timezone.now(), backups=folder / "backups")
            seconds = time.perf_counter() - began
        assert not DataKey.objects.filter(master_version__lt=done.version).exists()
        floors = {"cipher_s": cipher_floor(keys), "update_s": update_floor()}
        row = {
            "seconds": seconds, "keys_per_s": done.rewrapped / seconds, **floors,
            "ours/(cipher+update)": seconds / sum(floors.values()), **meanwhile.said(),
        }  # fmt: skip
        said["rounds"].append(row)
        say("  ".join(f"{name} {value:,.2f}" for name, value in row.items()))
        assert meanwhile.errors == []
    return said


def fill(keys: int) -> list[UUID]:
    """Through COPY: the same rows that `create_keys` makes."""
    from django.db import connections
    from django.utils import timezone

    from project.vault.ring import current_ring
    from project.vault.wrapping import Wrapping

    wrapping, known, now = Wrapping(current_ring().master(1), 1), [], timezone.now().isoformat()
    with connections["keys"].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        raw: Any = cursor.cursor
        columns = "object_id, key_id, kind, wrapped, master_version, created_at"
        with raw.copy(f"COPY vault_datakey ({columns}) FROM STDIN") as copy:
            for number in range(keys):
                object_id = uuid4()
                if number % 97 == 0:
                    known.append(object_id)
                wrapped = wrapping.wrap(secrets.token_bytes(32), object_id, "clip")
                copy.write(f"{object_id}\t{uuid4()}\tclip\t\\\\x{wrapped.hex()}\t1\t{now}\n")
        cursor.execute("ANALYZE vault_datakey")
        cursor.execute("RESET statement_timeout")
    return known


class Meanwhile:
    """Two threads that go on opening and making keys until the block ends; how long each took, in ms."""

    def __init__(self, known: list[UUID]) -> None:
        self.known, self.errors = known, []
        self.times: dict[str, list[float]] = {"open": [], "make": []}
        self._stop = threading.Event()
        acts: dict[str, Callable[[], object]] = {"open": self._open, "make": self._make}
        self._threads = [threading.Thread(target=self._go_on, args=pair) for pair in acts.items()]

    def _open(self) -> None:
        from project import vault

        vault.data_key(secrets.choice(self.known))

    def _make(self) -> None:
        from project import vault

        vault.create_key(uuid4(), "clip")

    def _go_on(self, name: str, act: Callable[[], object]) -> None:
        from django.db import connections

        try:
            while not self._stop.wait(0.005):
                began = time.perf_counter()
                act()
                self.times[name].append((time.perf_counter() - began) * 1000)
        except Exception as error:
            self.errors.append(error)
        finally:
            connections.close_all()

    def __enter__(self) -> Meanwhile:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def said(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, times in self.times.items():
            found[f"{name}s"] = len(times)
            if len(times) > 1:
                found |= {f"{name}_p50_ms": statistics.median(times), f"{name}_worst_ms": max(times)}
        return found


def cipher_floor(keys: int) -> float:
    """Unwrapping and wrapping as many keys, and nothing else."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    old, new = AESGCM(secrets.token_bytes(32)), AESGCM(secrets.token_bytes(32))
    nonce, bound = secrets.token_bytes(12), b"x" * 39
    wrapped = old.encrypt(nonce, secrets.token_bytes(32), bound)
    began = time.perf_counter()
    for _ in range(keys):
        new.encrypt(nonce, old.decrypt(nonce, wrapped, bound), bound)
    return time.perf_counter() - began


def update_floor() -> float:
    """Every row written anew by one statement."""
    from django.db import connections

    with connections["keys"].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM vault_datakey")
        began = time.perf_counter()
        cursor.execute("UPDATE vault_datakey SET wrapped = wrapped || '' ")
        seconds = time.perf_counter() - began
        cursor.execute("VACUUM vault_datakey")
        cursor.execute("RESET statement_timeout")
    return seconds


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
