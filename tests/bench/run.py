"""`make bench`: claim and submit through HTTP on the real stack, beside floors measured in turn in the same run.

Starts an instance of its own (two databases, Valkey, two web processes, worker, beat) in a folder that it removes,
fills the queue, and lets 1, 8 and 32 clients claim a clip and hand in its review, over 1,000, 100,000 and 1,000,000
queued clips, at the last with half a million reviewed before. A cycle is those two requests. Ours and the floors run
by turns, three times; the ratio is the median of three, since absolute figures of a shared machine mean little. The
driver shares the cores. Prints a table and JSON; asserts nothing.
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
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.bench import drive, exports, ingest
from tests.bench.instance import Instance, floor, megabytes, seconds_of

ROUNDS: Final = 3
HALF_A_MILLION: Final = 500_000
FASTEST: Final = 400  # cycles a second that a run is stocked for
COLUMNS: Final = (
    ("clips", 9), ("clients", 7), ("cycles/s", 9), ("claim p50", 9), ("p95 ms", 7), ("submit p50", 10), ("p95 ms", 7),
    ("cycle p95", 9), ("errors", 6), ("web+db ms", 11), ("floor/s", 8), ("ours/floor", 10), ("web+db ms", 11),
    ("floor in one/s", 14), ("ours/that", 9), ("gunicorn/s", 10), ("ours/that", 9),
    ("usual/s", 8), ("ours/that", 9),
)  # fmt: skip

At = tuple[int, list[int]]
"""A server's port and its processes."""


@dataclass
class Row:
    """One size and number of clients. Times in ms, of all rounds together; rates are medians of the rounds."""

    clips: int
    reviewed: int
    clients: int
    with_audio: bool
    cycles_per_s: float
    claim_p50: float
    claim_p95: float
    submit_p50: float
    submit_p95: float
    cycle_p95: float
    errors: int
    web_cpu_ms: float
    database_cpu_ms: float
    floor_per_s: float = 0.0
    ratio: float = 0.0
    floor_web_cpu_ms: float = 0.0
    floor_database_cpu_ms: float = 0.0
    floor_in_one_request_per_s: float = 0.0
    ratio_to_one_request: float = 0.0
    gunicorn_per_s: float = 0.0
    ratio_to_gunicorn: float = 0.0
    usual_per_s: float = 0.0
    ratio_to_usual: float = 0.0
    said: str = ""

    def line(self) -> str:
        values = (
            f"{self.clips:,}", self.clients, f"{self.cycles_per_s:.1f}", f"{self.claim_p50:.1f}",
            f"{self.claim_p95:.1f}", f"{self.submit_p50:.1f}", f"{self.submit_p95:.1f}", f"{self.cycle_p95:.1f}",
            self.errors, f"{self.web_cpu_ms:.1f}+{self.database_cpu_ms:.1f}", f"{self.floor_per_s:.1f}",
            f"{self.ratio:.2f}", f"{self.floor_web_cpu_ms:.1f}+{self.floor_database_cpu_ms:.1f}",
            f"{self.floor_in_one_request_per_s:.1f}", f"{self.ratio_to_one_request:.2f}",
            f"{self.gunicorn_per_s:.1f}", f"{self.ratio_to_gunicorn:.2f}",
            f"{self.usual_per_s:.1f}", f"{self.ratio_to_usual:.2f}",
        )  # fmt: skip
        text = " ".join(f"{value:>{width}}" for value, (_, width) in zip(values, COLUMNS, strict=True))
        return text + (f"   audio fetched in between {self.said}" if self.with_audio else f"   {self.said}").rstrip()


class Bench:
    """One instance and the floors; measures row after row."""

    def __init__(self, instance: Instance, floor_at: At, gunicorn_at: At, seconds: float) -> None:
        self.instance, self.seconds = instance, seconds
        self.floor_at, self.gunicorn_at = floor_at, gunicorn_at

    def row(self, clips: int, reviewed: int, clients: int) -> Row:
        """Ours, the floor in two requests, in one, in two behind gunicorn, as usual there; and again, and again."""
        from tests.bench import load

        ours, two, one, gunicorn, usual = [], [], [], [], []
        for _ in range(ROUNDS):
            load.fill(clips, to_take=min(clips, int(self.seconds * FASTEST)), reviewed=reviewed)
            ours.append(self.ours(clients))
            two.append(self.bare(self.floor_at, drive.bare_two, clients))
            one.append(self.bare(self.floor_at, drive.bare_one, clients))
            gunicorn.append(self.bare(self.gunicorn_at, drive.bare_two, clients))
            usual.append(self.bare(self.gunicorn_at, drive.usual_two, clients))
        row = told(clips, reviewed, clients, ours)
        row.floor_per_s, row.ratio = middle(two), ratio(ours, two)
        row.floor_web_cpu_ms, row.floor_database_cpu_ms = cpu(two)
        row.floor_in_one_request_per_s, row.ratio_to_one_request = middle(one), ratio(ours, one)
        row.gunicorn_per_s, row.ratio_to_gunicorn = middle(gunicorn), ratio(ours, gunicorn)
        row.usual_per_s, row.ratio_to_usual = middle(usual), ratio(ours, usual)
        return row

    def row_with_audio(self, clips: int, clients: int) -> Row:
        from tests.bench import load

        load.with_audio(int(self.seconds * 120))
        return told(clips, 0, clients, [self.ours(clients, with_audio=True)], with_audio=True)

    def ours(self, clients: int, *, with_audio: bool = False) -> drive.Tally:
        """People on shifts that began before the clock; spare ones stand by for when a ceiling comes near."""
        from tests.bench import load

        each = 1 + int(self.seconds * FASTEST / clients / drive.PER_SHIFT)
        tokens = load.accounts(clients * each)
        started = drive.one_by_one(
            self.instance.port, [drive.request("POST", drive.SHIFT, token, b"{}") for token in tokens]
        )
        if any(status != 201 for status, _ in started):
            raise SystemExit(f"a shift could not be started: {started[0]}")
        shares = [tokens[start::clients] for start in range(clients)]
        people = partial(_people, shares, with_audio)
        return self._run(self.instance.port, self.instance.web, people)

    def bare(self, at: At, client: Any, clients: int) -> drive.Tally:
        def all_of_them(tally: drive.Tally, until: Any) -> list[drive.Client]:
            return [client(tally, until) for _ in range(clients)]

        return self._run(*at, all_of_them)

    def _run(self, port: int, pids: list[int], clients: Any) -> drive.Tally:
        """With the processor time that web processes and databases took for it."""
        databases = self.instance.databases
        web, database = seconds_of(pids), seconds_of(databases)
        tally = drive.run(port, pids, self.seconds, drive.Tally(), clients)
        tally.web_cpu, tally.database_cpu = seconds_of(pids) - web, seconds_of(databases) - database
        return tally


