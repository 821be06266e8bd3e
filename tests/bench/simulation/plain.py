"""The control: a person at a plain queue, first in, first out, with nothing between them and the next clip.

They take the pauses that were reported of such work (half an hour for lunch and twice a quarter of an hour), and go
home at the end of the shift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.bench.simulation.lines import NEVER, Line
from tests.bench.simulation.watch import Watched
from tests.bench.simulation.world import SHIFT, Heavy, Person

PAUSES: Final = ((2 * 3600.0, 900.0), (4 * 3600.0, 1800.0), (6.5 * 3600.0, 900.0))  # after, length
LOOK_AGAIN: Final = 60.0
NOBODY_ASKED: Final[frozenset[str]] = frozenset()


@dataclass(slots=True)
class Plain:
    """One person at the plain queue; the same steps as Listener."""

    person: Person
    watched: Watched = field(default_factory=Watched)
    began: float = 0.0
    ends: float = 0.0
    next_shift: int = 0
    pauses: int = 0

    def step(self, now: float, line: Line) -> float | None:
        if now >= self.ends:
            return self._between_shifts(now)
        if self.pauses < len(PAUSES) and now - self.began >= PAUSES[self.pauses][0]:
            self.pauses += 1
            return now + PAUSES[self.pauses - 1][1]
        line.arrive(now)
        lane, light = line.heavy_lane(3, NOBODY_ASKED), line.light_turn(now)
        if lane is not None and line.heavy_turn(lane) < light:
            return self._take_heavy(line.take_heavy(lane, now), now)
        if light != NEVER:
            return self._take_light(now, line)
        return min(self.ends, max(now + LOOK_AGAIN, line.next_arrival(now)))

    def _between_shifts(self, now: float) -> float | None:
        if self.next_shift >= len(self.person.shifts):
            return None
        begins = self.person.shifts[self.next_shift]
        if now < begins:
            return begins
        self.next_shift += 1
        self.began, self.ends, self.pauses = now, begins + SHIFT, 0
        self.watched.begin_shift(self.ends)
        return now

    def _take_heavy(self, heavy: Heavy, now: float) -> float:
        self.watched.given(now, heavy.severity, accepts=self.person.accepts_heavy)
        self.watched.done(now, now + heavy.desk, heavy.severity, heavy.heard)
        return now + heavy.desk

    def _take_light(self, now: float, line: Line) -> float:
        batch = line.take_light(now, max(1.0, self.ends - now), 10_000)
        ends, count = now + batch.desk, batch.stop - batch.start
        self.watched.given(now, 1, accepts=True)
        if batch.surprise is None:
            self.watched.done(now, ends, 1, batch.heard, count)
            return ends
        last = ends - batch.last_desk
        if count > 1:
            self.watched.done(now, last, 1, batch.heard - batch.last_heard, count - 1)
        self.watched.done(last, ends, batch.surprise, batch.last_heard)
        return ends
