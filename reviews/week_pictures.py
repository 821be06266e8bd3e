"""A week of planned shifts as plain numbers: where a bar stands in an SVG of a fixed size. Pure; templates draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from project.accounts.models import User
from reviews.localtimes import LocalDay, place
from reviews.models import PlannedShift

DAY: Final = 150  # width of a day
NAMES: Final = 150  # width of the column of names
HEAD: Final = 40
ROW: Final = 46
BAR: Final = 34
NARROW: Final = 40  # a bar that is narrower holds no words
NIGHT_FROM, NIGHT_UNTIL = timedelta(hours=-2), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Column:
    day: LocalDay
    x: int

    @property
    def middle(self) -> int:
        return self.x + DAY // 2

    @property
    def width(self) -> int:
        return DAY


@dataclass(frozen=True, slots=True)
class Bar:
    plan_id: UUID
    begins: datetime
    ends: datetime
    length: str
    x: int
    y: int
    width: int

    @property
    def height(self) -> int:
        return BAR

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def upper(self) -> int:
        return self.y + 14

    @property
    def lower(self) -> int:
        return self.y + 28

    @property
    def has_words(self) -> bool:
        return self.width >= NARROW


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    y: int
    bars: list[Bar]

    @property
    def text_y(self) -> int:
        return self.y + ROW // 2 + 5

    @property
    def rule(self) -> int:
        return self.y + ROW


@dataclass(frozen=True, slots=True)
class Night:
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    columns: list[Column]
    nights: list[Night]
    rows: list[Row]
    now_x: int | None

    @property
    def inner_height(self) -> int:
        return self.height - HEAD


@dataclass(frozen=True, slots=True)
class Line:
    """The same in words: one day and what is planned on it."""

    day: LocalDay
    plans: list[PlannedShift]


def picture(members: Sequence[User], plans: Sequence[PlannedShift], week: list[LocalDay], now: datetime) -> Picture:
    """One row a person, in the order of names and of nothing else. Who has no plan has an empty row."""
    people = {person.pk: person for person in (*members, *(plan.person for plan in plans))}
    ordered = sorted(people.values(), key=lambda person: (person.display_name, str(person.pk)))
    rows = []
    for index, person in enumerate(ordered):
        y = HEAD + index * ROW
        bars = [_bar(plan, week, y) for plan in plans if plan.person_id == person.pk]
        rows.append(Row(person.display_name, y, bars))
    is_this_week = week[0].begins <= now < week[-1].ends
    return Picture(
        width=NAMES + 7 * DAY, height=HEAD + max(1, len(rows)) * ROW,
        columns=[Column(day, NAMES + index * DAY) for index, day in enumerate(week)],
        nights=_nights(week), rows=rows, now_x=_x(now, week) if is_this_week else None,
    )  # fmt: skip


def _bar(plan: PlannedShift, week: list[LocalDay], y: int) -> Bar:
    x = _x(plan.starts_at, week)
    width = max(4, _x(plan.ends_at, week) - x)
    return Bar(plan.pk, plan.starts_at, plan.ends_at, plan.length_in_words, x, y + (ROW - BAR) // 2, width)


def _nights(week: list[LocalDay]) -> list[Night]:
    """From ten in the evening to six in the morning; the week's edges cut the first and the last."""
    midnights = [*(day.begins for day in week), week[-1].ends]
    spans = [(_x(at + NIGHT_FROM, week), _x(at + NIGHT_UNTIL, week)) for at in midnights]
    return [Night(begins, ends - begins) for begins, ends in spans if ends > begins]


def _x(at: datetime, week: list[LocalDay]) -> int:
    return NAMES + round(place(at, week) * DAY)


def lines_of(plans: Sequence[PlannedShift], week: list[LocalDay]) -> list[Line]:
    """By the day on which a shift begins; one that began before the week stands on its first day."""
    found = []
    for day in week:
        is_first = day is week[0]
        mine = [p for p in plans if (is_first or p.starts_at >= day.begins) and p.starts_at < day.ends]
        found.append(Line(day, mine))
    return found
