"""What deleting costs when nothing is proved: unlink, sync the folder, mark a row. By itself and as a Celery task."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from celery import Celery

app = Celery("floor", broker=os.environ.get("FLOOR_BROKER") or "memory://")
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=16)
_held: list[psycopg.Connection] = []


def files(folder: Path, count: int, size: int) -> list[tuple[UUID, Path]]:
    """Sealed-looking files in fan-out folders like ours."""
    data, made = os.urandom(size), []
    for _ in range(count):
        one = uuid4()
        path = folder / one.hex[:2] / one.hex[2:4] / f"{one}.audio"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        made.append((one, path))
    os.sync()
    return made


def table(url: str, ids: list[UUID]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, gone_at timestamptz)")
        with connection.cursor().copy("COPY floor (id) FROM STDIN") as copy:
            for one in ids:
                copy.write_row([one])


def in_batches(url: str, made: list[tuple[UUID, Path]], size: int = 100) -> float:
    """Files a second: one process, one UPDATE and commit for each hundred."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        for start in range(0, len(made), size):
            batch = made[start : start + size]
            for _, path in batch:
                _unlink(path)
            connection.execute("UPDATE floor SET gone_at = now() WHERE id = ANY(%s)", [[one for one, _ in batch]])
    return len(made) / (time.perf_counter() - began)


def _unlink(path: Path) -> None:
    path.unlink()
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@app.task(name="floor.delete")
def delete(one: str, path: str) -> None:
    if not _held:
        _held.append(psycopg.connect(os.environ["FLOOR_URL"], autocommit=True))
    _unlink(Path(path))
    _held[0].execute("UPDATE floor SET gone_at = now() WHERE id = %s", [one])


def as_tasks(url: str, broker: str, made: list[tuple[UUID, Path]]) -> float:
    """Files a second: a Celery task each, two prefork processes; timed from the first task to the last row."""
    sender = Celery("floor-sender", broker=broker)
    with sender.producer_or_acquire() as producer:
        for one, path in made:
            sender.send_task("floor.delete", (str(one), str(path)), producer=producer, ignore_result=True)
    with _worker(url, broker), psycopg.connect(url, autocommit=True) as connection:
        began: tuple[int, float] | None = None
        while True:
            row = connection.execute("SELECT count(gone_at) FROM floor WHERE id = ANY(%s)", [[o for o, _ in made]])
            done = (row.fetchone() or (0,))[0]
            if began is None and done:
                began = done, time.perf_counter()
            if done == len(made) and began:
                return (done - began[0]) / (time.perf_counter() - began[1])
            time.sleep(0.02)


@contextmanager
def _worker(url: str, broker: str) -> Iterator[None]:
    program = [sys.executable, "-m", "celery", "-A", "tests.bench.erasure_floor", "worker", "-c", "2", "-l", "error"]
    process = subprocess.Popen(
        [*program, "--without-gossip", "--without-mingle"], env={**os.environ, "FLOOR_URL": url, "FLOOR_BROKER": broker}
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
