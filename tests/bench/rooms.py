"""One room, many sockets: how long until the last has a message, and how many deliveries a second at saturation.

    make bench, or: .venv/bin/pytest -n0 -s tests/bench/rooms.py      (SOCKETS=200,500,1000)

Real web process (one), PostgreSQL, Valkey; storing, screening, sealing and permissions on, every listener a person of
their own. Beside it in the same run, for the same clients: a bare Channels group and a raw broadcast that does nothing
else. Clients share the machine, so read the ratios. Prints a table; asserts nothing about speed.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import uvloop
from django.conf import settings

from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.tokens import issue_token
from tests.bench.audience import Audience, Ear, enter_all, milliseconds, paced, saturated
from tests.cast import make_user
from tests.realtime.conftest import web
from tests.realtime.server import Server
from tests.rooms.cast import member, post, room
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Room

__all__ = ["member", "post", "room", "web"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1200)]
SOCKETS = [int(count) for count in os.environ.get("SOCKETS", "200,500,1000").split(",")]
ROOMS = int(os.environ.get("ROOMS", "250"))
PACED, PAUSE, WRITERS = 20, 0.5, 20
NEVER_READING = 10
MOST_AT_ONCE, DELIVERIES = 15, 100_000  # an author may send 20 at once; more deliveries only make the slow floor slower


@dataclass
class Figures:
    """Of one server with so many listeners. Processor time counts what others take of the machine not at all."""

    p50_ms: float
    p95_ms: float
    deliveries: float
    kib: float
    server_us: float  # of the server's processor, a delivery at saturation
    clients: float  # of one core, what the clients of the bench took meanwhile: near 1 they are what is measured


async def measure(port: int, pid: int, path: str, listeners: list[str], writers: list[str]) -> Figures:
    process, audience = psutil.Process(pid), Audience()
    before = process.memory_info().rss
    ears = await enter_all(port, path, listeners, audience)
    await asyncio.sleep(1.5)
    kib = (process.memory_info().rss - before) / len(listeners) / 1024
    writing = await enter_all(port, path, writers, None)
    await asyncio.sleep(1)
    try:
        p50, p95 = milliseconds(await paced(audience, writing, len(ears), PACED, PAUSE))
        each = min(MOST_AT_ONCE, DELIVERIES // len(ears) // len(writing))
        served, own, began = sum(process.cpu_times()[:2]), time.process_time(), time.perf_counter()
        rate = await saturated(audience, writing, len(ears), each)
        seconds = time.perf_counter() - began
        used = (sum(process.cpu_times()[:2]) - served) * 1e6 / (len(ears) * len(writing) * each)
        return Figures(p50, p95, rate, kib, used, (time.process_time() - own) / seconds)
    finally:
        for ear in [*ears, *writing]:
            ear.transport.abort()


def run(work: Any) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@contextmanager
def floor(kind: str) -> Iterator[tuple[int, int]]:
    """Port and process of a server that does nothing but pass on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        command = [sys.executable, "-m", "tests.bench.rooms_floor", kind, str(listener.fileno()), settings.REDIS_URL]
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=environment)
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.kill()
            process.wait()


def people(prefix: str, count: int, room: Room) -> list[str]:
    """Tokens of so many members."""
    users = [make_user(f"{prefix}-{number}", Role.REVIEWER) for number in range(count)]
    for user in users:
        add_member(room.pk, user.pk, acting_user=None, now=room.created_at)
    return [issue_token(user) for user in users]


def line(size: int, name: str, figures: Figures, bare: Figures | None) -> str:
    times = f"{figures.deliveries / bare.deliveries:>8.1f}" if bare else f"{'':>8}"
    return (
        f"{size:>6} {name:<22} {figures.p50_ms:>8.1f} {figures.p95_ms:>8.1f} {figures.deliveries:>12,.0f}"
        f" {times} {figures.kib:>10.0f} {figures.server_us:>13.1f} {figures.clients:>8.2f}"
    )


