"""What a killed build leaves for the next: finished stretches of the bag, each a few recordings long (pure).

    tar members of the piece's recordings | JSON: path -> [size, sha256, sha512] | its length, 4 bytes big-endian

An age file cannot be gone on with (its random key dies with the worker), but reading, checking and silencing recordings
is what takes long, and a piece need not do it again. A piece is named after everything that it is made from: other
spans, another recording, another profile make another name, so a stale one is never taken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from escalations.export.bag import Digest
from escalations.export.facts import Outline, Profile

# Our own default: what a kill can cost, and small beside a recording's longest (50 MiB), so that most pieces are few.
MOST_BYTES: Final = 16 * 1024 * 1024
PREFIX: Final = "piece-"
_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive exhibits that are kept as one part of the store."""

    name: str
    numbers: tuple[str, ...]


class Reader(Protocol):
    size: int

    def read_range(self, start: int, stop: int) -> Iterator[bytes]: ...


class Keeper(Protocol):
    """Where pieces lie: whole or not at all."""

    def has(self, name: str) -> bool: ...

    def keep(self, name: str, chunks: Iterable[bytes]) -> None: ...

    def open(self, name: str) -> Reader: ...


def pieces(profile: Profile, outlines: Sequence[Outline]) -> list[Piece]:
    """The recordings in their order, cut into pieces of at most MOST_BYTES of originals, one recording at least."""
    found: list[list[Outline]] = []
    size = 0
    for one in outlines:
        if not found or size + one.byte_size > MOST_BYTES:
            found.append([])
            size = 0
        found[-1].append(one)
        size += one.byte_size
    return [Piece(_name(profile, piece), tuple(one.number for one in piece)) for piece in found]


def _name(profile: Profile, piece: Iterable[Outline]) -> str:
    made_from = [
        [one.number, one.sha256, one.byte_size, one.audio_format, [[s.start_ms, s.end_ms] for s in one.silenced]]
        for one in piece
    ]
    return PREFIX + hashlib.sha256(json.dumps([profile, made_from]).encode()).hexdigest()[:32]


def closed(chunks: Iterable[bytes], written: Callable[[], Mapping[str, Digest]]) -> Iterator[bytes]:
    """The piece's bytes, then what `written` says of them once they have passed."""
    yield from chunks
    said = {path: [one.size, one.sha256, one.sha512] for path, one in written().items()}
    trailer = json.dumps(said).encode()
    yield trailer
    yield len(trailer).to_bytes(_LENGTH, "big")


def digests_in(piece: Reader) -> tuple[dict[str, Digest], int]:
    """What a piece says of its files, and where its tar members end."""
    length = int.from_bytes(b"".join(piece.read_range(piece.size - _LENGTH, piece.size)), "big")
    ends = piece.size - _LENGTH - length
    said = json.loads(b"".join(piece.read_range(ends, piece.size - _LENGTH)))
    return {path: Digest(*values) for path, values in said.items()}, ends
