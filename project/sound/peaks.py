"""What the waveform shows: the lowest and highest sample of some 800 steps, and where it is loud."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from project.sound.filters import Mono

POINTS: Final = 800
LOUD_DB: Final = -20.0  # speech at the level of EBU R 128 stays below this in all but its loudest windows
LOUDER_DB: Final = 5.0  # and this much above the recording's own mean, so that a loud recording isn't one long mark
_WINDOW_MS: Final = 50
_JOIN_MS: Final = 300
_MOST_MARKS: Final = 200
_WRITTEN: Final = [str(number) for number in (*range(128), *range(-128, 0))]  # by number, negative ones from the end

Measure = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Waveform:
    """`peaks`: low, high, low, high... as int8 of full scale 127. `loud`: spans in ms that stand out."""

    peaks: list[int]
    loud: list[tuple[int, int]]
    duration_ms: int

    def as_json(self) -> bytes:
        """Compact JSON, its many small numbers looked up: writing them out is a tenth of a whole intake."""
        rest = json.dumps(
            {"loud": [list(span) for span in self.loud], "duration_ms": self.duration_ms}, separators=(",", ":")
        )
        return f'{{"peaks":[{",".join(map(_WRITTEN.__getitem__, self.peaks))}],{rest[1:]}'.encode()


class Outline:
    """A tap for `decode`: feed mono blocks, then `waveform()`."""

    def __init__(self, rate: int, claimed_frames: int) -> None:
        self._rate = rate
        self._step = max(1, claimed_frames // (4 * POINTS))
        self._window = max(1, rate * _WINDOW_MS // 1000)
        self._frames = 0
        self._rest = np.zeros(0, dtype=np.float32)
        self._loud_rest = np.zeros(0, dtype=np.float32)
        self._pairs: list[np.ndarray] = []
        self._powers: list[np.ndarray] = []

    def feed(self, mono: Mono) -> None:
        self._frames += len(mono)
        self._rest = self._fold(_joined(self._rest, mono), self._step, self._pairs, _extremes)
        self._loud_rest = self._fold(_joined(self._loud_rest, mono), self._window, self._powers, _power)

    def waveform(self) -> Waveform:
        if len(self._rest):
            self._pairs.append(_extremes(self._rest[None, :]))
        if len(self._loud_rest):
            self._powers.append(_power(self._loud_rest[None, :]))
        pairs = np.concatenate(self._pairs, axis=1) if self._pairs else np.zeros((2, 1), dtype=np.float32)
        duration = max(1, round(self._frames * 1000 / self._rate))
        return Waveform(_thin_pairs(pairs), self._marks(duration), duration)

    def _fold(self, samples: Mono, width: int, into: list[np.ndarray], measure: Measure) -> Mono:
        whole = len(samples) // width * width
        if whole:
            into.append(measure(samples[:whole].reshape(-1, width)))
        return samples[whole:]

    def _marks(self, duration_ms: int) -> list[tuple[int, int]]:
        powers = np.concatenate(self._powers) if self._powers else np.zeros(1)
        heard = powers[powers > 1e-6]
        mean = float(heard.mean()) if len(heard) else 0.0
        loud = np.flatnonzero(powers >= max(10 ** (LOUD_DB / 10), mean * 10 ** (LOUDER_DB / 10)))
        spans: list[tuple[int, int]] = []
        width = self._window * 1000 / self._rate
        for index in loud:
            start, end = int(index * width), min(duration_ms, int((index + 1) * width))
            if spans and start - spans[-1][1] <= _JOIN_MS:
                spans[-1] = (spans[-1][0], end)
            elif len(spans) < _MOST_MARKS:
                spans.append((start, end))
        return spans


def _joined(rest: Mono, mono: Mono) -> Mono:
    return np.concatenate([rest, mono]) if len(rest) else mono


def _extremes(rows: np.ndarray) -> np.ndarray:
    flat, starts = rows.reshape(-1), np.arange(0, rows.size, rows.shape[1])
    return np.stack([np.minimum.reduceat(flat, starts), np.maximum.reduceat(flat, starts)])


def _power(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows, rows).astype(np.float64) / rows.shape[1]


def _thin_pairs(pairs: np.ndarray) -> list[int]:
    """At most 800 pairs, none of whose extremes is lost. Shape: (2, steps), lows and highs."""
    count = pairs.shape[1]
    starts = np.arange(0, count, -(-count // POINTS))
    both = np.stack([np.minimum.reduceat(pairs[0], starts), np.maximum.reduceat(pairs[1], starts)], axis=1)
    values: list[int] = np.rint(np.clip(both, -1, 1) * 127).astype(np.int8).ravel().tolist()
    return values
