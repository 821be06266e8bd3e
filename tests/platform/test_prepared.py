"""Planned statements: what a connection keeps of them, and what it does when it has lost one."""

import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from project.prepared import _numbered
from project.statements import ALWAYS, if_it_holds, planned

AGAIN = "SELECT %(one)s::int + %(two)s::int, %(one)s::int"


def test_names_and_positions_become_numbers() -> None:
    assert _numbered("a %(x)s b %(y)s c %(x)s 5 %% 3")[:2] == (b"a $1 b $2 c $1 5 % 3", ("x", "y"))
    assert _numbered("%s, %s")[:2] == (b"$1, $2", ())


@pytest.mark.django_db
def test_values_come_and_go_as_they_are() -> None:
    values = [None, True, 7, "ä'%", b"\x00\xff", ["a", '"', "{}"]]
    [row] = planned("SELECT %s::text, %s::bool, %s::int, %s::text, %s::bytea, %s::text[]", values)
    assert list(row) == values


@pytest.mark.django_db(transaction=True)
def test_a_plan_that_the_session_lost_is_made_again() -> None:
    assert planned(AGAIN, {"one": 1, "two": 2}) == [(3, 1)]
    assert planned("SELECT 5", []) == [(5,)]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert planned(AGAIN, {"one": 1, "two": 2}) == [(3, 1)]
    with transaction.atomic():  # where nothing can be made again: that all were lost was learnt from the first
        assert planned("SELECT 5", []) == [(5,)]


@pytest.mark.django_db(transaction=True)
def test_lost_inside_a_transaction_it_fails_that_one_and_no_other() -> None:
    assert planned(AGAIN, {"one": 1, "two": 2}) == [(3, 1)]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(ProgrammingError), transaction.atomic():
        planned(AGAIN, {"one": 1, "two": 2})
    with transaction.atomic():
        assert planned(AGAIN, {"one": 1, "two": 2}) == [(3, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_plan_whose_table_changed_is_made_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told (one int)")
        cursor.execute("INSERT INTO told VALUES (1)")
        assert planned("SELECT * FROM told", []) == [(1,)]
        cursor.execute("ALTER TABLE told ADD two int")
        assert planned("SELECT * FROM told", []) == [(1, None)]
        cursor.execute("DROP TABLE told")


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_it_is_part_of_it() -> None:
    with transaction.atomic():
        [(inside,)] = planned("SELECT pg_current_xact_id()::text", [])
        assert planned("SELECT pg_current_xact_id()::text", []) == [(inside,)]
    assert planned("SELECT pg_current_xact_id()::text", []) != [(inside,)]


@pytest.mark.django_db
def test_errors_are_djangos() -> None:
    with pytest.raises(DataError), transaction.atomic():
        planned("SELECT 1 / %s::int", [0])
    with pytest.raises(ProgrammingError), transaction.atomic():
        planned("SELECT nothing_of_that_name", [])
    assert planned("SELECT 1", []) == [(1,)]


def test_a_write_that_would_happen_anyhow_is_no_part_of_a_conditional_one() -> None:
    with pytest.raises(ValueError, match="whatever"):
        if_it_holds(("SELECT", []), ("UPDATE told SET one = 1", []))
    with pytest.raises(ValueError, match="whatever"):
        if_it_holds(("SELECT", []), (f"UPDATE told SET one = 1 WHERE {ALWAYS} OR {ALWAYS}", []))