def _people(shares: list[list[str]], with_audio: bool, tally: drive.Tally, until: Any) -> list[drive.Client]:
    return [drive.people(share, tally, until, with_audio=with_audio) for share in shares]


def told(clips: int, reviewed: int, clients: int, runs: list[drive.Tally], *, with_audio: bool = False) -> Row:
    claims = drive.milliseconds([one for run in runs for one in run.claims])
    submits = drive.milliseconds([one for run in runs for one in run.submits])
    cycles = drive.milliseconds([one for run in runs for one in run.cycles])
    said = next((run.said for run in runs if run.said), "")
    errors = sum(run.errors for run in runs)
    figures = (middle(runs), *claims, *submits, cycles[1])
    return Row(clips, reviewed, clients, with_audio, *figures, errors, *cpu(runs), said=said)


def cpu(runs: list[drive.Tally]) -> tuple[float, float]:
    """Milliseconds of processor time a cycle: web processes, PostgreSQL."""
    return statistics.median(run.cpu()[0] for run in runs), statistics.median(run.cpu()[1] for run in runs)


def middle(runs: list[drive.Tally]) -> float:
    return statistics.median(run.rate for run in runs)


def ratio(ours: list[drive.Tally], theirs: list[drive.Tally]) -> float:
    """Of the pairs that ran next to one another; above 1 we are faster."""
    return statistics.median(one.rate / max(other.rate, 0.1) for one, other in zip(ours, theirs, strict=True))


def measure(instance: Instance, options: argparse.Namespace) -> list[Row]:
    from tests.bench import load

    rows = []
    load.bare_tasks(1, 0)
    with floor(instance.environment) as floor_at, floor(instance.environment, "gunicorn") as gunicorn_at:
        bench = Bench(instance, floor_at, gunicorn_at, options.seconds)
        for clips in options.clips:
            reviewed = HALF_A_MILLION if clips > HALF_A_MILLION else 0
            load.fill(clips, to_take=min(clips, int(options.seconds * FASTEST)), reviewed=reviewed)
            load.bare_tasks(max(clips, 20_000), reviewed)
            load.settle()
            for clients in options.clients:
                rows.append(bench.row(clips, reviewed, clients))
                say(rows[-1].line())
            if clips == options.clips[-1] and not options.no_audio:
                rows.append(bench.row_with_audio(clips, 8))
                say(rows[-1].line())
    return rows


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def set_up(instance: Instance) -> None:
    """Django in this process, on the instance's own stores."""
    os.environ.update(instance.environment, DJANGO_SETTINGS_MODULE="project.settings")
    import django

    django.setup()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each of the runs lasts")
    parser.add_argument("--clips", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--quick", action="store_true", help="8 clients over 100,000 clips only")
    parser.add_argument("--no-audio", action="store_true", help="leave out the row with sound")
    parser.add_argument("--json", type=Path, help="write the JSON to this file instead of printing it")
    options = parser.parse_args()
    if options.quick:
        options.clips, options.clients, options.no_audio = [100_000], [8], True
    return options


def report(instance: Instance, rows: list[Row], to: Path | None) -> None:
    memory = megabytes(instance.web)
    say("web processes, resident: " + ", ".join(f"{one} MB" for one in memory))
    said = json.dumps({"rows": [asdict(row) for row in rows], "web_rss_mb": memory})
    if to:
        to.write_text(said + "\n")
    else:
        say(said)


def main() -> None:
    options = parsed()
    folder = Path(tempfile.mkdtemp(prefix="earshot-bench-"))
    try:
        with Instance(folder) as instance:
            set_up(instance)
            say("claim+submit through HTTP; driver, web, worker and databases share this machine's cores")
            say(
                "floor: bare REST framework views, one statement each: two requests like ours, one, two behind gunicorn"
                "\nusual: the same two as the framework's guides write them, behind gunicorn"
            )
            say(" ".join(f"{name:>{width}}" for name, width in COLUMNS))
            rows = measure(instance, options)
            report(instance, rows, options.json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not options.quick:
        ingest.main([])
        exports.main([])
        # In a process of its own: it sets Django up on stores of its own.
        subprocess.run([sys.executable, "-m", "tests.bench.erasures"], check=True)


if __name__ == "__main__":
    main()
