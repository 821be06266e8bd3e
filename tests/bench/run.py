"""`make bench`: claim and submit through HTTP on the real stack, beside floors measured in the same run.

Starts an instance of its own (two stores, web, worker, beat) in a folder that it removes, fills the queue, and lets
1, 8 and 32 clients claim a clip and hand in its review, over 1,000 and 100,000 queued clips. A cycle is those two
requests; p95 is of the cycle. The floors run on the same machine in turn with ours, since absolute figures of a
shared machine mean little and ratios hold. Prints; asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import drive

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = (1, 8, 32)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Instance:
    """A running Earshot of its own: `make run` without make, in a throw-away folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.environment = {**os.environ, "DATA_DIR": str(folder), "PORT": str(self.port), "DEMO": "1"}

    def __enter__(self) -> Instance:
        self.log = (self.folder / "bench.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "project.embedded.run"],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            if drive.answers(self.port):
                return self
            time.sleep(0.2)
        self.__exit__()
        raise SystemExit((self.folder / "bench.log").read_text())

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        self.log.close()

    def run(self, *command: str) -> str:
        """A program beside the instance, with its stores."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.strip()


def measure(instance: Instance, clips: int, seconds: float) -> None:
    """Fill up to `clips` queued, then ours and the floor by turns for each number of clients."""
    tokens = instance.run("-m", "tests.bench.load", str(clips)).splitlines()
    with drive.floor(instance.environment) as floor_port:
        for clients in CLIENTS:
            ours = drive.cycles(instance.port, tokens, clients, seconds)
            bare = drive.floor_cycles(floor_port, clients, seconds)
            empty = drive.empty(instance.port, clients, seconds / 2)
            ratio = bare.rate / max(ours.rate, 0.1)
            print(
                f"{clips:>9,} {clients:>8} {ours.rate:>10.1f} {ours.p50 * 1000:>9.1f} {ours.p95 * 1000:>9.1f}"
                f" {ours.errors:>7} {bare.rate:>12.1f} {bare.p95 * 1000:>10.1f} {ratio:>7.2f} {empty.rate:>11.0f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each measurement lasts")
    parser.add_argument("--clips", type=int, nargs="+", default=[1_000, 100_000])
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="earshot-bench-"))
    try:
        with Instance(folder) as instance:
            print("claim+submit through HTTP, this machine, driver on the same cores")
            print("floor: a bare REST framework view doing one claim and one insert, same server, same PostgreSQL")
            print(
                f"{'clips':>9} {'clients':>8} {'cycles/s':>10} {'p50 ms':>9} {'p95 ms':>9} {'errors':>7}"
                f" {'floor/s':>12} {'floor p95':>10} {'ratio':>7} {'healthz/s':>11}"
            )
            for clips in options.clips:
                measure(instance, clips, options.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
