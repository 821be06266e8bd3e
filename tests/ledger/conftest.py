"""Entries, committed or not, and a sealed ledger."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from project import ledger
from project.ledger.events import Event
from project.ledger.sealing import seal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@contextmanager
def unguarded(*tables: str):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield cursor.execute
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


@pytest.fixture
def write():
    """write(n): n entries in one transaction."""

    def write(count: int = 1, *, event: Event = Event.RECONCILED, start: int = 0) -> list:
        with transaction.atomic():
            return [
                ledger.record(event, actor=None, subject=None, now=NOW + timedelta(seconds=start + n), n=start + n)
                for n in range(count)
            ]

    return write


@pytest.fixture
def sealed(write):
    """sealed(n): n entries, sealed."""

    def sealed(count: int, start: int = 0) -> list:
        entries = write(count, start=start)
        seal(NOW)
        return entries

    return sealed
