"""Claims and playback over HTTP while every key is wrapped anew: `python -m tests.bench.rotation_desk --keys 200000`.

An instance of its own (two databases, two web processes, worker, beat) in a folder that is removed. Four people claim a
recording, fetch its sound and hand in their review: first with nothing else going on, then for as long as
`manage.py rotate_master_key` takes, a process of its own as an operator starts it. Prints both; asserts that nothing
was refused, and nothing about time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.bench import drive
from tests.bench.instance import ROOT, Instance
from tests.bench.run import _people, say, set_up

CLIENTS: Final = 4
STRETCH: Final = 3.0  # seconds; the rotation is asked after each whether it has ended
CLIPS: Final = 1_500


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rotation_desk", description=__doc__)
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--clips", type=int, default=CLIPS, help="recordings with sound that can be claimed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="earshot-desk-"))
    try:
        with Instance(folder) as instance:
            set_up(instance)
            said = measured(instance, options.keys, options.clips)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(said) + "\n")


def measured(instance: Instance, keys: int, clips: int) -> dict[str, Any]:
    from project.vault.models import DataKey
    from tests.bench import load
    from tests.bench.rotation import fill

    load.with_audio(clips)
    fill(keys)
    quiet = stretch(instance)
    say(line("nothing else", quiet))
    total, began = DataKey.objects.count(), time.perf_counter()
    rotation = subprocess.Popen([sys.executable, "manage.py", "rotate_master_key"], cwd=ROOT, env=instance.environment)
    meanwhile = []
    while rotation.poll() is None:
        meanwhile.append(stretch(instance))
    seconds = time.perf_counter() - began
    assert rotation.returncode == 0
    turned = drive.Tally(
        [one for run in meanwhile for one in run.claims], [one for run in meanwhile for one in run.submits],
        [one for run in meanwhile for one in run.cycles], sum(run.errors for run in meanwhile),
        next((run.said for run in meanwhile if run.said), ""), sum(run.seconds for run in meanwhile),
    )  # fmt: skip
    say(line(f"while {total:,} keys were wrapped anew ({seconds:.0f} s with its start)", turned))
    assert quiet.errors == turned.errors == 0, quiet.said or turned.said
    return {"keys": total, "rotation_s": seconds, "quiet": figures(quiet), "meanwhile": figures(turned)}


def stretch(instance: Instance) -> drive.Tally:
    """People who have just begun: over a long rotation anybody's clips of a day would be spent."""
    from tests.bench import load

    tokens = load.accounts(CLIENTS)
    started = drive.one_by_one(instance.port, [drive.request("POST", drive.SHIFT, token, b"{}") for token in tokens])
    assert all(status == 201 for status, _ in started), started
    people = partial(_people, [[token] for token in tokens], True)
    return drive.run(instance.port, instance.web, STRETCH, drive.Tally(), people)


def figures(tally: drive.Tally) -> dict[str, float]:
    (claim, claim_95), (_, cycle_95) = drive.milliseconds(tally.claims), drive.milliseconds(tally.cycles)
    worst = 1000 * max(tally.cycles, default=0.0)
    return {
        "cycles": len(tally.cycles), "cycles_per_s": tally.rate, "claim_p50_ms": claim, "claim_p95_ms": claim_95,
        "cycle_p95_ms": cycle_95, "cycle_worst_ms": worst, "errors": tally.errors,
    }  # fmt: skip


def line(when: str, tally: drive.Tally) -> str:
    return f"{when}: " + "  ".join(f"{name} {value:,.1f}" for name, value in figures(tally).items())


if __name__ == "__main__":
    main()
