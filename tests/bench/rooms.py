"""One room, many sockets: how long until the last has a message, and how many deliveries a second at saturation.

    .venv/bin/python -m pytest -n0 -s tests/bench/rooms.py      (SOCKETS=200,500)

Real web process, PostgreSQL, Valkey; storing, screening, sealing and permissions on. Clients share the machine, so
the figures are a floor: compare them with those of the same run only.
"""

import asyncio
import json
import os
import statistics
import time
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import connect

from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.tokens import issue_token
from tests.cast import make_user
from tests.realtime.conftest import web
from tests.realtime.server import Server
from tests.rooms.cast import member, post, room
from wellbeing.actions.rooms import add_member
from wellbeing.models import Room

__all__ = ["member", "post", "room", "web"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
SOCKETS = [int(count) for count in os.environ.get("SOCKETS", "200,500").split(",")]
PACED, WRITERS, BURST = 30, 20, 15


class Audience:
    """Many sockets of one reader; for every message the moment when the last of them had it."""

    def __init__(self, size: int) -> None:
        self.size, self.heard, self.last_at = size, {}, {}
        self.deliveries = 0
        self.changed = asyncio.Event()

    async def listen(self, connection: Any) -> None:
        async for raw in connection:
            if '"type":"message"' in raw:
                text = raw.partition('"text":"')[2].partition('"')[0]
                self.heard[text] = self.heard.get(text, 0) + 1
                self.deliveries += 1
                if self.heard[text] == self.size:
                    self.last_at[text] = time.perf_counter()
                    self.changed.set()

    async def complete(self, texts: list[str], patience: float = 120) -> None:
        until = time.perf_counter() + patience
        while not all(text in self.last_at for text in texts):
            assert time.perf_counter() < until, f"{self.deliveries} deliveries and no more"
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), patience)


async def run(server: Server, slug: str, size: int, reader: str, writers: list[str]) -> dict[str, float]:
    address = f"ws://127.0.0.1:{server.port}/ws/rooms/{slug}/"
    process, audience = psutil.Process(server.process.pid), Audience(size)

    def entered(token: str) -> Any:
        return connect(
            address, additional_headers={"Authorization": f"Token {token}"}, compression=None, open_timeout=120,
            ping_timeout=None,
        )  # fmt: skip

    before = process.memory_info().rss
    seats: list[Any] = []
    for start in range(0, size, 25):
        seats += await asyncio.gather(*[entered(reader) for _ in range(min(25, size - start))])
    listening = [asyncio.create_task(audience.listen(seat)) for seat in seats]
    await asyncio.sleep(2)
    memory = (process.memory_info().rss - before) / size
    writing = [await entered(token) for token in writers]
    quiet = [asyncio.create_task(drain(one)) for one in writing]
    paced = await at_two_a_second(audience, writing)
    started, first = time.perf_counter(), audience.deliveries
    texts = [f"saturated {writer} {count}" for writer in range(WRITERS) for count in range(BURST)]
    await asyncio.gather(*[burst(one, number) for number, one in enumerate(writing)])
    await audience.complete(texts)
    rate = (audience.deliveries - first) / (time.perf_counter() - started)
    for task in [*listening, *quiet]:
        task.cancel()
    await asyncio.gather(*[seat.close() for seat in [*seats, *writing]])
    return {"p50_ms": statistics.median(paced) * 1e3, "p95_ms": statistics.quantiles(paced, n=20)[18] * 1e3,
            "deliveries_a_second": rate, "kib_a_socket": memory / 1024}  # fmt: skip


async def drain(connection: Any) -> None:
    async for _ in connection:
        pass


async def at_two_a_second(audience: Audience, writing: list[Any]) -> list[float]:
    """Seconds from a post to its arrival at the last socket."""
    taken = []
    for count in range(PACED):
        text, started = f"paced {count}", time.perf_counter()
        await say(writing[count % len(writing)], text)
        await audience.complete([text])
        taken.append(audience.last_at[text] - started)
        await asyncio.sleep(max(0.0, 0.5 - (time.perf_counter() - started)))
    return taken


async def burst(connection: Any, number: int) -> None:
    for count in range(BURST):
        await say(connection, f"saturated {number} {count}")


async def say(connection: Any, text: str) -> None:
    await connection.send(json.dumps({"type": "post", "client_id": text.replace(" ", "-"), "text": text}))


@pytest.mark.parametrize("size", SOCKETS)
def test_room(web: Server, room: Room, reviewer: User, size: int) -> None:
    writers = [make_user(f"writer-{number}", Role.REVIEWER) for number in range(WRITERS)]
    for writer in writers:
        add_member(room.pk, writer.pk, acting_user=None, now=room.created_at)
    figures = asyncio.run(run(web, room.slug, size, issue_token(reviewer), [issue_token(writer) for writer in writers]))
    print(f"\nroom of {size}:", {name: round(value, 1) for name, value in figures.items()})
