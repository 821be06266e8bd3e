"""Once a week, turn what people did and said into group figures, and freeze them as they will be shown.

Answers are opened in memory for that, one person after the other, and nothing of one person is kept, logged or
returned. A week is frozen once and never counted again, so nobody can watch a figure move as people join and leave.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate

from project import vault
from project.accounts.access import Role
from project.accounts.models import Team, User
from wellbeing.access import supervised_teams
from wellbeing.actions.checkins import opened
from wellbeing.actions.pace import policies_of_teams
from wellbeing.group_times import lengths_of
from wellbeing.insights import BY_CODE, TIMES, Shown, figures, median_minutes, withhold_changed
from wellbeing.instruments import DAILY, DISTRESS
from wellbeing.limits import HEAVY_FROM, listening_minutes
from wellbeing.models import Break, CheckIn, Cohort, Heard, WeeklyFigure

log = structlog.get_logger(__name__)
WEEK = timedelta(days=7)
TRACES_KEPT = timedelta(days=90)
FREEZE_LOCK = 0x0EA2_50F7

Values = dict[UUID, float]  # person -> value from 0 to 100


def monday_of(now: datetime) -> date:
    today = now.astimezone(UTC).date()
    return today - timedelta(days=today.weekday())


def freeze_last_week(*, now: datetime) -> bool:
    """Freeze the week that ended last Monday, unless it is. True when it was frozen now."""
    return freeze_week(monday_of(now) - WEEK, now=now)


def freeze_week(week: date, *, now: datetime) -> bool:
    """One transaction, one winner: the advisory lock keeps a second worker from counting at the same time."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FREEZE_LOCK])
        if monday_of(now) <= week or WeeklyFigure.objects.filter(week=week).exists():
            return False
        teams = dict(User.objects.filter(is_active=True).exclude(team=None).values_list("pk", "team_id"))
        rows = [row for code, values in _measured(week).items() for row in _rows(week, code, values, teams)]
        rows += _times(week)
    log.info("insights.frozen", week=week.isoformat(), figures=len(rows))
    return True


def _rows(week: date, code: str, values: Values, teams: dict[UUID, UUID]) -> list[WeeklyFigure]:
    """One measure's figures, written, with who counted in those that are shown."""
    groups: dict[UUID, Values] = defaultdict(dict)
    for person, value in values.items():
        if person in teams:
            groups[teams[person]][person] = value
    names = {person: _digest(person) for group in groups.values() for person in group}
    counted: dict[UUID | None, frozenset[str]] = {None: frozenset(names.values())}
    counted.update({team: frozenset(names[person] for person in group) for team, group in groups.items()})
    found = withhold_changed(figures(groups, BY_CODE[code].band), counted, _shown_before(week, code))
    rows = [
        WeeklyFigure(week=week, team_id=team, measure=code, value=figure.value, withheld=figure.withheld)
        for team, figure in found.items()
    ]
    WeeklyFigure.objects.bulk_create(rows)
    shown = [row for row in rows if row.value is not None]
    Cohort.objects.bulk_create([Cohort(figure=row, people=sorted(counted[row.team_id])) for row in shown])
    return rows


def _digest(person_id: UUID) -> str:
    return vault.lookup_hmac("insights.cohort", str(person_id)).hex()


def _shown_before(week: date, code: str) -> list[Shown]:
    """Who counted in the shown figures of this measure, week by week, as far back as the pages go."""
    weeks: dict[date, dict[UUID | None, frozenset[str]]] = defaultdict(dict)
    rows = Cohort.objects.filter(figure__measure=code).exclude(figure__week=week)
    for when, team, people in rows.values_list("figure__week", "figure__team", "people"):
        weeks[when][team] = frozenset(people)
    return list(weeks.values())


def _times(week: date) -> list[WeeklyFigure]:
    """The median times of what ended in the week, of everybody only."""
    begins = datetime.combine(week, time(), tzinfo=UTC)
    found = {measure.code: median_minutes(lengths_of(measure.code, begins, begins + WEEK)) for measure in TIMES}
    rows = [
        WeeklyFigure(week=week, measure=code, value=one.value, withheld=one.withheld) for code, one in found.items()
    ]
    return WeeklyFigure.objects.bulk_create(rows)


