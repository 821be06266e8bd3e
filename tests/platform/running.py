"""One real copy of Earshot as `make run` starts it, in a folder and on a port of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
OURS = (
    "DATABASE_URL",
    "KEYSTORE_URL",
    "REDIS_URL",
    "BROKER_URL",
    "KEYRING",
    "VAULT_URL",
    "SECRET_KEY",
    "EARSHOT_TESTING",
)
PATIENCE = 90.0


def children_of(number: int) -> list[int]:
    """Every descendant of a process, from /proc."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [number]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def still_running(numbers: list[int]) -> list[str]:
    """Those that are neither gone nor zombies."""
    left = []
    for number in numbers:
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            left.append(f"{number} {Path(f'/proc/{number}/cmdline').read_text()[:80]}")
    return left


class Running:
    """Starts on construction; `wait_until_ready` returns the seconds that took."""

    def __init__(self, data: Path, port: int | None = None, **environment: str) -> None:
        self.data, self.port = data, port or free_port()
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        settings = {"DATA_DIR": str(data), "PORT": str(self.port), "DEMO": "0", "SECURE": "0"}
        self.environment = {**clean, **settings, "OPERATOR_ADDRESSES": "127.0.0.1", **environment}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "project.embedded.run"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> float:
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "is ready at" in line:
                return time.monotonic() - self.began
        raise AssertionError("".join(said))

    def refused(self) -> str:
        """What it said when it would not start; fails if it did start."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 1, said
        return said

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def manage(self, *arguments: str) -> str:
        """manage.py with nothing but the same DATA_DIR."""
        line = [sys.executable, "manage.py", *arguments]
        environment = {"DATA_DIR": str(self.data), "PATH": os.environ["PATH"]}
        return subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout

    def family(self) -> list[int]:
        return [self.process.pid, *children_of(self.process.pid)]

    def stop(self, which: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(which)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def gone(numbers: list[int], within: float = 20.0) -> list[str]:
    """Wait for processes to end; returns those that have not."""
    deadline = time.monotonic() + within
    while (left := still_running(numbers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
