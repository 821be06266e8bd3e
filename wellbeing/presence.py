"""Who is in a room right now, and who is writing (pure): pseudonyms with an end, never when somebody was last there.

Nothing of it is stored anywhere. Each process says which pseudonyms sit in its sockets, again and again; what is not
said again is over after `HERE_SECONDS`. All times are seconds of one process's monotonic clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

SAY_AGAIN_SECONDS: Final = 20.0  # so often a process says who is there, though nothing changed
HERE_SECONDS: Final = 50.0  # two sayings may be lost
TYPING_SECONDS: Final = 5.0
MOST_NAMES: Final = 30  # in a larger room only the number is told: names of a crowd help nobody and cost everybody
LONGEST_NAME: Final = 40
LARGEST_SAYING: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Saying:
    """What one process says about one room."""

    room_id: UUID
    process: str
    here: frozenset[str]
    typing: frozenset[str]

    def encoded(self) -> str:
        """For the other processes."""
        said = {"room": self.room_id.hex, "process": self.process, "here": sorted(self.here)}
        return json.dumps({**said, "typing": sorted(self.typing)})


def parse_saying(data: str) -> Saying | None:
    """What another process said; None for what no process of ours says."""
    if len(data) > LARGEST_SAYING:
        return None
    try:
        said = json.loads(data)
        names = [frozenset(map(checked_name, said[part])) for part in ("here", "typing")]
        return Saying(UUID(hex=said["room"]), checked_name(said["process"]), *names)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def checked_name(name: Any) -> str:
    """A pseudonym. Raises ValueError."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError("no pseudonym")
    return name


@dataclass(slots=True)
class Presence:
    """One room as one process knows it from everybody's sayings, its own among them."""

    here: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)  # by process: until when, who
    typing: dict[str, float] = field(default_factory=dict)  # by pseudonym: until when

    def hear(self, saying: Saying, now: float) -> None:
        """Take in what a process says about the room; an empty saying takes its people out."""
        self.here[saying.process] = (now + HERE_SECONDS, saying.here)
        for name in saying.typing:
            self.typing[name] = now + TYPING_SECONDS

    def wrote(self, names: Iterable[str]) -> None:
        """Whoever has sent what they wrote is not writing any more."""
        for name in names:
            self.typing.pop(name, None)

    def people(self, now: float) -> frozenset[str]:
        """Who is here at `now`."""
        self.here = {process: said for process, said in self.here.items() if said[0] > now}
        return frozenset().union(*(names for _, names in self.here.values()))

    def writers(self, now: float) -> frozenset[str]:
        """Who is writing at `now`, of those who are here."""
        self.typing = {name: until for name, until in self.typing.items() if until > now}
        return frozenset(self.typing) & self.people(now)

    def frame(self, now: float) -> dict[str, Any]:
        """For the members of the room: how many, and in a small room their pseudonyms."""
        people, writers = self.people(now), self.writers(now)
        few = len(people) <= MOST_NAMES
        return {
            "type": "presence",
            "count": len(people),
            "here": sorted(people) if few else [],
            "typing": sorted(writers)[:3] if few else [],
        }
