"""Some weeks of made-up history for made-up people, so that a demo's pictures and group figures show something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db import transaction

from project import vault
from project.accounts.models import User
from wellbeing.actions.checkins import KEPT, sealed_field
from wellbeing.actions.insights import WEEK, freeze_week, monday_of
from wellbeing.actions.personal_keys import own_key
from wellbeing.day import Source
from wellbeing.instruments import DAILY, DISTRESS, Scale
from wellbeing.models import Break, CheckIn, Heard

WEEKS = 6
HALF_DAY_MS = 150 * 60_000


def live_some_weeks(people: Sequence[User], *, now: datetime) -> int:
    """Give each person six past weeks, once, and freeze those weeks' figures. How many people it was."""
    fresh = [person for person in people if not Heard.objects.filter(person=person).exists()]
    for number, person in enumerate(fresh):
        _live(person, Random(number), now)  # noqa: S311  # a demo's weather, no secret
    for ago in range(WEEKS, 0, -1):
        freeze_week(monday_of(now) - ago * WEEK, now=now)
    return len(fresh)


def _live(person: User, dice: Random, now: datetime) -> None:
    object_id = own_key(person.pk)
    key = vault.data_key(object_id)
    days = [now - timedelta(days=ago) for ago in range(7 * WEEKS, 0, -1)]
    working = [day for day in days if day.weekday() < 5]
    with transaction.atomic(durable=True):
        Heard.objects.bulk_create([row for day in working for row in _heard(person, dice, day)])
        Break.objects.bulk_create([row for day in working for row in _breaks(person, dice, day)])
        CheckIn.objects.bulk_create([row for day in working[::2] for row in _said(person, dice, day, object_id, key)])


def _heard(person: User, dice: Random, day: datetime) -> Iterable[Heard]:
    for hours in (0, 3):
        at = day + timedelta(hours=hours - 4)
        spent = round(HALF_DAY_MS * dice.uniform(0.4, 1.0))
        severity = dice.choices((0, 1, 2, 3), (60, 28, 10, 2))[0]
        row = Heard(person=person, source_id=UUID(int=dice.getrandbits(128), version=4), first_at=at)
        row.take(Source(at, 0, spent // 4, spent, severity, settled=True), at + timedelta(milliseconds=spent))
        yield row


def _breaks(person: User, dice: Random, day: datetime) -> Iterable[Break]:
    for hours in (1, 2, 4):
        at = day + timedelta(hours=hours - 4)
        length = timedelta(minutes=dice.choice((10, 10, 10, 12, 6)))
        kind = Break.Kind.SCREEN
        yield Break(person=person, kind=kind, began_at=at, ends_at=at + timedelta(minutes=10), ended_at=at + length)


def _said(person: User, dice: Random, day: datetime, object_id: UUID, key: vault.Key) -> Iterable[CheckIn]:
    mood = dice.gauss(0, 1)
    distress = {"distress": min(10, max(0, round(3.5 - 2 * mood)))}
    daily = {item: min(4, max(0, round(2 + (-mood if item in DAILY.reverse else mood)))) for item in DAILY.items}
    for scale, answers in ((DISTRESS, distress), (DAILY, daily)):
        yield _sealed(person, scale, answers, day, object_id, key)


def _sealed(
    person: User, scale: Scale, answers: dict[str, int], at: datetime, object_id: UUID, key: vault.Key
) -> CheckIn:
    row = CheckIn(person=person, kind=scale.code, at=at, expires_at=at + KEPT)
    words = json.dumps({"answers": answers, "score": scale.score(answers)})
    row.sealed_answers = vault.seal_text(object_id, sealed_field(row.pk), words, key=key)
    return row
