"""What pace and exposure ask of a person's rows, as statements that travel together with others (project.statements).

Built from the models, so that a new column of a policy or of the day comes along by itself. Whoever sends `person`
after a statement that waits for a lock gets the rows as they are then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import models

from project.statements import Statement, columns, made, together
from wellbeing.day import Day, Source
from wellbeing.limits import Policy, Preferences, gentlest
from wellbeing.models import Heard, WellbeingPolicy, WellbeingPreferences, WorkingDay

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
def _policies() -> str:
    return (
        f"SELECT {columns(WellbeingPolicy, 'own')} FROM wellbeing_policy AS own "  # noqa: S608  # the same
        "WHERE team_id IS NULL OR team_id = (SELECT team_id FROM accounts_user WHERE id = %s)"
    )


@cache
def _keep_day() -> str:
    names = ", ".join(_names(WorkingDay))
    return (
        f"UPDATE wellbeing_workingday SET ({names}) = "  # noqa: S608  # the same
        f"(SELECT {names} FROM jsonb_populate_record(NULL::wellbeing_workingday, %s::jsonb)) WHERE person_id = %s"
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
        f"SELECT {listed} FROM jsonb_populate_record(NULL::wellbeing_heard, %s::jsonb) "
        f"ON CONFLICT (person_id, source_id) DO UPDATE SET {changed}"
    )
