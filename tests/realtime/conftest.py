from collections.abc import Iterator

import pytest

from tests.escalations.conftest import clip, make_clip, report, sounds
from tests.realtime.server import Server, serving
from tests.rooms.cast import member, post, room

__all__ = ["clip", "make_clip", "member", "post", "report", "room", "sounds", "web"]


@pytest.fixture(scope="session")
def web(django_db_setup: None) -> Iterator[Server]:
    """One web process for all tests of a session."""
    with serving() as server:
        yield server
