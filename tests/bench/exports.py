"""`python -m tests.bench.exports`: a case of 100 recordings, exported by the real worker, by the clock and in memory.

An instance of its own in a folder that is removed; recordings of five seconds through the real ingest, each with a span
of critical data that its redacted copy has to silence. Then the case is referred, an export proposed and approved, and
the worker builds it: read, hash, redact, set the report, sign, pack, encrypt, store. Measured from the second person's
approval until it is ready. Memory is what the worker's process and the typesetter it starts hold at the same moment,
looked at every few milliseconds, pages that they share with others included. The promise is under 20 s and 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psutil

from tests.bench.ingest import RATE, speechlike
from tests.bench.instance import ROOT, Instance
from tests.sound.recordings import written

LOOKS_EVERY: Final = 0.005
PATIENCE: Final = 300


@dataclass(frozen=True)
class Built:
    """One export: seconds from approval to ready, MB at the peak, size of the file."""

    recordings: int
    seconds: float
    peak_mb: float
    idle_mb: float
    file_mb: float

    def line(self) -> str:
        return (
            f"{self.recordings:>10} {self.seconds:>8.1f} {self.peak_mb:>8.0f} {self.idle_mb:>8.0f} {self.file_mb:>8.1f}"
        )


HEAD: Final = f"{'recordings':>10} {'seconds':>8} {'peak MB':>8} {'idle MB':>8} {'file MB':>8}"


class Memory(threading.Thread):
    """The most that any one worker process held together with what it started."""

    def __init__(self, workers: list[psutil.Process]) -> None:
        super().__init__(daemon=True)
        self.workers, self.peak, self._over = workers, 0.0, threading.Event()

    def run(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            self.peak = max(self.peak, *(held(one) for one in self.workers))

    def stop(self) -> float:
        self._over.set()
        self.join()
        return self.peak / 1e6


def held(process: psutil.Process) -> int:
    """Bytes resident in a process and its children, leaving out children that are workers themselves."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        total = process.memory_info().rss
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                total += child.memory_info().rss if "typeset" in " ".join(child.cmdline()) else 0
    return total


def workers_of(instance: Instance) -> list[psutil.Process]:
    """Every process below the worker, itself included."""
    found = []
    for child in psutil.Process(instance.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "worker" in " ".join(child.cmdline()):
                found.append(child)
    if not found:
        raise SystemExit("there is no worker to look at")
    return found


def case_of(count: int) -> Any:
    """A case with so many recordings, brought to legal by the demo's people."""
    from django.db import transaction
    from django.utils import timezone

    from escalations.actions.cases import open_case, prepare_case_key
    from escalations.actions.moves import Words, act
    from escalations.models import Exhibit
    from escalations.states import Tier
    from reviews.models import Clip

    now, case_id = timezone.now(), prepare_case_key()
    clips = [taken_in(number) for number in range(count)]
    with transaction.atomic():  # in quarantine without a hold the service's own sweep would order their erasure
        Clip.objects.filter(pk__in=[clip.pk for clip in clips]).update(state="quarantined")
        case = open_case(
            clips[0].pk, reporter=person("reviewer1"), category="violence", danger_now=False, start_ms=100, end_ms=900,
            note="shouting", now=now, case_id=case_id,
        )  # fmt: skip
        Exhibit.objects.bulk_create(
            Exhibit(case=case, clip=clip, number=number, added_at=now) for number, clip in enumerate(clips[1:], 2)
        )
    spans(clips, now)
    for verb, words in (("acknowledge", Words()), ("triage", Words(tier=Tier.T1, facts="heard")), ("refer", Words())):
        case = act(case.pk, verb, words, acting_user=person("supervisor1"), now=now)
    return case


def taken_in(number: int) -> Any:
    from django.utils import timezone

    from reviews.actions.clips import Handed, ingest_clip

    audio = written(speechlike(number), RATE, "WAV", "PCM_16")
    handed = Handed(external_ref=f"bench-{uuid4()}", subject_ref="household", transcript="turn off the light")
    return ingest_clip(audio, handed, acting_user=person("ingest"), now=timezone.now()).clip


def spans(clips: list[Any], now: Any) -> None:
    """A second of critical data in each, as a listener's flag says it."""
    from reviews.models import Flag, Lease, Review
    from tests.bench.erasure_stock import somebody

    who, shift = somebody(now)
    until = now + timedelta(hours=1)
    leases = Lease.objects.bulk_create(
        Lease(clip=one, shift=shift, person=who, state="reviewed", claimed_at=now, expires_at=until, ended_at=now)
        for one in clips
    )
    reviews = Review.objects.bulk_create(
        Review(clip=one.clip, lease=one, person=who, reviewed_at=now, activation="right", severity=1) for one in leases
    )
    Flag.objects.bulk_create(
        Flag(clip=one.clip, review=one, kind="critical", category="phone", start_ms=1_000, end_ms=2_000, raised_at=now)
        for one in reviews
    )


def person(name: str) -> Any:
    from project.accounts.models import User

    return User.objects.get(email=f"{name}@earshot.example")


def export(instance: Instance, case: Any, count: int) -> Built:
    import pyrage
    from django.utils import timezone

    from escalations.actions.exports import approve_export, propose_export
    from escalations.export.facts import Profile

    recipient = str(pyrage.x25519.Identity.generate().to_public())
    asked = propose_export(
        case.pk, profile=Profile.LAW_ENFORCEMENT, recipients=[recipient], reason="", acting_user=person("legal1"),
        now=timezone.now(),
    )  # fmt: skip
    workers = workers_of(instance)
    idle = max(held(one) for one in workers) / 1e6
    memory = Memory(workers)
    memory.start()
    began = time.perf_counter()
    approve_export(asked.pk, acting_user=person("legal2"), now=timezone.now())
    while asked.state in ("proposed", "approved", "building"):
        time.sleep(0.02)
        asked.refresh_from_db()
        if time.perf_counter() - began > PATIENCE or asked.last_error:
            raise SystemExit(f"the export is {asked.state}: {asked.last_error}")
    seconds = time.perf_counter() - began
    if asked.state != "ready":
        raise SystemExit(f"the export is {asked.state}: {asked.ending}")
    return Built(count, seconds, memory.stop(), idle, asked.file_bytes / 1e6)


def measured(counts: list[int]) -> list[Built]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-bench-"))
    try:
        with Instance(folder) as instance:
            from tests.bench.run import set_up

            set_up(instance)
            say("an export for an authority, from the second person's approval until it is ready")
            say(HEAD)
            rows = []
            for count in counts:
                rows.append(export(instance, case_of(count), count))
                say(rows[-1].line())
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.exports", description=__doc__)
    parser.add_argument("--recordings", type=int, nargs="+", default=[100])
    parser.add_argument("--json", type=Path, help="write the JSON to this file instead of printing it")
    options = parser.parse_args(argv)
    os.chdir(ROOT)
    said = json.dumps({"exports": [asdict(one) for one in measured(options.recordings)]})
    if options.json:
        options.json.write_text(said + "\n")
    else:
        say(said)


if __name__ == "__main__":
    main()
