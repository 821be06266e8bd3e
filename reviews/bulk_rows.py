"""Many rows in one statement, each with values of its own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models


def update_each(
    model: type[models.Model],
    rows: Mapping[UUID, Sequence[Any]],
    columns: Mapping[str, str],
    **same: Any,
) -> int:
    """Set `columns` (name: PostgreSQL type) of each row to its own values, and `same` to one value in all of them.

    Names come from code, never from outside. Gives back how many rows there were.
    """
    if not rows:
        return 0
    own = ", ".join(f"{name} = new.{name}" for name in columns)
    shared = ", ".join(f"{name} = %s" for name in same)
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    sql = f"""
        UPDATE {model._meta.db_table} AS old SET {", ".join(filter(None, [own, shared]))}
        FROM unnest(%s::uuid[], {arrays}) AS new (id, {", ".join(columns)}) WHERE old.id = new.id
    """  # noqa: S608  # table and columns are ours
    values = [list(column) for column in zip(*rows.values(), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*same.values(), list(rows), *values])
        return int(cursor.rowcount)
