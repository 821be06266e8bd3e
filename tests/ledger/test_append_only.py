"""PostgreSQL itself refuses to change or lose an entry, for the owner of the tables too."""

from __future__ import annotations

import pytest
from django.core.checks import Tags, run_checks
from django.db import DatabaseError, connection, transaction

from project.ledger.checks import GUARDED, missing_guards
from project.ledger.models import Entry, KeyChange
from tests.ledger.conftest import NOW

TABLES = [f"ledger_{name}" for name in GUARDED]


def refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def owner():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'ledger_entry'")
        assert cursor.fetchone()[0], "the tests connect as the tables' owner, who must be refused as well"


@pytest.fixture
def filled(sealed):
    """A row in every table."""
    sealed(4)
    changed = {"version": 2, "at": NOW, "both_sign_until": NOW, "note": ""}
    KeyChange.objects.create(**changed)


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_rows_cannot_be_deleted(table, filled, owner):
    refused(f"DELETE FROM {table}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "column"),
    [("entry", "event"), ("leaf", "leaf_hash"), ("node", "hash"), ("checkpoint", "note"), ("origin", "name"),
     ("keychange", "note")],
)  # fmt: skip
def test_rows_cannot_be_changed(table, column, filled, owner):
    refused(f"UPDATE ledger_{table} SET {column} = {column}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", [*TABLES, "ledger_unsealed"])
def test_tables_cannot_be_emptied(table, filled, owner):
    refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_replication_mode_is_no_way_round(sealed):
    sealed(1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    refused("DELETE FROM ledger_node; DELETE FROM ledger_leaf; DELETE FROM ledger_entry")


@pytest.mark.django_db
def test_the_orm_is_no_way_round(sealed):
    (entry,) = sealed(1)
    entry.event = "clip.changed"
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        Entry.objects.update(event="clip.changed")


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["DELETE FROM ledger_unsealed", "UPDATE ledger_unsealed SET entry_id = entry_id"])
def test_an_entry_cannot_be_taken_off_the_queue_before_it_is_sealed(statement, write):
    write(1)
    refused(statement)


@pytest.mark.django_db
def test_all_guards_are_there():
    assert missing_guards() == []
    assert run_checks(tags=[Tags.database], databases=["default", "keys"]) == []


@pytest.mark.django_db
def test_a_missing_guard_is_said_at_start():
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER ledger_leaf_append_only ON ledger_leaf")
        cursor.execute("ALTER TABLE ledger_node DISABLE TRIGGER ledger_node_append_only")
    assert missing_guards() == ["ledger_leaf_append_only", "ledger_node_append_only"]
    messages = run_checks(tags=[Tags.database], databases=["default"])
    assert [message.id for message in messages] == ["ledger.E001", "ledger.E001"]
