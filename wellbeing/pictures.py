"""Pictures as plain numbers: where a bar or a dot stands in an SVG of a fixed size. Pure; templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 180
FLOOR: Final = 150  # the y of zero; labels stand below
TOP: Final = 14


@dataclass(frozen=True, slots=True)
class Amount:
    """Minutes of one day: all, and how many of them were heavy."""

    label: str
    minutes: int
    heavy: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on the floor, its heavy part drawn over its upper end. x, y, heights in the SVG's units."""

    label: str
    minutes: int
    heavy: int
    x: int
    width: int
    y: int
    height: int
    heavy_height: int

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def above(self) -> int:
        return self.y - 4


def bars(amounts: Sequence[Amount], *, most: int) -> list[Bar]:
    """One bar an amount, all on one scale: `most` minutes (or the tallest, if taller) reach the top."""
    scale = max([most, 1, *(amount.minutes for amount in amounts)])
    step = WIDTH // max(1, len(amounts))
    return [_bar(amount, index * step + step // 8, step * 3 // 4, scale) for index, amount in enumerate(amounts)]


def _bar(amount: Amount, x: int, width: int, scale: int) -> Bar:
    height = round((FLOOR - TOP) * amount.minutes / scale)
    heavy = round((FLOOR - TOP) * min(amount.heavy, amount.minutes) / scale)
    return Bar(
        amount.label, amount.minutes, amount.heavy, x, width, y=FLOOR - height, height=height, heavy_height=heavy
    )


@dataclass(frozen=True, slots=True)
class Dot:
    """One answer in time: x by its age, y by its score."""

    at: datetime
    score: int
    x: int
    y: int


def dots(points: Sequence[tuple[datetime, int]], *, begins: datetime, ends: datetime, most: int) -> list[Dot]:
    """Answers between two instants, oldest first; a score of `most` reaches the top."""
    span = max(1.0, (ends - begins).total_seconds())
    found = []
    for at, score in sorted(points):
        x = 10 + round((WIDTH - 20) * (at - begins).total_seconds() / span)
        found.append(Dot(at, score, x, FLOOR - round((FLOOR - TOP) * score / most)))
    return found


def path(points: Sequence[Dot]) -> str:
    """The points of a polyline."""
    return " ".join(f"{dot.x},{dot.y}" for dot in points)


@dataclass(frozen=True, slots=True)
class Mark:
    """One week's value in the picture."""

    value: int
    x: int
    y: int

    @property
    def above(self) -> int:
        return max(20, self.y - 11)


@dataclass(frozen=True, slots=True)
class Trend:
    """Weekly values as a line that breaks where a week is withheld: `dots` are shown weeks, `gaps` the x of others."""

    dots: list[Mark]
    lines: list[str]
    gaps: list[int]
    most: int


def trend(values: Sequence[int | None], *, most: int) -> Trend:
    """One place a week, oldest first; `most` (or the largest value, if larger) reaches the top."""
    most = max([most, 1, *(value for value in values if value is not None)])
    step = (WIDTH - 60) // max(1, len(values) - 1)
    places = [30 + number * step for number in range(len(values))] if len(values) > 1 else [WIDTH // 2]
    runs: list[list[Mark]] = [[]]
    for x, value in zip(places, values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(Mark(value, x, FLOOR - round((FLOOR - TOP - 12) * value / most)))
    gaps = [x for x, value in zip(places, values, strict=True) if value is None]
    lines = [" ".join(f"{mark.x},{mark.y}" for mark in run) for run in runs if len(run) > 1]
    return Trend([mark for run in runs for mark in run], lines, gaps, most)
