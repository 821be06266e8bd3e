"""A waveform as points of an SVG, from stored peaks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

WIDTH, HEIGHT = 800, 96
_FULL = 127


class Span(Protocol):
    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the recording, in the SVG's units."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """`outline`: points of one closed shape; `reported` and `loud`: where to look out."""

    outline: str
    reported: list[Mark]
    loud: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT


def waveform_of(stored: Any, spans: Sequence[Span], duration_ms: int) -> Waveform:
    """Peaks are [low, high, low, high...] of full scale 127, alone or beside `loud` spans in milliseconds."""
    peaks = stored.get("peaks", []) if isinstance(stored, dict) else stored
    loud = stored.get("loud", []) if isinstance(stored, dict) else []
    told = [(span.start_ms, span.end_ms) for span in spans if span.start_ms is not None and span.end_ms is not None]
    return Waveform(_outline(peaks), _marks(told, duration_ms), _marks(loud, duration_ms))


def _outline(peaks: Sequence[int]) -> str:
    pairs = list(zip(peaks[::2], peaks[1::2], strict=False))
    step = WIDTH / max(len(pairs), 1)
    upper = [f"{i * step:.1f},{_y(high):.1f}" for i, (_, high) in enumerate(pairs)]
    lower = [f"{i * step:.1f},{_y(low):.1f}" for i, (low, _) in enumerate(pairs)]
    return " ".join(upper + lower[::-1])


def _y(value: int) -> float:
    return HEIGHT / 2 * (1 - max(-_FULL, min(value, _FULL)) / _FULL)


def _marks(spans: Sequence[Sequence[int | None]], duration_ms: int) -> list[Mark]:
    scale = WIDTH / max(duration_ms, 1)
    marks = []
    for start, end in spans:
        if start is not None and end is not None:
            marks.append(Mark(round(start * scale, 1), round(max(end - start, 1) * scale, 1)))
    return marks
