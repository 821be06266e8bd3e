"""Hand-written SQL for the few places where round trips and the building of queries are what a request costs.

`planned` sends one statement that the server parses and plans once a connection. `together` sends several in one round
trip, in order: each sees what was committed when its own turn came (READ COMMITTED), so a statement after one that
waited for a lock sees what the lock's holder left. Both go through Django's connection: transactions, error classes
and captured queries are as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg import Cursor

Row = tuple[Any, ...]
M = TypeVar("M", bound=models.Model)


class _Planned(Cursor[Row]):
    """Binds on the server, under a name that the connection keeps."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Any:
        return super().execute(query, params, prepare=True)


def planned(sql: str, params: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """The rows of one statement."""
    connection: Any = connections[using]
    connection.ensure_connection()
    cursor = _Planned(connection.connection)
    make = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with make(cursor) as wrapped:
        wrapped.execute(sql, params)
        rows: list[Row] = wrapped.fetchall()
    return rows


def together(statements: Iterable[str], params: Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS) -> list[Any]:
    """For each statement its rows, or for one that returns none the number of rows that it changed."""
    found: list[Any] = []
    with connections[using].cursor() as cursor:
        cursor.execute(";\n".join(statements), params)
        while True:
            found.append(cursor.fetchall() if cursor.description else cursor.rowcount)
            if not cursor.nextset():
                return found


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """Every column of a model, for a SELECT whose rows `made` takes."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


@cache
def width(model: type[models.Model]) -> int:
    """How many columns that is."""
    return len(model._meta.concrete_fields)


def made(model: type[M], row: Sequence[Any], *, using: str = DEFAULT_DB_ALIAS) -> M:
    """The object that such a row is, as the ORM would have made it."""
    names, converters = _shape(model, using)
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place])
    return model.from_db(using, names, values)


@cache
def _shape(model: type[models.Model], using: str) -> tuple[list[str], list[tuple[int, Any]]]:
    """Attributes in the order of columns, and what makes Python values of a database's, where that takes something."""
    connection = connections[using]
    found = []
    for place, field in enumerate(model._meta.concrete_fields):
        steps = [
            *connection.ops.get_db_converters(field.get_col(field.model._meta.db_table)),
            *field.get_db_converters(connection),
        ]
        if steps:
            found.append((place, _converter(steps, field, connection)))
    return [field.attname for field in model._meta.concrete_fields], found


def _converter(steps: list[Any], field: models.Field[Any, Any], connection: Any) -> Any:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, field, connection)
        return value

    return convert
