"""Without Valkey rooms go on: messages are stored at once and other processes find them by asking the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from project import announcing
from project.accounts.models import User
from project.embedded.valkey import Valkey
from tests.realtime.server import serving
from tests.rooms.cast import Post
from wellbeing.models import Message, Room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Valkey of this test's own, so that it can be stopped."""
    valkey = Valkey(short_folder(tmp_path_factory))
    valkey.start()
    yield valkey
    valkey.stop()


def short_folder(factory: pytest.TempPathFactory) -> Path:
    """A socket's path has at most 107 bytes."""
    return factory.mktemp("v")


def test_posting_is_stored_and_delivered_by_asking(
    own_valkey: Valkey, room: Room, post: Post, reviewer: User, other_reviewer: User
) -> None:
    addresses = {"REDIS_URL": own_valkey.url, "BROKER_URL": own_valkey.broker_url}
    with serving(**addresses) as first, serving(**addresses) as second:
        one, two = first.enter(room.slug, reviewer), second.enter(room.slug, other_reviewer)
        one.resume()
        two.resume()
        own_valkey.stop()
        one.post("is anybody there?")
        assert one.until("message", timeout=3)["text"] == "is anybody there?"
        assert two.until("message", timeout=6)["text"] == "is anybody there?"
        assert Message.objects.count() == 1
        own_valkey.start()
        one.post("it is back")
        assert two.until("message", timeout=6)["text"] == "it is back"


def test_an_announcement_that_nobody_takes_is_no_error(
    own_valkey: Valkey, room: Room, post: Post, reviewer: User
) -> None:
    own_valkey.stop()
    announcing.client.cache_clear()
    try:
        with override_settings(REDIS_URL=own_valkey.url):
            assert post(reviewer, "stored all the same").message.number == 1
    finally:
        announcing.client.cache_clear()
        announcing._Valkey.away_until = 0.0
