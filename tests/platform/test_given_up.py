"""A statement that takes too long, or waits too long for a lock, is given up: nothing half-written, and a way on.

The limits are the settings' (`tests/accounts/test_hardening.py` looks at them), shortened here so that nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.models import Shift
from reviews.states import ShiftState
from tests.reviews.conftest import shift
from wellbeing.models import Break

__all__ = ["shift"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)
LIMITS = {"LockNotAvailable": "lock_timeout", "QueryCanceled": "statement_timeout"}


@contextmanager
def held(table: str) -> Iterator[None]:
    """Somebody else's transaction lets everybody read the table and nobody write to it."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


@contextmanager
def limited(limit: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        for name in LIMITS.values():
            cursor.execute(f"SET {name} = {200 if name == limit else 0}")
        yield
        for name in LIMITS.values():
            cursor.execute(f"RESET {name}")


@pytest.mark.parametrize("reason", list(LIMITS))
def test_it_is_said_nothing_is_half_written_and_the_next_try_works(
    reason: str, reviewer: User, shift: Shift, client_of: Callable[[User], Client], api_of: Any, caplog: Any
) -> None:
    browser, program = client_of(reviewer), api_of(reviewer)
    with held(Break._meta.db_table), limited(LIMITS[reason]):
        page, fragment, problem = asked(browser, program)
    for answer in (page, fragment, problem):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "That took too long" in page.text
    assert "look before you repeat it" in page.text
    assert "Nothing was changed" not in page.text  # an earlier act of the same request may stand
    assert 'class="alert"' in fragment.text
    assert "<html" not in fragment.text
    assert problem.json()["code"] == "busy"
    assert caplog.text.count(f"'error': '{reason}'") == 3
    shift.refresh_from_db()
    assert (shift.state, Break.objects.count()) == (ShiftState.ACTIVE, 0)
    assert program.post("/api/v1/shifts/current/pause/").json()["state"] == "paused"
    assert Break.objects.count() == 1


def asked(browser: Client, program: APIClient) -> tuple[HttpResponse, ...]:
    """For a pause, which is written to the shift before it is to the table that is held."""
    return (
        browser.post("/shifts/pause/"),
        browser.post("/shifts/pause/", headers={"HX-Request": "true"}),
        program.post("/api/v1/shifts/current/pause/"),
    )
