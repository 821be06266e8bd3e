"""What looking after others asks of a moderator, and when a rest is due (pure). The same thought as a listener's pace.

    go -> rest offered -> rest due -> resting -> go

Points are what was handled in the last two hours, since the last whole rest: reading somebody's crisis weighs more than
a reported word. Numbers are house defaults in the image of the listener's ten minutes after fifty: no source gives any
for peer moderators. A rest that is due is never the reason that nobody answers: see actions.alerts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=2)
REST: Final = timedelta(minutes=10)
LIMIT: Final = 9  # three red signs, or nine small things
OFFERED_FROM: Final = 5
WEIGHTS: Final = {"red": 3, "yellow": 2, "other": 1, "session": 3}


class Advice(StrEnum):
    GO = "go"
    OFFERED = "rest-offered"
    DUE = "rest-due"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class Handled:
    """One thing that somebody looked after: an alert by its level, or a private session."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Rest:
    """A break, as long as it was or is to be."""

    began_at: datetime
    ends_at: datetime
    ended_at: datetime | None

    @property
    def over_at(self) -> datetime:
        """When it ended or will."""
        return min(self.ended_at or self.ends_at, self.ends_at)

    def was_whole(self, now: datetime) -> bool:
        """Whether it is over and was long enough to count."""
        return self.over_at <= now and self.over_at - self.began_at >= REST


@dataclass(frozen=True, slots=True)
class Load:
    """For the moderator alone."""

    things: int
    points: int
    advice: Advice
    resting_until: datetime | None = None

    @property
    def is_asked_for(self) -> bool:
        """Whether new alerts go to this person rather than to a colleague."""
        return self.advice in {Advice.GO, Advice.OFFERED}


def load(handled: Iterable[Handled], rests: Iterable[Rest], now: datetime) -> Load:
    """What weighs on somebody at `now`."""
    rests = list(rests)
    since = max([now - WINDOW, *(rest.over_at for rest in rests if rest.was_whole(now))])
    counted = [one for one in handled if since < one.at <= now]
    points = sum(WEIGHTS[one.kind] for one in counted)
    running = [rest.over_at for rest in rests if rest.began_at <= now < rest.over_at]
    if running:
        return Load(len(counted), points, Advice.RESTING, max(running))
    advice = Advice.DUE if points >= LIMIT else Advice.OFFERED if points >= OFFERED_FROM else Advice.GO
    return Load(len(counted), points, advice)
