"""Lets the test runner empty the ledger between transactional tests.

Django empties tables after each of them, which the ledger's triggers refuse, as they must. There is no switch in the
product: here, and only here, the test database's owner takes the triggers off around that one statement and puts them
back, in the same transaction. Tests of the triggers therefore meet them as they are in production.

TRUNCATE with all that points at a table makes hundreds of files anew, which costs more than most tests; so what is
short is emptied by DELETE, with nobody asking what points where. Only tables with rows are emptied, and Django's own
lists of models and permissions stay: they are the same for every test, and making them again took longer than most
tests.

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
LONG = 4_000_000  # bytes: from there on TRUNCATE is worth its price
NOTHING_POINTS = "SET LOCAL session_replication_role = replica"

_flush = DatabaseOperations.sql_flush
_execute = DatabaseOperations.execute_sql_flush


def _without_guards(self: DatabaseOperations, style: Any, tables: Iterable[str], **kwargs: Any) -> list[str]:
    tables = sorted(set(tables) - KEPT)
    self.emptied = (style, tables, kwargs)  # type: ignore[attr-defined]
    filled = _with_rows(self, tables)
    if _are_long(self, filled):
        # CASCADE: the token library's own table exists beside the one that we put in its place, and points at accounts.
        guarded = [table for table in TABLES if table in tables]  # all of them: CASCADE reaches the empty ones too
        emptying = _flush(self, style, filled, **{**kwargs, "allow_cascade": True})
    else:
        guarded = [table for table in TABLES if table in filled]
        names = [self.connection.ops.quote_name(table) for table in filled]
        emptying = [NOTHING_POINTS, *(f"DELETE FROM {name}" for name in names)]
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
    return off + emptying + [line for table in guarded for line in _on(self, table)]


def _are_long(self: DatabaseOperations, tables: list[str]) -> bool:
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT max(pg_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables])
        return (cursor.fetchone()[0] or 0) > LONG


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
