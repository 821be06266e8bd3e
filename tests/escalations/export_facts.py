"""Synthetic exports for the pure tests: facts with any number of exhibits, and the sound behind them."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import tarfile
import wave
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from escalations.export.facts import (
    CaseFacts,
    CustodyEntry,
    Exhibit,
    ExportFacts,
    LedgerExtract,
    Profile,
    Span,
    TimelineEntry,
)
from escalations.export.package import Package, Seals
from escalations.export.signing import Signer, make

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EXPORT = UUID("0b4f6d0e-2c53-4b6f-9a54-3d6f0a6c1e11")


def tone(seconds: float = 0.5, rate: int = 8000, pitch: int = 440) -> bytes:
    """A small WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        count = int(seconds * rate)
        file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(pitch * i / rate))) for i in range(count)))
    return out.getvalue()


class Recordings:
    """Sound from memory. `spoiled` names exhibits whose bytes differ from what was taken in."""

    def __init__(self, audio: dict[str, bytes], spoiled: frozenset[str] = frozenset()) -> None:
        self.audio = audio
        self.spoiled = spoiled

    def original(self, exhibit: Exhibit) -> tuple[int, Iterator[bytes]]:
        content = self.audio[exhibit.number]
        if exhibit.number in self.spoiled:
            content = content[:-1] + bytes([content[-1] ^ 1])
        return len(content), iter((content,))

    def redacted(self, exhibit: Exhibit) -> bytes:
        return b"fLaC" + hashlib.sha256(exhibit.number.encode()).digest() * 50


def exhibit_of(number: int, audio: bytes, profile: Profile) -> Exhibit:
    """One exhibit over `audio`."""
    whole = Exhibit(
        number=f"E{number:04}",
        clip_id=uuid5(EXPORT, f"clip-{number}"),
        audio_format="wav",
        byte_size=len(audio),
        sha256=hashlib.sha256(audio).hexdigest(),
        duration_ms=500,
        sample_rate=8000,
        channels=1,
        locale="en-GB",
        trigger="wake_word",
        ingested_at=NOW - timedelta(days=3),
        recorded_at=NOW - timedelta(days=4),
        silenced=(Span(100, 200, "payment_card"),),
        peaks=bytes((-i % 128 + 128) % 256 if i % 2 == 0 else i % 128 for i in range(1600)),
    )
    if not profile.carries_originals:
        return whole
    return replace(whole, external_ref=f"=call-{number}", subject_ref="household-7", transcript="please call me back")


def facts_of(count: int = 3, profile: Profile = Profile.LAW_ENFORCEMENT) -> tuple[ExportFacts, Recordings]:
    """An export of `count` recordings."""
    audio = {f"E{number:04}": tone(pitch=300 + number % 100) for number in range(1, count + 1)}
    exhibits = tuple(exhibit_of(number, audio[f"E{number:04}"], profile) for number in range(1, count + 1))
    opened = tuple(
        CustodyEntry(NOW - timedelta(hours=h), one.number, "Lea Gal", "legal", "opened", "softened", "to decide")
        for one in exhibits
        for h in (2, 1)
    )
    steps = tuple(
        TimelineEntry(NOW - timedelta(hours=6 - index), event, "Sam Visor", "supervisor", detail)
        for index, (event, detail) in enumerate((("reported", "violence"), ("triaged", "T1"), ("referred", "")))
    )
    case = CaseFacts(uuid5(EXPORT, "case"), "ES-2026-0042", "with_legal", "T1", ("violence",), NOW - timedelta(days=2))
    facts = ExportFacts(
        EXPORT, profile, "Example Voice Ltd", "Earshot 0.1.0", NOW, "Lea Gal", "Leo Gale", case, exhibits, opened, steps
    )
    return facts, Recordings(audio)


def signer() -> Signer:
    """A fresh signing certificate."""
    return make(organization="Example Voice Ltd", now=datetime.now(UTC))


def with_ledger(facts: ExportFacts, extract: LedgerExtract) -> ExportFacts:
    """The same export with proofs."""
    return replace(facts, ledger=extract)


def tar_of(facts: ExportFacts, sound: Recordings, seals: Seals | None = None) -> bytes:
    """The whole archive, in the clear."""
    return b"".join(Package(facts, sound, seals or Seals(signer())).stream())


def unpacked(archive: bytes, folder: Path) -> Path:
    """The bag as a folder, as `tar x` would lay it out."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    return root
