"""What is measured: a running Earshot of its own, and the floor's server beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Instance:
    """`make run` without make, in a throw-away folder: two databases, Valkey, two web processes, worker and beat."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.environment = {**os.environ, "DATA_DIR": str(folder), "PORT": str(self.port), "DEMO": "1"}

    def __enter__(self) -> Instance:
        self.log = (self.folder / "bench.log").open("wb")
        program = [sys.executable, "-m", "project.embedded.run"]
        self.process = subprocess.Popen(program, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + 240
        while not _answers(self.port):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit((self.folder / "bench.log").read_text())
            time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.log.close()

    @property
    def web(self) -> list[int]:
        return serving(self.process.pid, self.port)

    @property
    def databases(self) -> list[int]:
        """Every process of both PostgreSQL clusters."""
        found = []
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # a server's workers come and go
                found.extend([one.pid] if one.name() == "postgres" else [])
        return found


def seconds_of(pids: list[int]) -> float:
    """Processor time that these have used so far; one that has gone counts nothing."""
    found = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            found += times.user + times.system
    return found


@contextmanager
def floor(environment: dict[str, str], server: str = "uvicorn") -> Iterator[tuple[int, list[int]]]:
    """The bare views on a server of their own, arranged like ours or behind gunicorn: (port, process ids)."""
    port = free_port()
    program = [sys.executable, "-m", "tests.bench.floor", str(port), server]
    process = subprocess.Popen(program, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not _answers(port) or len(serving(process.pid, port)) < 2:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the floor's server did not start")
            time.sleep(0.1)
        yield port, serving(process.pid, port)
    finally:
        process.terminate()
        process.wait(15)


def serving(parent: int, port: int) -> list[int]:
    """The children of `parent` that take connections on the port."""
    found = []
    for child in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            held = child.net_connections("tcp")
            if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in held):
                found.append(child.pid)
    return found


def megabytes(pids: list[int]) -> list[int]:
    """Resident memory, pages shared with the other processes included."""
    return [round(psutil.Process(pid).memory_info().rss / 1e6) for pid in pids]


def _answers(port: int) -> bool:
    """The port is taken before anybody answers on it, so a question may wait: not for long."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:  # http only
            return bool(answer.status == 200)
    except OSError:
        return False
