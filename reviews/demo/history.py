"""Some weeks behind the demo's synthetic people, so that group figures and pictures have something to show.

Rows are written as the actions would have left them, dated back; the weeks are then frozen by the real action.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.utils import timezone

from project import vault
from project.accounts.models import User
from reviews.demo.people import DOMAIN, SYNTHETIC_PER_TEAM, TEAMS
from wellbeing.actions.checkins import seal
from wellbeing.actions.insights import freeze_week, monday_of
from wellbeing.day import Source
from wellbeing.instruments import DAILY, DISTRESS
from wellbeing.models import Break, CheckIn, Heard

WEEKS: Final = 4
SAME_EVERY_TIME: Final = 20190410


def make_history() -> None:
    """Once: people who have a past already are left alone."""
    dice = random.Random(SAME_EVERY_TIME)  # noqa: S311  # a demo's dice, no secret
    this_monday = monday_of(timezone.now())
    for person in _synthetic():
        if Heard.objects.filter(person=person).exists():
            continue
        mornings = [_morning(this_monday, day) for day in range(-7 * WEEKS, 0) if day % 7 < 5]
        keys = vault.create_keys([uuid4() for _ in mornings[::2]], "person").values()
        CheckIn.objects.bulk_create(
            [_check_in(person, key, at, dice) for key, at in zip(keys, mornings[::2], strict=True)]
        )
        Break.objects.bulk_create([_break(person, at, dice) for at in mornings for _ in range(2)])
        load, heavy = dice.uniform(0.15, 1), dice.uniform(0, 0.35)
        rows = [_heard(person, at, number, load, heavy, dice) for at in mornings for number in range(5)]
        Heard.objects.bulk_create(rows)
    for week in range(WEEKS, 0, -1):
        freeze_week(this_monday - timedelta(weeks=week), now=timezone.now())


def _synthetic() -> list[User]:
    names = [f"{slug}{number:02}@{DOMAIN}" for slug, *_ in TEAMS for number in range(1, SYNTHETIC_PER_TEAM + 1)]
    return list(User.objects.filter(email__in=names).order_by("email"))


def _morning(this_monday: object, day: int) -> datetime:
    start = datetime.combine(this_monday, datetime.min.time(), tzinfo=timezone.get_default_timezone())  # type: ignore[arg-type]  # a date
    return start + timedelta(days=day, hours=8)


def _check_in(person: User, key: vault.DataKeyHandle, at: datetime, dice: random.Random) -> CheckIn:
    row = CheckIn(id=key.object_id, person=person, at=at, expires_at=at + timedelta(days=90))
    if dice.random() < 0.5:
        score = min(10, max(0, round(dice.gauss(3.5, 2))))
        row.kind, answers = DISTRESS.code, {DISTRESS.items[0]: score}
    else:
        answers = {item: dice.randint(DAILY.least, DAILY.most) for item in DAILY.items}
        row.kind, score = DAILY.code, DAILY.score(answers)
    seal(row, answers, score, key.key)
    return row


def _break(person: User, morning: datetime, dice: random.Random) -> Break:
    began = morning + timedelta(minutes=dice.randint(50, 480))
    whole = dice.random() < 0.85
    minutes = 10 if whole else dice.randint(3, 8)
    return Break(
        person=person,
        kind=Break.Kind.SCREEN,
        began_at=began,
        ends_at=began + timedelta(minutes=10),
        ended_at=began + timedelta(minutes=minutes),
    )


def _heard(person: User, morning: datetime, number: int, load: float, heavy: float, dice: random.Random) -> Heard:
    """An hour's worth in one row: the demo shows sums, and nobody counts clips. People differ, as people do."""
    at = morning + timedelta(minutes=70 * number + dice.randint(0, 9))
    severity = dice.choice((2, 2, 3)) if dice.random() < heavy else dice.choice((0, 0, 1))
    spent_ms = round(load * dice.uniform(50, 68) * 60_000)
    row = Heard(person=person, source_id=uuid4(), first_at=at)
    row.take(Source(at, 0, round(spent_ms * 0.7), spent_ms, severity, True), at + timedelta(milliseconds=spent_ms))
    return row
