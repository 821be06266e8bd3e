"""No frame of a socket says who speaks in a recording, whoever listens in the room while recordings are worked on."""

import json
from datetime import datetime

import pytest

from project.accounts.models import User
from reviews.actions import leases
from reviews.actions.shifts import start_shift
from tests.accounts.test_nobody_hears_who_speaks import PLANTED, found_in
from tests.realtime.server import Server
from tests.reviews.conftest import Ingest, ingest
from wellbeing.models import Room

__all__ = ["ingest"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)
SAID = "that last one was hard"


def test_no_frame_says_who_speaks(
    web: Server, room: Room, reviewer: User, other_reviewer: User, moderator: User, ingest: Ingest, now: datetime
) -> None:
    start_shift(acting_user=reviewer, now=now)
    ingest(**PLANTED)
    assert leases.claim(acting_user=reviewer, now=now).lease is not None
    clients = [web.enter(room.slug, person) for person in (reviewer, other_reviewer, moderator)]
    for client in clients:
        client.resume()
    for text in ("I want to die", "call 4111 1111 1111 1111", SAID):
        clients[0].post(text)
    for client in clients:
        while client.until("message")["text"] != SAID:
            pass
        frames = json.dumps(client.frames).encode()
        assert found_in(frames, {"said": SAID}) == ["said"]  # the search does find what the frames hold
        assert found_in(frames) == []
