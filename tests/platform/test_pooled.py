"""A pooled connection that died is replaced before anybody's request notices."""

import pytest
from django.db import connection, connections

from project.pooled.base import is_quiet


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_not_given_out() -> None:
    dead = backend()
    with connections["default"].copy().cursor() as other:
        connection.close()  # back into the pool, whole
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])
    assert dead not in {backend(), _again(), _again()}


def _again() -> int:
    """From the pool once more."""
    connection.close()
    return backend()


@pytest.mark.django_db(transaction=True)
def test_one_that_is_well_has_nothing_to_read() -> None:
    backend()
    assert is_quiet(connection.connection)
