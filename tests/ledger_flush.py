"""Lets the test runner empty the ledger between transactional tests.

Django empties tables with TRUNCATE after each of them, which the ledger's triggers refuse, as they must. There is no
switch in the product: here, and only here, the test database's owner takes the triggers off around that one TRUNCATE
and puts them back, in the same transaction. Tests of the triggers therefore meet them as they are in production.

Only tables with rows are emptied, and Django's own lists of models and permissions stay: they are the same for every
test, and making them again took longer than most tests.

A web process of the test may still be busy with what it was sent last, and a worker with what it found. PostgreSQL then
breaks a deadlock by ending one of the two: if that is the emptying, it is done again, and where rows came meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg.errors import DeadlockDetected

TABLES = (
    "ledger_entry",
    "ledger_leaf",
    "ledger_node",
    "ledger_checkpoint",
    "ledger_origin",
    "ledger_unsealed",
    "ledger_keychange",
)

KEPT = frozenset({"django_content_type", "auth_permission"})

TRIES = 5

_flush = DatabaseOperations.sql_flush
_execute = DatabaseOperations.execute_sql_flush


def _without_guards(self: DatabaseOperations, style: Any, tables: Iterable[str], **kwargs: Any) -> list[str]:
    tables = sorted(set(tables) - KEPT)
    self.emptied = (style, tables, kwargs)  # type: ignore[attr-defined]
    guarded = [table for table in TABLES if table in tables]  # all of them: CASCADE reaches the empty ones too
    tables = _with_rows(self, tables)
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
    # CASCADE: the token library's own table exists beside the one that we put in its place, and points at accounts.
    kwargs["allow_cascade"] = True
    return off + _flush(self, style, tables, **kwargs) + [line for table in guarded for line in _on(self, table)]


def _until_empty(self: DatabaseOperations, sql_list: list[str]) -> None:
    style, tables, kwargs = self.emptied  # type: ignore[attr-defined]
    for left in reversed(range(TRIES)):
        try:
            _execute(self, sql_list)
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
        if not _with_rows(self, tables):
            return
        sql_list = _without_guards(self, style, tables, **kwargs)


def _with_rows(self: DatabaseOperations, tables: list[str]) -> list[str]:
    quoted = {table: self.connection.ops.quote_name(table) for table in tables}
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted.items()]
    with self.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]


def _on(self: DatabaseOperations, table: str) -> list[str]:
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for (name,) in cursor.fetchall()]


@pytest.fixture(autouse=True, scope="session")
def ledger_can_be_emptied_by_the_test_runner() -> Iterator[None]:
    DatabaseOperations.sql_flush = _without_guards
    DatabaseOperations.execute_sql_flush = _until_empty
    yield
    DatabaseOperations.sql_flush, DatabaseOperations.execute_sql_flush = _flush, _execute
