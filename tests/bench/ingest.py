"""`python -m tests.bench.ingest`: what taking a recording in costs, and a whole bulk ingest on the real stack.

First the processor time of one 5-second recording by format: decode whole, hash, soften, outline, seal everything; in
one thread, the best of many rounds, beside what libsndfile alone needs to decode it and to encode a softened copy. Then
`manage.py ingest --manifest` over 5-second WAVs on an instance of its own, keys, sealed files (synced), rows and ledger
and all: by one process, by two, and by one with the worker's help. Prints tables and JSON; asserts nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import soundfile as sf

from tests.bench.instance import ROOT, Instance
from tests.sound.recordings import tone, written

SECONDS: Final = 5
RATE: Final = 16_000
FORMATS: Final = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
}
ROUNDS: Final = 40


@dataclass(frozen=True)
class Cost:
    """Processor time of one recording, in ms, and what it comes to."""

    audio_format: str
    ours_ms: float
    floor_ms: float

    @property
    def per_second(self) -> float:
        return 1000 / self.ours_ms

    def line(self) -> str:
        ratio = self.ours_ms / self.floor_ms
        return (
            f"{self.audio_format:>8} {self.ours_ms:>9.2f} {self.per_second:>9.0f} {self.floor_ms:>9.2f} {ratio:>7.2f}"
        )


@dataclass(frozen=True)
class Whole:
    """One bulk ingest: how it was done, clips a second by the clock, and the command's own peak memory in MB."""

    how: str
    clips: int
    seconds: float
    peak_mb: float

    def line(self) -> str:
        rate = self.clips / self.seconds
        return f"{self.how:>24} {self.clips:>7,} {self.seconds:>8.1f} {rate:>8.0f} {self.peak_mb:>8.0f}"


def speechlike(seed: int = 0) -> np.ndarray:
    """Swelling tones with breath in between, so that encoders have something to do."""
    noise = np.random.default_rng(seed).standard_normal(SECONDS * RATE) * 0.01
    return (tone(SECONDS, RATE) + tone(SECONDS, RATE, 0.1, 1_730.0) + noise).astype(np.float32)


def cost_of(audio_format: str) -> Cost:
    audio = written(speechlike(), RATE, *FORMATS[audio_format])
    return Cost(audio_format, best(lambda: take_in_and_seal(audio)), best(lambda: decode_and_encode(audio)))


def take_in_and_seal(audio: bytes) -> None:
    """All that ingest computes for one recording, without the stores."""
    from project.sound import Limits
    from project.sound.study import study  # here and not in a decoder, so that its processor time is counted
    from project.vault import crypto
    from project.vault.keys import Key
    from reviews.intake import sha256_of

    sha256_of(audio)
    found = study(audio, Limits())
    key, clip_id = Key(os.urandom(32)), uuid4()
    for part, data in (("audio", audio), ("softened", found.softened), ("peaks", found.waveform.as_json())):
        for _ in crypto.seal(key, clip_id, f"blob:{part}", (data,)):
            pass
    for field in ("source", "transcript"):
        crypto.seal_bytes(key, clip_id, f"field:clip.sealed_{field}", b"x" * 120)


def decode_and_encode(audio: bytes) -> None:
    samples, rate = sf.read(io.BytesIO(audio), dtype="int16")
    sf.write(io.BytesIO(), samples[:: rate // 8_000], 8_000, format="FLAC", subtype="PCM_16")


def best(do: Callable[[], None]) -> float:
    """The least processor time of one call, in ms: what others do on the machine only ever adds."""
    least = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(5):
            do()
        least = min(least, (time.process_time() - started) / 5)
    return least * 1000


def make_folder(folder: Path, clips: int) -> Path:
    """Recordings that differ in every sample after the first, and their manifest."""
    folder.mkdir()
    samples = (speechlike() * 20_000).astype("<i2")
    header = written(speechlike(), RATE, "WAV", "PCM_16")[:44]
    manifest = folder / "manifest.csv"
    with manifest.open("w") as file:
        file.write("file,external_ref,locale,transcript\n")
        for number in range(clips):
            (folder / f"{number}.wav").write_bytes(header + np.roll(samples, number).tobytes())
            file.write(f"{number}.wav,{uuid4()},en-US,what is the weather like tomorrow\n")
    return manifest


def ingest(instance: Instance, how: str, clips: int, *options: str) -> Whole:
    folder = instance.folder / f"in-{uuid4().hex}"
    manifest = make_folder(folder, clips)
    program = [sys.executable, "manage.py", "ingest", str(folder), "--manifest", str(manifest), *options]
    started = time.monotonic()
    pid = os.posix_spawn(program[0], program, {**instance.environment}, file_actions=_quiet())
    _, status, used = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    shutil.rmtree(folder)
    if status:
        raise SystemExit(f"the ingest failed with status {os.waitstatus_to_exitcode(status)}")
    return Whole(how, clips, seconds, used.ru_maxrss / 1000)


def _quiet() -> list[tuple[Any, ...]]:
    return [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=2_000, help="recordings in each bulk ingest; 0 for none")
    parser.add_argument("--json", type=Path, help="write the JSON to this file instead of printing it")
    return parser.parse_args(argv)


def wholes(clips: int) -> list[Whole]:
    folder = Path(tempfile.mkdtemp(prefix="earshot-bench-"))
    try:
        with Instance(folder) as instance:
            say(f"{'bulk ingest, whole':>24} {'clips':>7} {'seconds':>8} {'clips/s':>8} {'peak MB':>8}")
            ways = {"one process": ("--here",), "two processes": ("--here", "--jobs", "2"), "one and the worker": ()}
            rows = []
            for how, options in ways.items():
                rows.append(ingest(instance, how, clips, *options))
                say(rows[-1].line())
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> None:
    options = parsed(argv)
    os.chdir(ROOT)
    _settings_for_the_limits()
    say(f"{'5 s':>8} {'ms/clip':>9} {'clips/s':>9} {'floor ms':>9} {'ratio':>7}   per core; floor: libsndfile alone")
    costs = [cost_of(audio_format) for audio_format in FORMATS]
    for cost in costs:
        say(cost.line())
    found = wholes(options.clips) if options.clips else []
    said = json.dumps({"cpu": [asdict(cost) for cost in costs], "whole": [asdict(one) for one in found]})
    if options.json:
        options.json.write_text(said + "\n")
    else:
        say(said)


def _settings_for_the_limits() -> None:
    """The computing part needs no store, but its module reads Django's settings for its bounds."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(MAX_AUDIO_BYTES=50 * 1024 * 1024, MAX_AUDIO_MS=30 * 60 * 1000)


if __name__ == "__main__":
    main()
