"""Many write at once, through two web processes, while others come and go: nobody misses anything, nothing twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections

from project.accounts.access import Role
from project.accounts.models import Team, User
from tests.cast import make_user
from tests.realtime.server import Client, Server, serving
from wellbeing.actions.rooms import add_member
from wellbeing.models import Message, Room

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS, EACH = 4, 9


@pytest.fixture
def writers(room: Room, team: Team) -> list[User]:
    people = [make_user(f"writer-{count}", Role.REVIEWER, team=team) for count in range(WRITERS)]
    for person in people:
        add_member(room.pk, person.pk, acting_user=None, now=room.created_at)
    return people


def write(client: Client, name: str) -> None:
    """Post each message, every third one twice with the same client id as after a lost answer."""
    for count in range(EACH):
        client_id = f"{name}-{count}"
        for _ in range(2 if count % 3 == 0 else 1):
            client.post(f"{name} says {count}", client_id)
        while client.until("message").get("client_id") != client_id:
            pass
    client.leave()


def read_with_breaks(server: Server, slug: str, reader: User, stop: threading.Event) -> list[int]:
    """Follow a room through a connection that is lost again and again; the ids in the order they came."""
    seen: list[int] = []
    while True:
        over = stop.is_set()
        client = server.enter(slug, reader)
        seen += [frame["id"] for frame in client.resume(after=seen[-1] if seen else 0)]
        seen += [frame["id"] for frame in client.silence(0.15) if frame["type"] == "message"]
        client.leave()
        if over:
            connections.close_all()
            return seen


def test_a_reader_who_comes_and_goes_misses_and_repeats_nothing(
    web: Server, room: Room, writers: list[User], reviewer: User, other_reviewer: User
) -> None:
    stop = threading.Event()
    with serving() as second, ThreadPoolExecutor(WRITERS + 3) as threads:
        steady = web.enter(room.slug, other_reviewer)
        steady.resume()
        readers = [threads.submit(read_with_breaks, server, room.slug, reviewer, stop) for server in (web, second)]
        clients = [(web, second)[count % 2].enter(room.slug, person) for count, person in enumerate(writers)]
        posting = [threads.submit(write, client, f"w{count}") for count, client in enumerate(clients)]
        for one in posting:
            one.result(60)
        stop.set()
        stored = list(Message.objects.order_by("number").values_list("number", flat=True))
        assert len(stored) == WRITERS * EACH
        assert [reader.result(60) for reader in readers] == [stored, stored]
        while len([frame for frame in steady.frames if frame["type"] == "message"]) < len(stored):
            steady.read()
        assert [frame["id"] for frame in steady.frames if frame["type"] == "message"] == stored


def test_one_client_id_from_many_connections_at_once_posts_once(web: Server, room: Room, reviewer: User) -> None:
    clients = [web.enter(room.slug, reviewer) for _ in range(6)]
    together, client_id = threading.Barrier(len(clients)), uuid4().hex

    def post(client: Client) -> int:
        together.wait()
        client.post("only once", client_id)
        return int(client.until("message")["id"])

    with ThreadPoolExecutor(len(clients)) as threads:
        numbers = set(threads.map(post, clients))
    assert len(numbers) == 1
    assert Message.objects.count() == 1
