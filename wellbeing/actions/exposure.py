"""Count what people really hear, and tell them.

`note_sound` and `settle` are called inside other people's transactions: plain functions that lock the person's
working day, last of all locks, and write two rows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate

from project.accounts.models import User
from project.statements import Statement, together
from wellbeing.actions.pace import day_of
from wellbeing.day import Source, after_sound
from wellbeing.limits import HEAVY_FROM
from wellbeing.loading import Hearing, kept, lock
from wellbeing.models import Heard
from wellbeing.pictures import Amount

MOST_MS_A_CALL = 12 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Span:
    """Sound heard in a span of time: whole seconds, and seconds times how heavy it was (0-3, unknown as 1)."""

    seconds: int
    weighted: int
    heavy_seconds: int


@dataclass(frozen=True, slots=True)
class Exposure:
    hour: Span
    shift: Span
    seven_days: Span

    def as_json(self) -> dict[str, dict[str, int]]:
        return asdict(self)


def note_sound(
    person_id: UUID,
    source_id: UUID,
    *,
    served_ms: int | None = None,
    heard_ms: int | None = None,
    severity: int | None = None,
    now: datetime,
) -> None:
    """Count sound of one hearing (a lease, an opening of evidence).

    `served_ms`: the sound in this answer, added up; it counts as heard until the player reports.
    `heard_ms`: the player's running total of this hearing, replays included; 0 says "fetched ahead, not played".
    `severity`: as predicted; the person's own, once settled, stands.
    """
    with transaction.atomic(savepoint=False):
        hearing = lock(person_id, source_id)
        before, after = _so_far(hearing, now)
        if not after.settled and severity is not None:
            after = replace(after, severity=severity)
        if served_ms is not None:
            after = after.served(min(served_ms, MOST_MS_A_CALL))
        if heard_ms is not None:
            after = after.reported(min(heard_ms, MOST_MS_A_CALL), now, hearing.person.day.last_work_at)
        together(*_kept(hearing, before, after, now))


def settle(source_id: UUID, person_id: UUID, severity: int | None, now: datetime) -> None:
    """The person has said how heavy it was: from now on that counts, for all that was heard of it."""
    if severity is None:
        return
    decide(source_id, person_id, severity, None, now)


def decide(source_id: UUID, person_id: UUID, severity: int, heard_ms: int | None, now: datetime) -> None:
    """The same, with the player's last report before it where there is one."""
    with transaction.atomic(savepoint=False):
        statements = decided(lock(person_id, source_id), severity, heard_ms, now)
        if statements:
            together(*statements)


def decided(hearing: Hearing, severity: int, heard_ms: int | None, now: datetime) -> tuple[Statement, ...]:
    """What `decide` writes, for a caller who sends it together with other statements; the day is locked already."""
    person, (before, after) = hearing.person, _so_far(hearing, now)
    day, known = person.day, before
    if heard_ms is not None:
        after = after.reported(min(heard_ms, MOST_MS_A_CALL), now, day.last_work_at)
        day, after = after_sound(day, person.rules, hearing.source_id, before, after, now)
        before = after
    after = replace(after, severity=severity, settled=True)
    if before != after:
        day, after = after_sound(day, person.rules, hearing.source_id, before, after, now)
    return kept(hearing, day, after, now) if known != after or day != person.day else ()


def _so_far(hearing: Hearing, now: datetime) -> tuple[Source | None, Source]:
    before = hearing.heard.as_source() if hearing.heard else None
    return before, before or Source(first_at=now)


def _kept(hearing: Hearing, before: Source | None, after: Source, now: datetime) -> tuple[Statement, ...]:
    person = hearing.person
    moved, after = after_sound(person.day, person.rules, hearing.source_id, before, after, now)
    return kept(hearing, moved, after, now)


def exposure_of(person_id: UUID, now: datetime) -> Exposure:
    """The rolling hour, the shift, and seven days. A hearing counts where it ended.

    Who is on no shift (who hears evidence, or went home) has the working day so far instead.
    """
    day = day_of(person_id)
    began = now if day.began_at is None or day.is_over(now) else day.began_at
    began = min(day.shift_began_at or began, now)
    starts = {"hour": now - timedelta(hours=1), "shift": began, "seven_days": now - timedelta(days=7)}
    sums = {}
    for name, start in starts.items():
        since = Q(last_at__gte=start)
        sums[f"{name}_seconds"] = Sum("heard_ms", filter=since, default=0)
        sums[f"{name}_weighted"] = Sum("weighted_ms", filter=since, default=0)
        sums[f"{name}_heavy_seconds"] = Sum("heard_ms", filter=since & Q(severity__gte=HEAVY_FROM), default=0)
    first = min(starts.values())
    found = Heard.objects.filter(person_id=person_id, last_at__gte=first, last_at__lte=now).aggregate(**sums)
    spans = {
        name: Span(*(found[f"{name}_{part}"] // 1000 for part in ("seconds", "weighted", "heavy_seconds")))
        for name in starts
    }
    return Exposure(**spans)


def week_of(person: User, now: datetime) -> list[Amount]:
    """Minutes heard on each of the last seven days of the person's own calendar, today last. For the person only."""
    zone = zone_of(person)
    today = now.astimezone(zone).date()
    begins = datetime.combine(today - timedelta(days=6), time(), tzinfo=zone)
    rows = Heard.objects.filter(person=person, last_at__gte=begins).annotate(on=TruncDate("last_at", tzinfo=zone))
    heavy = Sum("heard_ms", filter=Q(severity__gte=HEAVY_FROM), default=0)
    found = {row["on"]: row for row in rows.values("on").annotate(ms=Sum("heard_ms"), heavy_ms=heavy)}
    days = [today - timedelta(days=ago) for ago in range(6, -1, -1)]
    nothing = {"ms": 0, "heavy_ms": 0}
    return [
        Amount(f"{day:%a}", _minutes(found.get(day, nothing)["ms"]), _minutes(found.get(day, nothing)["heavy_ms"]))
        for day in days
    ]


def zone_of(person: User) -> ZoneInfo:
    """The person's time zone; UTC where the account names one that does not exist."""
    try:
        return ZoneInfo(person.time_zone)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def _minutes(ms: int) -> int:
    """Whole minutes, begun ones counted."""
    return -(-ms // 60_000)
