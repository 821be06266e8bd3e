"""Whose turn it is: the queue's rules as plain functions. Pure: no ORM, no clock.

The claim's SQL (reviews/queue.py) says the same to the database; tests/reviews/test_turns.py holds the two together,
and the simulation of shifts runs on these.

**Order.** A clip's turn is the moment it joined the line, six hours earlier for each point of priority. A clip can be
overtaken only by what joins within that head start (54 hours for a 9 over a 0), whatever arrives: nothing starves.

**Spreading.** Of the sound that came to a person's desk on this shift, some share was heavy. Whoever is above the mean
of those who may get heavy clips now is given lighter ones, for at most 45 minutes after their last heavy clip and only
while lighter ones wait. So a heavy clip waits for a fair desk, and never for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOURS_A_POINT: Final = 6
MOST_POINTS: Final = 9
HEAD_START: Final = timedelta(hours=HOURS_A_POINT)
UNKNOWN_COUNTS_AS: Final = 1
HEAVY: Final = 2

ADJUDICATOR: Final = "adjudicator"  # the skill of deciding where independent reviews disagree
DECIDES: Final = f"{ADJUDICATOR}:"

HOLD_FOR: Final = timedelta(minutes=45)
TOLERANCE: Final = 1.1
JUST_BEGUN_MS: Final = 5 * 60_000  # who had less sound than that has had no fair chance of a heavy clip yet


@dataclass(frozen=True, slots=True)
class Place:
    """A waiting clip, as far as its turn depends on it. `needs` is its lane's word, times are aware UTC."""

    id: str
    locale: str
    queued_at: datetime
    priority: int = 0
    needs: str = ""
    severity: int | None = None
    categories: frozenset[str] = frozenset()
    seen_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who asks for the next clip, and what pace and they themselves allow."""

    id: str
    locales: frozenset[str]
    needs: frozenset[str] = frozenset({""})
    max_severity: int = 3
    opt_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Load:
    """What came to one desk on one shift: lengths of clips in ms, and when the last heavy one came (UTC)."""

    sound_ms: int = 0
    heavy_ms: int = 0
    last_heavy_at: datetime | None = None

    @property
    def share(self) -> float:
        return self.heavy_ms / self.sound_ms if self.sound_ms else 0.0

    @property
    def counts(self) -> bool:
        """Is this desk one of those that heavy clips are spread over? Who has had a lot and nothing heavy isn't."""
        return self.heavy_ms > 0 or self.sound_ms < JUST_BEGUN_MS


def turn_at(queued_at: datetime, priority: int) -> datetime:
    return queued_at - priority * HEAD_START


def fits(place: Place, seeker: Seeker) -> bool:
    """May this clip go to this person at all, now?"""
    weight = UNKNOWN_COUNTS_AS if place.severity is None else place.severity
    return (
        place.locale in seeker.locales
        and place.needs in seeker.needs
        and weight <= seeker.max_severity
        and not place.categories & seeker.opt_out
        and seeker.id not in place.seen_by
    )


def next_for(seeker: Seeker, waiting: Iterable[Place]) -> Place | None:
    """The clip whose turn comes first among those that may go to this person."""
    fitting = (place for place in waiting if fits(place, seeker))
    return min(fitting, key=lambda place: (turn_at(place.queued_at, place.priority), place.id), default=None)


def needs_met_by(skills: Iterable[str]) -> tuple[str, ...]:
    """The lanes that these skills open: clips that ask for nothing, for a skill that is held, or for a decision."""
    held = ["", *sorted(set(skills) - {ADJUDICATOR, ""})]
    deciding = [DECIDES + skill for skill in held] if ADJUDICATOR in skills else []
    return (*held, *deciding)


def mean_share(loads: Iterable[Load]) -> float:
    """The mean share of heavy sound over the desks that count; 0 without any."""
    shares = [load.share for load in loads if load.counts]
    return sum(shares) / len(shares) if shares else 0.0


def may_be_held(own: Load, now: datetime) -> bool:
    """Could this person's turn be a lighter one? Most often not, and then nobody else's load is looked at."""
    return own.heavy_ms > 0 and own.last_heavy_at is not None and now - own.last_heavy_at < HOLD_FOR


def is_held(own: Load, mean: float, now: datetime) -> bool:
    """Is it somebody else's turn for a heavy clip? `mean` is the mean share, this person's own included."""
    return may_be_held(own, now) and own.share > mean * TOLERANCE
