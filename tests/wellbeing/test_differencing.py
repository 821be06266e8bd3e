"""Ten thousand pairs of questions, weeks of joins and leaves, and somebody who subtracts: they learn nobody's answer.

The attacker knows who was in which team in which week and who answered, and assumes the best for an attack: that nobody
ever changed an answer. Each figure then bounds a sum of answers, and two figures bound the difference of two sums.
Somebody's answer is learned when only one answer, or one band of answers, fits the bounds. Two controls show that the
attack works: on exact figures of every group, and on figures that are guarded within a week only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from wellbeing.insights import BY_CODE, STEP, Figure, Shown, figures, withhold_changed

BAND = BY_CODE["distress"].band
ANSWERS = range(0, 101, 10)
Teams = dict[UUID, dict[UUID, float]]
Rule = Callable[[Teams, list[Shown]], dict[UUID | None, Figure]]


@dataclass(frozen=True)
class Told:
    """What one published figure tells: whose answers, and between which sums they lie."""

    people: frozenset[UUID]
    least: float
    most: float


NOTHING = Told(frozenset(), 0, 0)


def everything(teams: Teams, earlier: list[Shown]) -> dict[UUID | None, Figure]:
    everybody = [value for team in teams.values() for value in team.values()]
    means = {name: sum(team.values()) / len(team) for name, team in teams.items() if team}
    return {name: Figure(round(mean)) for name, mean in means.items()} | {None: Figure(round(sum(everybody)))}


def within_a_week(teams: Teams, earlier: list[Shown]) -> dict[UUID | None, Figure]:
    return figures(teams, BAND)


def as_published(teams: Teams, earlier: list[Shown]) -> dict[UUID | None, Figure]:
    return withhold_changed(figures(teams, BAND), names_of(teams), earlier)


def names_of(teams: Teams) -> dict[UUID | None, frozenset[str]]:
    named: dict[UUID | None, frozenset[str]] = {team: frozenset(map(str, people)) for team, people in teams.items()}
    return named | {None: frozenset[str]().union(*named.values())}


class World:
    """Three teams, whose people come, leave and change team; everybody answers the same all the time."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.numbers = dice, iter(range(10**9))
        self.teams: Teams = {self.uuid(): {} for _ in range(3)}
        for team in self.teams.values():
            for _ in range(dice.randint(3, 14)):
                self.joins(team)

    def uuid(self) -> UUID:
        return UUID(int=next(self.numbers) + 1)

    def joins(self, team: dict[UUID, float]) -> None:
        team[self.uuid()] = float(self.dice.choice(ANSWERS))

    def a_week_passes(self) -> None:
        for team in self.teams.values():
            for _ in range(self.dice.choice((0, 0, 0, 1, 1, 2, 5, 6))):
                self.joins(team)
            for person in self.dice.sample(sorted(team), min(len(team), self.dice.choice((0, 0, 0, 1, 1, 3, 6)))):
                answer = team.pop(person)
                if self.dice.random() < 0.3:
                    self.dice.choice(list(self.teams.values()))[person] = answer


def published(dice: random.Random, rule: Rule, *, weeks: int = 5) -> list[Told]:
    """Everything that is ever shown of one small organisation."""
    world, shown, told = World(dice), list[Shown](), list[Told]()
    for _ in range(weeks):
        teams = {name: dict(team) for name, team in world.teams.items()}
        everybody = {person: value for team in teams.values() for person, value in team.items()}
        found = {name: one for name, one in rule(teams, shown).items() if one.value is not None}
        told += [read(everybody if name is None else teams[name], one, rule) for name, one in found.items()]
        shown.append({name: people for name, people in names_of(teams).items() if name in found})
        world.a_week_passes()
    return told


def read(group: dict[UUID, float], figure: Figure, rule: Rule) -> Told:
    """The control gives out exact means; what is published is rounded to five."""
    count = len(group)
    if rule is everything:
        return Told(frozenset(group), sum(group.values()), sum(group.values()))
    assert figure.value is not None
    assert figure.value % STEP == 0
    return Told(frozenset(group), count * (figure.value - STEP / 2), count * (figure.value + STEP / 2))


def learns(one: Told, other: Told) -> bool:
    """Whether subtracting leaves somebody with one possible answer, or with answers of one band only."""
    more, less = one.people - other.people, other.people - one.people
    least, most = one.least - other.most, one.most - other.least
    if len(more) + len(less) == 1:
        possible = [answer for answer in ANSWERS if least - 1e-6 <= (answer if more else -answer) <= most + 1e-6]
        return len({BAND(answer) for answer in possible}) == 1
    top, bottom = 100 * len(more), -100 * len(less)
    return bool(more or less) and (least > top - ANSWERS.step or most < bottom + ANSWERS.step)


def attack(rule: Rule, *, pairs: int) -> tuple[int, int]:
    """How many pairs were tried, and how many told of somebody. The same dice for every rule."""
    tried = learned = 0
    for seed in range(10_000):
        for one, other in questions(published(random.Random(seed), rule)):
            tried += 1
            learned += learns(one, other)
        if tried >= pairs:
            break
    return tried, learned


def questions(told: list[Told]) -> Iterator[tuple[Told, Told]]:
    yield from ((one, NOTHING) for one in told)
    yield from combinations(told, 2)


def test_ten_thousand_pairs_over_weeks_of_joins_and_leaves_learn_nobodys_answer() -> None:
    tried, learned = attack(as_published, pairs=10_000)
    assert tried >= 10_000
    assert learned == 0


def test_control_the_same_attack_learns_a_lot_from_figures_without_suppression() -> None:
    tried, learned = attack(everything, pairs=10_000)
    assert learned > tried / 100


def test_control_it_learns_something_where_weeks_are_not_compared() -> None:
    _, learned = attack(within_a_week, pairs=30_000)
    assert learned > 0
