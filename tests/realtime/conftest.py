from collections.abc import Iterator

import pytest

from tests.realtime.server import Server, serving
from tests.rooms.cast import member, post, room

__all__ = ["member", "post", "room", "web"]


@pytest.fixture(scope="session")
def web(django_db_setup: None) -> Iterator[Server]:
    """One web process for all tests of a session."""
    with serving() as server:
        yield server
