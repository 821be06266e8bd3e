"""Group figures for supervisors and works councils, as pictures with their numbers, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from project.accounts.access import Can, needs
from wellbeing import pictures
from wellbeing.actions.insights import published_to
from wellbeing.insights import BY_CODE, FEWEST, MEASURES, TIMES, Measure
from wellbeing.models import WeeklyFigure
from wellbeing.views.today import me

WHY = {
    "too_few": "Fewer than five people.",
    "remainder": "Fewer than five people would be left outside the group.",
    "alike": "The answers were too alike to be shown.",
    "changed": "Too few people came or went since an earlier week: the difference would tell of one to four.",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One measure of one group over the weeks, oldest first."""

    measure: Measure
    weeks: list[tuple[date, int | None, str]]

    @property
    def picture(self) -> pictures.Trend:
        return pictures.trend([value for _, value, _ in self.weeks], most=1 if self.measure.is_time else 100)

    @property
    def latest(self) -> tuple[date, int | None, str]:
        return self.weeks[-1]


@dataclass(frozen=True, slots=True)
class Scope:
    name: str
    series: list[Series]


@require_safe
@needs(Can.INSIGHTS)
def insights(request: HttpRequest) -> HttpResponse:
    rows = published_to(me(request))
    context = {"scopes": list(_scopes(rows)), "fewest": FEWEST}
    return render(request, "wellbeing/insights.html", context)


def _scopes(rows: list[WeeklyFigure]) -> Iterable[Scope]:
    def by_team(row: WeeklyFigure) -> tuple[str, str]:
        return ("", "Everybody") if row.team is None else ("team", row.team.name)

    for (_, name), found in groupby(sorted(rows, key=by_team), key=by_team):
        of_team = list(found)
        yield Scope(name, [series for measure in (*MEASURES, *TIMES) if (series := _series(measure, of_team))])


def _series(measure: Measure, rows: list[WeeklyFigure]) -> Series | None:
    found = sorted((row for row in rows if row.measure == measure.code), key=lambda row: row.week)
    why = WHY | {"too_few": "Fewer than five ended in that week."} if measure.is_time else WHY
    return Series(measure, [(row.week, row.value, why.get(row.withheld, "")) for row in found]) if found else None


@require_safe
@needs(Can.INSIGHTS)
def insights_file(request: HttpRequest) -> HttpResponse:
    """The same figures as CSV, with the reason where one is withheld."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="insights.csv"'
    sheet = csv.writer(answer)
    sheet.writerow(["week", "group", "measure", "unit", "value", "withheld"])
    for row in published_to(me(request)):
        group = row.team.name if row.team else "everybody"
        measure = BY_CODE[row.measure]
        sheet.writerow([row.week, _plain(group), measure.title, measure.unit, row.value, row.withheld])
    return answer


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