def _measured(week: date) -> dict[str, Values]:
    begins = datetime.combine(week, time(), tzinfo=UTC)
    ends = begins + WEEK
    said = _said(begins, ends)
    return {
        "distress": said[DISTRESS.code],
        "daily": said[DAILY.code],
        "load": _load(begins, ends),
        "heavy": _heavy(begins, ends),
        "breaks": _breaks(begins, ends),
    }


def _said(begins: datetime, ends: datetime) -> dict[str, Values]:
    """Each person's mean score of the week, as a share of the scale's greatest. Published scales stay out of it."""
    found: dict[str, Values] = {DISTRESS.code: {}, DAILY.code: {}}
    sealed: dict[UUID, list[CheckIn]] = defaultdict(list)
    for row in CheckIn.objects.filter(at__gte=begins, at__lt=ends, kind__in=found):
        sealed[row.person_id].append(row)
    for person, rows in sealed.items():
        answers = opened(rows)
        for kind, values in found.items():
            shares = [100 * answer.score / answer.out_of for answer in answers if answer.kind == kind]
            if shares:
                values[person] = sum(shares) / len(shares)
    return found


def _heard(begins: datetime, ends: datetime) -> Any:
    return Heard.objects.filter(last_at__gte=begins, last_at__lt=ends).values("person_id")


def _load(begins: datetime, ends: datetime) -> Values:
    """Minutes at work with clips, of the minutes the policy allows on the days that the person worked."""
    team_of = dict(User.objects.exclude(team=None).values_list("pk", "team_id"))
    policies = policies_of_teams()
    rows = _heard(begins, ends).annotate(
        ms=Sum(F("spent_ms")), days=Count(TruncDate("last_at", tzinfo=UTC), distinct=True)
    )
    found = {}
    for row in rows:
        policy = policies[team_of.get(row["person_id"])]
        allowed = row["days"] * listening_minutes(policy, policy.shift_minutes) * 60_000
        found[row["person_id"]] = min(100.0, 100 * row["ms"] / allowed) if allowed else 100.0
    return found


def _heavy(begins: datetime, ends: datetime) -> Values:
    heavy = Sum("heard_ms", filter=Q(severity__gte=HEAVY_FROM), default=0)
    rows = _heard(begins, ends).annotate(ms=Sum("heard_ms"), heavy_ms=heavy)
    return {row["person_id"]: 100 * row["heavy_ms"] / row["ms"] for row in rows if row["ms"]}


def _breaks(begins: datetime, ends: datetime) -> Values:
    """How many of the screen breaks that were begun lasted to their end; a minute's haste does not count."""
    taken = Break.objects.filter(began_at__gte=begins, began_at__lt=ends, kind=Break.Kind.SCREEN)
    whole = Q(ended_at=None) | Q(ended_at__gte=F("ends_at") - timedelta(minutes=1))
    rows = taken.values("person_id").annotate(all=Count("pk"), whole=Count("pk", filter=whole))
    return {row["person_id"]: 100 * row["whole"] / row["all"] for row in rows}


def published_to(user: User) -> list[WeeklyFigure]:
    """What this person may see: a supervisor everybody's and their own teams', a works council every team's."""
    return published(list(Team.objects.all()) if user.has_role(Role.WORKS_COUNCIL) else supervised_teams(user))


def published(teams: list[Team], *, weeks: int = 12) -> list[WeeklyFigure]:
    """The frozen figures of everybody and of these teams, newest week first."""
    newest = list(WeeklyFigure.objects.order_by("-week").values_list("week", flat=True).distinct()[:weeks])
    rows = WeeklyFigure.objects.filter(week__in=newest).filter(Q(team=None) | Q(team__in=teams))
    return list(rows.select_related("team").order_by("-week", F("team__name").asc(nulls_first=True), "measure"))


def delete_old_traces(*, now: datetime) -> int:
    """What was heard and when breaks were taken is a person's own, and lives 90 days like an answer; so does who
    counted in a figure. The figures stay."""
    before = now - TRACES_KEPT
    with transaction.atomic(durable=True):
        heard, _ = Heard.objects.filter(last_at__lt=before).delete()
        Break.objects.filter(began_at__lt=before).delete()
        Cohort.objects.filter(figure__week__lt=before.date()).delete()
    return heard
