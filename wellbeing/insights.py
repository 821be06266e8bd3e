"""Which group figures may be shown, and how coarse. Pure.

Suppression, in this order: fewer than five people in the group; fewer than five in what remains outside it; everybody
in one band (then the figure would tell each one's answer), inside or outside; groups that together leave a remainder
of fewer than five. What is left is rounded to five points. A week is frozen once (see the action), so within it nobody
can subtract a group before from the same group after somebody left; between weeks the answers themselves are others.

Origins: thresholds of five and the check of the remainder
are employee-survey practice (Viva Glint, Culture Amp); homogeneity, freezing and rounding are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

FEWEST: Final = 5
STEP: Final = 5


class Withheld(StrEnum):
    TOO_FEW = "too_few"
    REMAINDER = "remainder"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Figure:
    """A rounded mean from 0 to 100, or the reason why there is none."""

    value: int | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured, from 0 to 100 a person and week. `edges` are the last values of each lower band."""

    code: str
    title: str
    unit: str
    edges: tuple[int, ...]
    good: str  # which way is good, in words

    def band(self, value: float) -> int:
        return sum(value > edge for edge in self.edges)


MEASURES: Final = (
    Measure("distress", "Distress", "of 100 (ten points each)", (30, 60), "lower is better"),
    Measure("daily", "How the days were", "of 100", (33, 66), "higher is better"),
    Measure("load", "Listening minutes used, of those the policy allows", "%", (33, 66), "lower is better"),
    Measure("heavy", "Share of the listening that was heavy", "%", (33, 66), "lower is better"),
    Measure("breaks", "Breaks that lasted their whole length", "%", (33, 66), "higher is better"),
)
BY_CODE: Final = {measure.code: measure for measure in MEASURES}

Group = Mapping[UUID, float]  # person -> their value of the week


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