@pytest.mark.parametrize("size", SOCKETS)
def test_room(web: Server, room: Room, size: int) -> None:
    listeners, writers = people("listener", size, room), people("writer", WRITERS, room)
    nobody = [""] * size
    with floor("channels") as (port, pid):
        bare = run(measure(port, pid, "/", nobody, [""] * WRITERS))
    ours = run(measure(web.port, web.process.pid, f"/ws/rooms/{room.slug}/", listeners, writers))
    with floor("raw") as (port, pid):
        raw = run(measure(port, pid, "/", nobody, [""] * WRITERS))
    print(
        f"\n{'people':>6} {'':<22} {'p50 ms':>8} {'p95 ms':>8} {'deliveries/s':>12} {'x bare':>8} {'KiB/socket':>10}"
        f" {'CPU µs/deliv.':>13} {'clients':>8}"
    )
    for name, figures in (("bare Channels group", bare), ("a support room", ours), ("raw broadcast", raw)):
        print(line(size, name, figures, bare))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, clients included")


def test_slow_readers_cost_nobody_else_anything(web: Server, room: Room) -> None:
    """The same people before, while and after some sit among them who never read."""
    size = min(SOCKETS)
    listeners, writers = people("listener", size, room), people("writer", WRITERS, room)
    never = people("never", NEVER_READING, room)
    path = f"/ws/rooms/{room.slug}/"

    async def beside() -> list[tuple[str, float, float, float]]:
        audience, found = Audience(), []
        ears = await enter_all(web.port, path, listeners, audience)
        writing = await enter_all(web.port, path, writers, None)
        deaf: list[Ear] = []
        for turn, when in enumerate(("without", "with", "without")):
            if when == "with":
                deaf = await enter_all(web.port, path, never, None)
                for ear in deaf:
                    ear.transport.pause_reading()
            await asyncio.sleep(1)
            p50, p95 = milliseconds(await paced(audience, writing, size, PACED, PAUSE, f"-{turn}"))
            found.append((when, p50, p95, await saturated(audience, writing, size, MOST_AT_ONCE, f"-{turn}")))
            for ear in deaf:
                ear.transport.abort()
            await asyncio.sleep(MOST_AT_ONCE)  # an author may send that many at once again
        for ear in [*ears, *writing]:
            ear.transport.abort()
        return found

    print()
    for when, p50, p95, rate in run(beside()):
        told = f"{when} {NEVER_READING} who never read"
        print(f"{size:>6} people {told:<26} p50 {p50:>6.1f} ms, p95 {p95:>6.1f} ms, {rate:>9,.0f} deliveries/s")


def test_many_rooms_at_once(web: Server, moderator: User, reviewer: User, other_reviewer: User, room: Room) -> None:
    """250 rooms of two people: one message in each, to its two sockets, as fast as they are taken."""
    rooms = [
        create_room(slug=f"many-{number}", name="Many", acting_user=None, now=room.created_at)
        for number in range(ROOMS)
    ]
    for one in rooms:
        for person in (moderator, reviewer, other_reviewer):
            add_member(one.pk, person.pk, acting_user=None, now=room.created_at)
        roster(one.pk, moderator.pk, starts_at=room.created_at, acting_user=None, now=room.created_at)
    tokens = [issue_token(reviewer), issue_token(other_reviewer)]

    async def all_rooms() -> tuple[float, float, float]:
        audience = Audience()
        pairs = [await enter_all(web.port, f"/ws/rooms/{one.slug}/", tokens, audience) for one in rooms]
        await asyncio.sleep(1)
        taken = []
        for number in range(0, ROOMS, 5):  # one after the other: what one pair waits while 249 other rooms are open
            audience.expect(2)
            started = time.perf_counter()
            pairs[number][0].post(f"alone {number}")
            taken.append(await audience.all_heard() - started)
        audience.expect(2 * ROOMS)
        started = time.perf_counter()
        for number, (one, _) in enumerate(pairs):
            one.post(f"all {number}")
        seconds = await audience.all_heard() - started
        for pair in pairs:
            for ear in pair:
                ear.transport.abort()
        return *milliseconds(taken), ROOMS / seconds

    p50, p95, rate = run(all_rooms())
    print(f"\n{ROOMS} rooms of two at once: p50 {p50:.1f} ms, p95 {p95:.1f} ms; all at once {rate:.0f} messages/s")
