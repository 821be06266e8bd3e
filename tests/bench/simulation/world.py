"""What happens to everybody: who works when, what arrives, how long it takes. Seconds from the first midnight, UTC.

All of it is assumed, and said in docs/wellbeing.md: the simulation compares two queues on one world, it predicts none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from wellbeing.limits import Preferences

DAY: Final = 86_400.0
SHIFT: Final = 9 * 3600.0
STARTS: Final = ((6, 0.4), (14, 0.4), (22, 0.2))  # hour, share of the people
ABSENT: Final = 0.04
TAKES_NONE: Final = 0.20  # of the people: nothing heavy, by their own wish
OPTS_OUT: Final = 0.20  # of the people: one category
GRAVEST: Final = 0.0005  # of all clips, whatever the share of heavy ones
SURPRISE: Final = 0.05  # of the heavy clips: predicted as light
CATEGORIES: Final = (("violence", 0.5), ("threat", 0.3), ("sexual_violence", 0.2))
HEARD: Final = (8.0, 0.6)  # seconds of sound heard of a clip: median, sigma of the logarithm
DECIDING: Final = (22.0, 0.4)  # seconds beside the sound
LOAD: Final = 0.85  # of what everybody on shift can do in 345 minutes a day
LISTENING_DAY: Final = 345 * 60.0


@dataclass(frozen=True, slots=True)
class Scale:
    people: int
    days: int
    heavy: float  # share of all clips
    seed: int = 20190410
    all_off_together: bool = False  # Saturday and Sunday for everybody, so that a few days are the same for all


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    preferences: Preferences
    shifts: tuple[float, ...]  # when each begins

    @property
    def accepts_heavy(self) -> bool:
        return self.preferences.heaviest is None


@dataclass(frozen=True, slots=True)
class Heavy:
    """A clip that is predicted as heavy. `turn` is reviews.turns.turn_at in seconds."""

    turn: float
    arrived: float
    severity: int
    category: str
    heard: float
    desk: float


@dataclass(frozen=True, slots=True)
class World:
    """`light_*` are parallel, in order of arrival; the sums have one more element, the first being 0."""

    scale: Scale
    people: list[Person]
    heavies: list[Heavy]  # in order of arrival
    light_at: Any
    heard_until: Any
    desk_until: Any
    surprises: list[tuple[int, int]]  # place among the light ones, how heavy it turns out to be


def make_world(scale: Scale, load: float = LOAD) -> World:
    random = np.random.Generator(np.random.PCG64(scale.seed))
    people = [_person(number, scale, random) for number in range(scale.people)]
    arrived = _arrivals(scale, load * sum(len(person.shifts) for person in people), random)
    heard, desk = _lengths(len(arrived), random)
    is_heavy = random.random(len(arrived)) < scale.heavy
    is_gravest = is_heavy & (random.random(len(arrived)) < GRAVEST / scale.heavy)
    is_surprise = is_heavy & (random.random(len(arrived)) < SURPRISE)
    desk = np.where(is_heavy, desk * 1.5, desk)
    severity = np.where(is_gravest, 3, 2)
    looks_light = ~is_heavy | is_surprise
    light = np.flatnonzero(looks_light)
    return World(
        scale,
        people,
        _heavies(np.flatnonzero(~looks_light), arrived, severity, heard, desk, random),
        arrived[light].astype(np.float64),
        np.concatenate(([0.0], np.cumsum(heard[light]))),
        np.concatenate(([0.0], np.cumsum(desk[light]))),
        [(int(place), int(severity[light[place]])) for place in np.flatnonzero(is_surprise[light])],
    )


def _person(number: int, scale: Scale, random: Any) -> Person:
    """Five days on and two off, always at the same hour, now and then a day ill."""
    hours, weights = zip(*STARTS, strict=True)
    begins = float(random.choice(hours, p=weights)) * 3600
    first_off = int(random.integers(7))
    wish = random.random()
    names, shares = zip(*CATEGORIES, strict=True)
    refused = str(random.choice(names, p=shares))
    if wish < TAKES_NONE:
        preferences = Preferences(heaviest=1)
    elif wish < TAKES_NONE + OPTS_OUT:
        preferences = Preferences(opt_out=frozenset({refused}))
    else:
        preferences = Preferences()
    first_off = 5 if scale.all_off_together else first_off
    absent = 0.0 if scale.all_off_together else ABSENT
    days = [day for day in range(scale.days) if (day - first_off) % 7 not in (0, 1) and random.random() >= absent]
    late = [random.random() * 600 for _ in days]  # nobody begins on the dot
    return Person(number, preferences, tuple(day * DAY + begins + extra for day, extra in zip(days, late, strict=True)))


def _arrivals(scale: Scale, shifts: float, random: Any) -> Any:
    """More by day than by night; as many as so many shifts can take."""
    mean_desk = 1.2 * _mean(HEARD) + _mean(DECIDING)
    count = int(shifts * LISTENING_DAY / (mean_desk * (1 + 0.5 * scale.heavy)))
    whole_days = random.integers(0, scale.days, count) * DAY
    hour = random.random(count)
    by_day = random.random(count) < 0.4  # two fifths come between 8 and 20 o'clock beside the even rest
    within = np.where(by_day, (8 + 12 * hour) * 3600, hour * DAY)
    return np.sort(whole_days + within)


def _lengths(count: int, random: Any) -> tuple[Any, Any]:
    """Seconds heard and seconds at the desk of each clip; what is slow to decide is replayed in part."""
    heard = np.clip(random.lognormal(np.log(HEARD[0]), HEARD[1], count), 1.0, 60.0)
    deciding = np.clip(random.lognormal(np.log(DECIDING[0]), DECIDING[1], count), 5.0, 180.0)
    return heard, heard * 1.2 + deciding


def _mean(median_and_sigma: tuple[float, float]) -> float:
    median, sigma = median_and_sigma
    return float(median * np.exp(sigma**2 / 2))


def _heavies(places: Any, arrived: Any, severity: Any, heard: Any, desk: Any, random: Any) -> list[Heavy]:
    """One in fifty is urgent: a priority of 3, which is worth 18 hours."""
    names, shares = zip(*CATEGORIES, strict=True)
    kinds = random.choice(len(names), size=len(places), p=shares)
    head_start = np.where(random.random(len(places)) < 0.02, 3 * 6 * 3600.0, 0.0)
    return [
        Heavy(
            float(arrived[at] - early), float(arrived[at]), int(severity[at]), names[kind], float(heard[at]),
            float(desk[at]),
        )
        for at, kind, early in zip(places, kinds, head_start, strict=True)
    ]  # fmt: skip
