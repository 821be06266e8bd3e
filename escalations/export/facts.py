"""The plain data that an export is built from. Times are aware UTC, durations milliseconds, sizes bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Profile(StrEnum):
    """Whom the export is for, which decides how much of a recording goes along."""

    LAW_ENFORCEMENT = "law-enforcement"
    INTERNAL = "internal"
    REGULATOR = "regulator"

    @property
    def carries_originals(self) -> bool:
        """Only an authority gets the recordings as they came in, with their transcripts and references."""
        return self is Profile.LAW_ENFORCEMENT

    @property
    def carries_redacted(self) -> bool:
        """A regulator gets no sound at all."""
        return self is not Profile.REGULATOR

    @property
    def names_people(self) -> bool:
        """A chain of custody in court needs names; everybody else gets roles and numbers."""
        return self is Profile.LAW_ENFORCEMENT


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording that is silenced in its redacted copy."""

    start_ms: int
    end_ms: int
    category: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a recording's files in the bag are made from."""

    number: str
    sha256: str
    byte_size: int
    audio_format: str
    silenced: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One recording of the case. `sha256` is the hash taken at intake, lower-case hex, of the original bytes.

    `peaks` are signed 8-bit pairs (lowest, highest) over equal stretches of the recording, for the waveform.
    References and transcript are None where the profile may not carry them.
    """

    number: str
    clip_id: UUID
    audio_format: str
    byte_size: int
    sha256: str
    duration_ms: int
    sample_rate: int
    channels: int
    locale: str
    trigger: str
    ingested_at: datetime
    recorded_at: datetime | None = None
    silenced: tuple[Span, ...] = ()
    peaks: bytes = b""
    external_ref: str | None = None
    subject_ref: str | None = None
    device: str | None = None
    household: str | None = None
    transcript: str | None = None
    vault_id: UUID | None = None

    @property
    def outline(self) -> Outline:
        """What its files in the bag are made from."""
        return Outline(self.number, self.sha256, self.byte_size, self.audio_format, self.silenced)

    @property
    def original_path(self) -> str:
        """Where the original lies in the bag."""
        return f"data/originals/{self.number}.{self.audio_format}"

    @property
    def redacted_path(self) -> str:
        """Where the redacted copy lies in the bag; it has the original's format."""
        return f"data/redacted/{self.number}.{self.audio_format}"

    @property
    def transcript_path(self) -> str:
        """Where the machine transcript lies in the bag."""
        return f"data/transcripts/{self.number}.txt"


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One opening of an exhibit: by whom, which version, what for."""

    at: datetime
    exhibit: str
    person: str
    role: str
    act: str
    version: str
    purpose: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One step of the case."""

    at: datetime
    event: str
    person: str
    role: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One ledger entry of the case and where it stands in the Merkle tree (RFC 9162 section 2.1.3).

    An entry says who acted. `leaf` is None where that must not leave the building (a reporter; anybody, in a profile
    without names): its salted hash still proves that the entry was there.
    """

    entry_id: UUID
    event: str
    at: datetime
    leaf: bytes | None
    leaf_hash: bytes
    leaf_index: int
    tree_size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LedgerExtract:
    """The signed head of the ledger and the proofs that lead to it. `unsealed` counts entries younger than the head."""

    checkpoint: str = ""
    public_key_pem: bytes = b""
    proofs: tuple[Proof, ...] = ()
    unsealed: int = 0


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the documents say of the case itself."""

    case_id: UUID
    number: str
    state: str
    tier: str
    categories: tuple[str, ...]
    opened_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """Everything one export says. Exhibits stand in the order of their numbers."""

    export_id: UUID
    profile: Profile
    organization: str
    software: str
    built_at: datetime
    requested_by: str
    approved_by: str
    case: CaseFacts
    exhibits: tuple[Exhibit, ...]
    custody: tuple[CustodyEntry, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    ledger: LedgerExtract = field(default_factory=LedgerExtract)

    @property
    def root(self) -> str:
        """The one folder in the archive, also the archive's name without its ending."""
        return f"{self.case.number}-{self.export_id}"


class Sound(Protocol):
    """Where the builders read recordings from. Nothing is kept: each call opens, streams and forgets."""

    def original(self, exhibit: Exhibit) -> tuple[int, Iterator[bytes]]:
        """Size and content of the recording as it came in."""

    def redacted(self, exhibit: Exhibit) -> bytes:
        """The recording with its flagged spans silenced, in the same format."""
