"""What pace and exposure ask of a person's rows, as statements that travel together with others (project.statements).

Built from the models, so that a new column of a policy or of the day comes along by itself. Whoever sends `person`
after a statement that waits for a lock gets the rows as they are then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import models

from project.statements import ALWAYS, Statement, columns, made, together
from wellbeing.day import Day, Source
from wellbeing.limits import FIELDS, Policy, Preferences, gentlest
from wellbeing.models import Heard, WellbeingPolicy, WellbeingPreferences, WorkingDay
from wellbeing.models.exposure import DAY_FIELDS
from wellbeing.models.preferences import WISHES

# The person's day is the last lock anybody takes (after clip, lease, shift and case), so it can wait for nothing else.
LOCK: Final = " FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Person:
    """The limits that hold for a person, as rows say them, and their day so far."""

    policy: Policy
    preferences: Preferences
    day: Day

    @classmethod
    def of(cls, policies: list[Any], preferences: list[Any], days: list[Any]) -> Person:
        """From the rows of `person`'s statements."""
        policy = gentlest(made(WellbeingPolicy, row).as_policy() for row in policies)
        own = made(WellbeingPreferences, preferences[0]).as_preferences() if preferences else Preferences.none()
        return cls(policy, own, made(WorkingDay, days[0]).as_day() if days else Day())

    @property
    def rules(self) -> Policy:
        """Organisation, team and own wishes; what a running shift was planned with lies in the day."""
        return self.policy.made_gentler_by(self.preferences)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A person and what they heard of one source so far; None before the first sound. Their day is locked."""

    person: Person
    person_id: UUID
    source_id: UUID
    heard: Heard | None


def person(person_id: UUID) -> tuple[Statement, Statement, Statement]:
    """Policies, preferences, day."""
    return (
        (_policies(), [person_id]),
        (_by_person(WellbeingPreferences), [person_id]),
        (_by_person(WorkingDay), [person_id]),
    )


def load(person_id: UUID) -> Person:
    """In one round trip."""
    return Person.of(*together(*person(person_id)))


@cache
def seen_with() -> str:
    """The same in one row, for the select list of a statement whose FROM has `me` (id) and, if any, `day`."""
    days = ", ".join(f"day.{name}" for name in DAY_FIELDS)
    return (
        f"(SELECT json_agg(own)::text FROM ({_policies('me.id')}) AS own), "  # noqa: S608  # our own names
        "(SELECT row_to_json(own)::text FROM wellbeing_wellbeingpreferences AS own WHERE person_id = me.id), "
        f"day.xmin, {days}"
    )


WIDTH: Final = 3 + len(DAY_FIELDS)
"""How many columns that is."""
DAY: Final = "LEFT JOIN wellbeing_workingday AS day ON day.person_id = me.id"


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as one row showed them; `day_version` tells whether the day is still that one, None where none is."""

    person: Person
    day_version: str | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> Seen:
        policies, preferences, version, *day = row
        own = _preferences(preferences) if preferences else Preferences.none()
        return cls(Person(_policy(policies), own, _day(day) if version else Day()), version)


def _day(values: list[Any]) -> Day:
    if isinstance(values[_LIMITS], str):
        values[_LIMITS] = json.loads(values[_LIMITS])
    return Day(*values)


_LIMITS: Final = DAY_FIELDS.index("shift_limits")


@lru_cache(maxsize=256)
def _policy(rows: str | None) -> Policy:
    """What these rows make of one another; they change a few times a year and are the same for a whole team."""
    return gentlest(Policy(**{name: row[name] for name in FIELDS}) for row in json.loads(rows or "[]"))


@lru_cache(maxsize=4096)
def _preferences(row: str) -> Preferences:
    said = json.loads(row)
    return Preferences(opt_out=frozenset(said["opt_out"]), **{name: said[name] for name in WISHES})


def hearing(person_id: UUID, source_id: UUID) -> tuple[Statement, ...]:
    """The day, locked; then, as they are once the lock is had: the hearing, policies and preferences."""
    day = (_by_person(WorkingDay) + LOCK, [person_id])
    heard = (f"{_by_person(Heard)} AND source_id = %s", [person_id, source_id])
    policies, preferences, _ = person(person_id)
    return day, heard, policies, preferences


def found(person_id: UUID, source_id: UUID, rows: list[Any]) -> Hearing:
    """From the rows of `hearing`'s statements. A person's first sound ever makes the row that is then locked."""
    days, heard, policies, preferences = rows
    if not days:
        WorkingDay.objects.bulk_create([WorkingDay(person_id=person_id)], ignore_conflicts=True)
        days, heard, policies, preferences = together(*hearing(person_id, source_id))
    known = made(Heard, heard[0]) if heard else None
    return Hearing(Person.of(policies, preferences, days), person_id, source_id, known)


def lock(person_id: UUID, source_id: UUID) -> Hearing:
    """In one round trip."""
    return found(person_id, source_id, together(*hearing(person_id, source_id)))


def kept(hearing: Hearing, day: Day, source: Source, now: datetime) -> tuple[Statement, Statement]:
    """Statements that write both rows; the caller holds the day's lock."""
    row = hearing.heard or Heard(person_id=hearing.person_id, source_id=hearing.source_id, first_at=now)
    row.take(source, now)
    said = {name: getattr(row, name) for name in _names(Heard)}
    whole = {name: getattr(day, name) for name in _names(WorkingDay)}
    return (_keep_heard(), [_json(said)]), (_keep_day(), [_json(whole), hearing.person_id])


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, default=lambda value: value.isoformat() if isinstance(value, datetime) else str(value))


@cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    """What is written of a row: for the day all but whose it is, for a hearing all but its number."""
    key = model._meta.pk.attname if model._meta.pk else ""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname != key)


@cache
def _by_person(model: type[models.Model]) -> str:
    return f"SELECT {columns(model, 'own')} FROM {model._meta.db_table} AS own WHERE person_id = %s"  # noqa: S608  # our own names


@cache
def _policies(person: str = "%s") -> str:
    return (
        f"SELECT {columns(WellbeingPolicy, 'own')} FROM wellbeing_policy AS own "  # noqa: S608  # the same
        f"WHERE team_id IS NULL OR team_id = (SELECT team_id FROM accounts_user WHERE id = {person})"
    )


@cache
def _keep_day() -> str:
    names = ", ".join(_names(WorkingDay))
    return (
        f"UPDATE wellbeing_workingday SET ({names}) = "  # noqa: S608  # the same
        f"(SELECT {names} FROM jsonb_populate_record(NULL::wellbeing_workingday, %s::jsonb)) "
        f"WHERE person_id = %s AND {ALWAYS}"
    )


@cache
def _keep_heard() -> str:
    names, changing = (
        _names(Heard),
        [name for name in _names(Heard) if name not in {"person_id", "source_id", "first_at"}],
    )
    listed, changed = ", ".join(names), ", ".join(f"{name} = EXCLUDED.{name}" for name in changing)
    return (
        f"INSERT INTO wellbeing_heard ({listed}) "  # noqa: S608  # the same
        f"SELECT {listed} FROM jsonb_populate_record(NULL::wellbeing_heard, %s::jsonb) WHERE {ALWAYS} "
        f"ON CONFLICT (person_id, source_id) DO UPDATE SET {changed}"
    )
