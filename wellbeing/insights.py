"""Which group figures may be shown, and how coarse. Pure.

Suppression, in this order: fewer than five people in the group; fewer than five in what remains outside it; everybody
in one band (then the figure would tell each one's answer), inside or outside; groups that together leave a remainder
of fewer than five; a figure that differs from one of an earlier week by one to four people. What is left is rounded to
five points. A week is frozen once (see the action), so within it nobody can subtract a group before from the same group
after somebody left; from week to week two figures are about the same people, or about five others at least.

Times of cases and erasures are about work, not about people: their median, of five at least, of everybody only.

Origins: thresholds of five and the check of the remainder
are employee-survey practice (Viva Glint, Culture Amp); homogeneity, freezing and rounding are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from statistics import median
from typing import Final
from uuid import UUID

FEWEST: Final = 5
STEP: Final = 5


class Withheld(StrEnum):
    TOO_FEW = "too_few"
    REMAINDER = "remainder"
    ALIKE = "alike"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A rounded mean from 0 to 100, or the reason why there is none."""

    value: int | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured, from 0 to 100 a person and week. `edges` are the last values of each lower band.

    One that is a time has no edges: it is the median of a week's cases or erasures, in minutes.
    """

    code: str
    title: str
    unit: str
    edges: tuple[int, ...]
    good: str  # which way is good, in words
    is_time: bool = False

    def band(self, value: float) -> int:
        return sum(value > edge for edge in self.edges)


MEASURES: Final = (
    Measure("distress", "Distress", "of 100 (ten points each)", (30, 60), "lower is better"),
    Measure("daily", "How the days were", "of 100", (33, 66), "higher is better"),
    Measure("load", "Listening minutes used, of those the policy allows", "%", (33, 66), "lower is better"),
    Measure("heavy", "Exposure: the share of the listening that was heavy", "%", (33, 66), "lower is better"),
    Measure("breaks", "Breaks that lasted their whole length", "%", (33, 66), "higher is better"),
)
TIMES: Final = (
    Measure("acknowledged", "From a report to somebody who took it on", "minutes, median", (), "lower is better", True),
    Measure("decided", "From a report to its decision", "minutes, median", (), "lower is better", True),
    Measure("erased", "From an order to its certificate of erasure", "minutes, median", (), "lower is better", True),
)
BY_CODE: Final = {measure.code: measure for measure in (*MEASURES, *TIMES)}

Group = Mapping[UUID, float]  # person -> their value of the week
Shown = Mapping[UUID | None, frozenset[str]]  # one week's shown figures -> who counted in each


def figures(groups: Mapping[UUID, Group], band: Callable[[float], int]) -> dict[UUID | None, Figure]:
    """One figure a group, and one of everybody under None. Groups share nobody."""
    everybody = {person: value for group in groups.values() for person, value in group.items()}
    whole = _alone(everybody, {}, band)
    found: dict[UUID | None, Figure] = {None: whole}
    for name, group in groups.items():
        found[name] = _alone(group, _without(everybody, group), band)
    if whole.value is not None:
        _guard_the_rest(found, groups, everybody, band)
    return found


def _alone(group: Group, outside: Group, band: Callable[[float], int]) -> Figure:
    if len(group) < FEWEST:
        return Figure(None, Withheld.TOO_FEW)
    if outside and len(outside) < FEWEST:
        return Figure(None, Withheld.REMAINDER)
    if _alike(group, band) or (outside and _alike(outside, band)):
        return Figure(None, Withheld.ALIKE)
    return Figure(rounded(sum(group.values()) / len(group)))


def _guard_the_rest(
    found: dict[UUID | None, Figure],
    groups: Mapping[UUID, Group],
    everybody: Group,
    band: Callable[[float], int],
) -> None:
    """Everybody's figure minus all the shown groups' must not leave a handful: hide groups, smallest first."""
    shown = sorted((name for name in groups if found[name].value is not None), key=lambda name: len(groups[name]))
    while shown:
        rest: Group = everybody
        for name in shown:
            rest = _without(rest, groups[name])
        if not rest or (len(rest) >= FEWEST and not _alike(rest, band)):
            return
        found[shown.pop(0)] = Figure(None, Withheld.REMAINDER)


def _without(group: Group, other: Group) -> Group:
    return {person: value for person, value in group.items() if person not in other}


def _alike(group: Group, band: Callable[[float], int]) -> bool:
    return len({band(value) for value in group.values()}) < 2


def rounded(value: float) -> int:
    return round(value / STEP) * STEP


def withhold_changed(
    found: Mapping[UUID | None, Figure], people: Shown, earlier: Sequence[Shown]
) -> dict[UUID | None, Figure]:
    """The week's figures without those that subtracted from an earlier week's would leave one to four people.

    `people` says who counts in each figure. What is left of everybody's without a group, and without all of them, is
    compared too: where only such a remainder tells, everybody's figure goes. Hiding more never shows more.
    """
    left = dict(found)
    before = [people for week in earlier for _, people in _derivable(week)]
    while True:
        shown = {name: people[name] for name, figure in left.items() if figure.value is not None}
        pairs = product(_derivable(shown), before)
        telling = [name for (name, now), then in pairs if _tells(now, then)][:1]
        if not telling:
            return left
        left[telling[0]] = Figure(None, Withheld.CHANGED)


def _tells(now: frozenset[str], then: frozenset[str]) -> bool:
    return abs(len(now) - len(then)) < FEWEST and 0 < len(now ^ then) < FEWEST


def _derivable(shown: Shown) -> Iterator[tuple[UUID | None, frozenset[str]]]:
    """Whom a week's figures tell of, by themselves or subtracted from everybody's; each with the figure to hide."""
    yield from shown.items()
    if None in shown:
        groups = [people for name, people in shown.items() if name is not None]
        for group in {*groups, frozenset[str]().union(*groups)}:
            yield None, shown[None] - group


def median_minutes(lengths: Sequence[float]) -> Figure:
    """The median of lengths in seconds, as whole minutes rounded to five, if there are five at least."""
    if len(lengths) < FEWEST:
        return Figure(None, Withheld.TOO_FEW)
    return Figure(rounded(median(lengths) / 60))
