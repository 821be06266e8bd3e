"""The line of waiting clips: light ones as one stretch in order of arrival, heavy ones by category, by turn.

The order is reviews.turns.turn_at, the only difference to a plain queue being the head start of urgent clips.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Final

from tests.bench.simulation.world import CATEGORIES, Heavy, World

NEVER: Final = float("inf")
LONGEST_BATCH: Final = 1200.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Light clips taken one after the other: [start, stop), and how heavy the last one turned out, if it surprised."""

    start: int
    stop: int
    heard: float
    desk: float
    surprise: int | None
    last_heard: float
    last_desk: float


class Line:
    """Takes from the front; `now` only goes forward."""

    def __init__(self, world: World, *, first_in_first_out: bool = False) -> None:
        self.world = world
        self.is_plain = first_in_first_out
        self.next_light = 0
        self.next_surprise = 0
        self.arrived_heavies = 0
        self.waits: dict[str, dict[int, int]] = {"light": {}, "heavy": {}}  # minutes waited -> clips
        self._at: Any = world.light_at
        self._heaps: dict[tuple[int, str], list[tuple[float, int, Heavy]]] = {
            (severity, name): [] for severity in (2, 3) for name, _ in CATEGORIES
        }

    def arrive(self, now: float) -> None:
        heavies = self.world.heavies
        while self.arrived_heavies < len(heavies) and heavies[self.arrived_heavies].arrived <= now:
            heavy = heavies[self.arrived_heavies]
            turn = heavy.arrived if self.is_plain else heavy.turn
            heapq.heappush(self._heaps[heavy.severity, heavy.category], (turn, self.arrived_heavies, heavy))
            self.arrived_heavies += 1

    def is_empty(self, now: float) -> bool:
        """Nothing for anybody."""
        return self.light_turn(now) == NEVER and not any(self._heaps.values())

    def light_turn(self, now: float) -> float:
        """The turn of the first light clip that has arrived."""
        if self.next_light >= len(self._at):
            return NEVER
        at = float(self._at[self.next_light])
        return at if at <= now else NEVER

    def heavy_lane(self, most: int, opt_out: frozenset[str]) -> tuple[int, str] | None:
        """The lane whose first clip's turn comes first, of those that may go to somebody."""
        lanes = [
            (heap[0][0], lane)
            for lane, heap in self._heaps.items()
            if heap and lane[0] <= most and lane[1] not in opt_out
        ]
        return min(lanes)[1] if lanes else None

    def left_heavies(self) -> list[Heavy]:
        """Those that nobody took."""
        return [heavy for heap in self._heaps.values() for _, _, heavy in heap]

    def heavy_turn(self, lane: tuple[int, str] | None) -> float:
        return NEVER if lane is None else self._heaps[lane][0][0]

    def take_heavy(self, lane: tuple[int, str], now: float) -> Heavy:
        heavy = heapq.heappop(self._heaps[lane])[2]
        self._waited("heavy", now - heavy.arrived, 1)
        return heavy

    def take_light(self, now: float, seconds: float, most: int) -> Batch:
        """As many as begin within `seconds`, in order; what turns out heavy ends it."""
        start, sums = self.next_light, self.world.desk_until
        here = float(sums[start])
        stop = max(start + 1, int(sums.searchsorted(here + min(seconds, LONGEST_BATCH), "left")))
        stop = min(stop, start + most, int(self._at.searchsorted(now, "right")))
        surprise = self._surprise_before(stop)
        if surprise is not None:
            stop = self.world.surprises[self.next_surprise - 1][0] + 1
        self.next_light = stop
        heard, desk = self.world.heard_until, float(sums[stop]) - here
        half = (stop - start) // 2  # the last of them begins later than the first
        self._waited("light", now - float(self._at[start]), stop - start - half)
        self._waited("light", now + desk - float(self._at[stop - 1]), half)
        return Batch(
            start, stop, float(heard[stop] - heard[start]), desk, surprise,
            float(heard[stop] - heard[stop - 1]), float(sums[stop] - sums[stop - 1]),
        )  # fmt: skip

    def next_arrival(self, now: float) -> float:
        """When the next light clip comes; NEVER after the last."""
        place = max(self.next_light, bisect_right(self._at, now))
        return float(self._at[place]) if place < len(self._at) else NEVER

    def _surprise_before(self, stop: int) -> int | None:
        surprises = self.world.surprises
        if self.next_surprise < len(surprises) and surprises[self.next_surprise][0] < stop:
            self.next_surprise += 1
            return surprises[self.next_surprise - 1][1]
        return None

    def _waited(self, kind: str, seconds: float, clips: int) -> None:
        if not clips:
            return
        minutes = int(max(0.0, seconds) // 60)
        self.waits[kind][minutes] = self.waits[kind].get(minutes, 0) + clips
