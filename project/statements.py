"""Hand-written SQL for the few places where round trips and the building of queries are what a request costs.

`planned` sends one statement that the server parses and plans once a connection. `together` sends several in one round
trip, in order: each sees what was committed when its own turn came (READ COMMITTED), so a statement after one that
waited for a lock sees what the lock's holder left. Both go through Django's connection: transactions, error classes
and captured queries are as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from psycopg.types.datetime import TimestamptzLoader

from project.prepared import Plans, Row

M = TypeVar("M", bound=models.Model)


def planned(sql: str, params: Mapping[str, Any] | Sequence[Any], *, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """The rows of one statement."""
    connection: Any = _ready(using)
    with connection.wrap_database_errors:
        began = time.monotonic()
        rows = Plans.of(connection.connection).rows(sql, params)
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": f"{time.monotonic() - began:.3f}"})
    return rows


def _ready(using: str) -> Any:
    connection: Any = connections[using]
    if connection.connection is None:
        connection.ensure_connection()
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    return connection


def _cursor(connection: Any, cursor: Any) -> Any:
    """Bare, unless somebody captures queries: Django's wrapper costs as much as a small statement. Times are read by
    the driver's own code in C, which gives what Django's does in Python.
    """
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else cursor


Statement = tuple[str, Sequence[Any]]
"""SQL with %s for each of its values, and these."""


def together(*statements: Statement, using: str = DEFAULT_DB_ALIAS) -> list[Any]:
    """For each statement its rows, or for one that returns none the number of rows that it changed."""
    sql = ";\n".join(one for one, _ in statements)
    values = [value for _, some in statements for value in some]
    connection: Any = _ready(using)
    found: list[Any] = []
    with _cursor(connection, connection.connection.cursor()) as cursor, connection.wrap_database_errors:
        cursor.execute(sql, values)
        while True:
            found.append(cursor.fetchall() if cursor.pgresult.nfields else cursor.rowcount)
            if not cursor.nextset():
                return found


def at_once(*writes: Statement, using: str = DEFAULT_DB_ALIAS) -> list[int]:
    """INSERTs and UPDATEs of different rows as one planned statement, on one snapshot; how many rows each changed."""
    values = [value for _, some in writes for value in some]
    return list(planned(_as_one(tuple(sql for sql, _ in writes)), values, using=using)[0])


@lru_cache(maxsize=100)
def _as_one(writes: tuple[str, ...]) -> str:
    steps = ", ".join(f"s{number} AS ({sql} RETURNING 1)" for number, sql in enumerate(writes))
    counts = ", ".join(f"(SELECT count(*) FROM s{number})" for number in range(len(writes)))  # noqa: S608  # our own names
    return " ".join(f"WITH {steps} SELECT {counts}".split())  # our own statements


ALWAYS: Final = "(true)"
"""The condition that a write carries which `if_it_holds` may make depend on something."""


def if_it_holds(look: Statement, *writes: Statement, using: str = DEFAULT_DB_ALIAS) -> bool:
    """All of these writes as one planned statement, if `look` finds a row; none of them, and False, if it finds none.

    `look` locks what it finds, so that nobody changes it before the writes do. Each write has ALWAYS as one of its
    conditions.
    """
    values = [value for _, some in (look, *writes) for value in some]
    return bool(planned(_if_held(look[0], tuple(sql for sql, _ in writes)), values, using=using)[0][0])


@lru_cache(maxsize=100)
def _if_held(look: str, writes: tuple[str, ...]) -> str:
    if any(sql.count(ALWAYS) != 1 for sql in writes):
        raise ValueError("a write that would happen whatever the look finds")
    steps = [sql.replace(ALWAYS, "EXISTS (SELECT FROM held)") for sql in writes]
    listed = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(steps))
    return " ".join(f"WITH held AS ({look}), {listed} SELECT EXISTS (SELECT FROM held)".split())  # noqa: S608  # our own


def inserted(row: models.Model) -> Statement:
    """The INSERT of a new row, every column that is not generated."""
    fields = _written(type(row))
    return _insert(type(row)), [_stored(row, field) for field in fields]


def updated(row: models.Model, *names: str) -> Statement:
    """The UPDATE of these fields of a row that the caller holds the lock of."""
    values = [_stored(row, row._meta.get_field(name)) for name in names]
    return _update(type(row), names), [*values, row.pk]


# What Django sends of these is what the attribute holds.
_AS_THEY_ARE: Final = frozenset(
    {models.UUIDField, models.DateTimeField, models.BooleanField, models.CharField, models.ForeignKey}
    | {models.OneToOneField, models.PositiveSmallIntegerField}
)


def _stored(row: models.Model, field: Any) -> Any:
    if type(field) in _AS_THEY_ARE:
        return getattr(row, field.attname)
    return field.get_db_prep_save(getattr(row, field.attname), connections[DEFAULT_DB_ALIAS])


@cache
def _written(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]


@cache
def _insert(model: type[models.Model]) -> str:
    names = ", ".join(f'"{field.column}"' for field in _written(model))
    values = ", ".join(map(_placeholder, _written(model)))
    return f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} WHERE {ALWAYS}'


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = {_placeholder(field)}' for field in fields)
    return f'UPDATE "{model._meta.db_table}" SET {changes} WHERE id = %s AND {ALWAYS}'  # noqa: S608  # the same


def _placeholder(field: Any) -> str:
    """With the column's type: an empty array has none of its own."""
    return f"%s::{field.db_type(connections[DEFAULT_DB_ALIAS])}"


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """Every column of a model, for a SELECT whose rows `made` takes."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


@cache
def width(model: type[models.Model]) -> int:
    """How many columns that is."""
    return len(model._meta.concrete_fields)


def made(model: type[M], row: Sequence[Any], *, using: str = DEFAULT_DB_ALIAS) -> M:
    """The object that such a row is, as the ORM makes it from a whole row, but for the signals of model instances."""
    names, converters = _shape(model, using)
    found = model.__new__(model)
    found.__dict__.update(zip(names, row, strict=True))
    for name, convert in converters:
        found.__dict__[name] = convert(found.__dict__[name])
    found._state = ModelState()
    found._state.adding, found._state.db = False, using
    return found


@cache
def _shape(model: type[models.Model], using: str) -> tuple[list[str], list[tuple[str, Any]]]:
    """Attributes in the order of columns, and what makes Python values of a database's, where that takes something."""
    connection = connections[using]
    found = []
    for field in model._meta.concrete_fields:
        column: Any = field.get_col(field.model._meta.db_table)
        steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        if steps:
            found.append((field.attname, _converter(steps, column, connection)))
    return [field.attname for field in model._meta.concrete_fields], found


def _converter(steps: list[Any], column: Any, connection: Any) -> Any:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connection)
        return value

    return convert
