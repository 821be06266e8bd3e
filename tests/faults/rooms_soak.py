"""A room under chaos: people post while Valkey, the web process and PostgreSQL are restarted; what came of it as JSON.

`python -m tests.faults.rooms_soak FOLDER SECONDS`, in stores of its own. Each person keeps what was not answered, comes
back, resumes after the last number seen and posts again under the same client id, as the page does. Some never read.
"""

import asyncio
import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEOPLE, DEAF = 50, 3
BETWEEN_POSTS = 3.0
SETTLES_WITHIN = 90.0
TOLD = "told.json"


def main(folder: Path, seconds: float) -> None:
    from project.embedded.postgres import THROW_AWAY, Cluster
    from project.embedded.valkey import Valkey

    cluster = Cluster(folder / "pg", folder / "s", {**THROW_AWAY, "fsync": "on", "synchronous_commit": "on"})
    valkey = Valkey(folder / "v")
    cluster.create()
    cluster.start()
    valkey.start()
    try:
        for name in ("records", "keys"):
            cluster.create_database(name)
        set_up(folder, cluster, valkey)
        told = json.dumps(run(cluster, valkey, seconds))
        (folder / TOLD).write_text(told)  # apart from the log's lines, which go to the output too
        print(told)
    finally:
        valkey.stop()
        cluster.stop()


def set_up(folder: Path, cluster: Any, valkey: Any) -> None:
    for name in ("ring", "vault"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    os.environ.update(
        DATABASE_URL=cluster.url("records"), KEYSTORE_URL=cluster.url("keys"), KEYRING=str(folder / "ring"),
        VAULT_URL=str(folder / "vault"), DATA_DIR=str(folder), DJANGO_SETTINGS_MODULE="project.settings",
        REDIS_URL=valkey.url, BROKER_URL=valkey.broker_url, SECRET_KEY="only-for-soaking-" + "x" * 50, DEMO="1",
        EARSHOT_TESTING="1", ALLOWED_HOSTS="localhost,127.0.0.1",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    for alias in ("keys", "default"):
        call_command("migrate", database=alias, verbosity=0)


@dataclass
class Person:
    """One client: what it saw, what was never answered, and what was."""

    name: str
    token: str
    seen: list[int] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    comings: int = 0
    posted: int = 0
    catching_up: list[int] | None = None  # what came before the answer to `resume` had ended


@dataclass
class Stage:
    """Where the room is now, and until when people post."""

    slug: str
    until: float
    web: Any = None


async def live(person: Person, stage: Stage) -> None:
    """Come back until everything that was posted is answered and the time is over."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    give_up = stage.until + SETTLES_WITHIN
    while time.monotonic() < give_up and (time.monotonic() < stage.until or person.pending):
        address = f"ws://127.0.0.1:{stage.web.port}/ws/rooms/{stage.slug}/"
        headers = {"Authorization": f"Token {person.token}"}
        with suppress(OSError, WebSocketException, TimeoutError):
            async with connect(address, additional_headers=headers, compression=None, open_timeout=10) as socket:
                person.comings += 1
                person.catching_up = []
                await socket.send(json.dumps({"type": "resume", "after": max(person.seen, default=0)}))
                await converse(person, socket, stage)
        await asyncio.sleep(0.3)


async def converse(person: Person, socket: Any, stage: Stage) -> None:
    due = time.monotonic()
    while time.monotonic() < stage.until or person.pending:
        if time.monotonic() >= due:
            due = time.monotonic() + BETWEEN_POSTS
            await say(person, socket, new=time.monotonic() < stage.until)
        with suppress(TimeoutError):
            take(person, json.loads(await asyncio.wait_for(socket.recv(), max(0.05, due - time.monotonic()))))


async def say(person: Person, socket: Any, *, new: bool) -> None:
    """Everything that nobody answered, under its old client id; and something new."""
    if new:
        person.posted += 1
        person.pending[f"{person.name}-{person.posted}"] = f"{person.name} says {person.posted}"
    for client_id, text in list(person.pending.items())[:10]:
        await socket.send(json.dumps({"type": "post", "client_id": client_id, "text": text}))


def take(person: Person, frame: dict[str, Any]) -> None:
    """Where a `resume` comes late, for the machine is slow, messages of now come before its answer: a client puts them
    in their place when that ends, as the page does. Missing ones and ones told twice stay what they are.
    """
    if frame["type"] == "room" and person.catching_up is not None:
        person.seen += sorted(person.catching_up)
        person.catching_up = None
    if frame["type"] != "message":
        return
    if frame.get("client_id") in person.pending:
        del person.pending[frame["client_id"]]
        person.accepted.add(frame["client_id"])
    told = person.seen if person.catching_up is None else person.catching_up
    again = frame.get("mine") and (frame["id"] in told[-50:] or frame["id"] <= max(person.seen[-1:], default=0))
    if not again:  # a repeated post is answered with its message once more
        told.append(frame["id"])


async def catch_up(person: Person, stage: Stage) -> None:
    """Once more back, for what others said last."""
    from websockets.asyncio.client import connect

    address = f"ws://127.0.0.1:{stage.web.port}/ws/rooms/{stage.slug}/"
    async with connect(address, additional_headers={"Authorization": f"Token {person.token}"}) as socket:
        person.catching_up = []
        await socket.send(json.dumps({"type": "resume", "after": max(person.seen, default=0)}))
        while person.catching_up is not None:
            take(person, json.loads(await asyncio.wait_for(socket.recv(), 30)))


class Chaos:
    """Real processes, stopped and started again in turn."""

    def __init__(self, cluster: Any, valkey: Any, stage: Stage, deaf: Any) -> None:
        self.cluster, self.valkey, self.stage, self.deaf = cluster, valkey, stage, deaf
        # One thread for all of it, that lives as long as this process: what is started ends with the thread that did.
        self.hands = ThreadPoolExecutor(1)
        self.faults: dict[str, int] = {"valkey restarted": 0, "web killed": 0, "postgresql restarted": 0}
        self.new_web()

    def new_web(self) -> None:
        from tests.faults.restarted import forget_connections
        from tests.realtime.server import serving

        forget_connections()  # this thread's, from before PostgreSQL was restarted
        self.serving = serving()
        self.stage.web = self.serving.__enter__()
        self.sockets = self.deaf(self.stage.web)

    def restart_valkey(self) -> None:
        self.valkey.stop()
        time.sleep(2)
        self.valkey.start()
        self.faults["valkey restarted"] += 1

    def kill_web(self) -> None:
        self.stage.web.process.send_signal(signal.SIGKILL)
        self.serving.__exit__(None, None, None)
        self.new_web()
        self.faults["web killed"] += 1

    def restart_postgres(self) -> None:
        self.cluster.stop()
        time.sleep(1)
        self.cluster.start()
        self.faults["postgresql restarted"] += 1

    async def run(self) -> None:
        each = min(20.0, (self.stage.until - time.monotonic()) / 5)
        acts = [self.restart_valkey, self.kill_web, self.restart_postgres]
        turn = 0
        while time.monotonic() + each < self.stage.until:
            await asyncio.sleep(each)
            await asyncio.get_running_loop().run_in_executor(self.hands, acts[turn % 3])
            turn += 1


def run(cluster: Any, valkey: Any, seconds: float) -> dict[str, Any]:
    from django.db import connections
    from django.utils import timezone

    from project.accounts.access import Role
    from project.accounts.tokens import issue_token
    from tests.cast import make_user
    from tests.faults.restarted import forget_connections
    from tests.realtime.test_slow_reader import never_reading
    from wellbeing.actions.rooms import add_member, create_room, roster
    from wellbeing.models import Message

    now = timezone.now()
    room = create_room(slug="soak", name="Soak", acting_user=None, now=now)
    users = [make_user(f"person-{number}", Role.REVIEWER) for number in range(PEOPLE)]
    moderator = make_user("on-duty", Role.MODERATOR)
    for user in (*users, moderator):
        add_member(room.pk, user.pk, acting_user=None, now=now)
    roster(room.pk, moderator.pk, starts_at=now, acting_user=None, now=now)
    people = [Person(f"p{number}", issue_token(user)) for number, user in enumerate(users)]
    stage = Stage(room.slug, 0.0)
    chaos = Chaos(cluster, valkey, stage, lambda web: [never_reading(web, room.slug, moderator) for _ in range(DEAF)])
    connections.close_all()
    stage.until = time.monotonic() + seconds

    async def everything() -> None:
        await asyncio.gather(chaos.run(), *[live(person, stage) for person in people])
        await asyncio.gather(*[catch_up(person, stage) for person in people])

    asyncio.run(everything())
    chaos.serving.__exit__(None, None, None)
    forget_connections()  # this process's own, from before PostgreSQL was restarted
    stored = list(Message.objects.order_by("number").values_list("number", "client_id"))
    numbers, names = [number for number, _ in stored], [name for _, name in stored]
    accepted = set().union(*[person.accepted for person in people])
    return {
        "seconds": seconds, "people": PEOPLE, "never_reading": DEAF, "faults": chaos.faults,
        "posted": sum(person.posted for person in people), "accepted": len(accepted), "stored": len(stored),
        "accepted_not_stored": len(accepted - set(names)), "stored_twice": len(names) - len(set(names)),
        "unanswered": sum(len(person.pending) for person in people),
        "comings": sum(person.comings for person in people),
        "people_with_all": sum(set(person.seen) == set(numbers) for person in people),
        "people_with_all_in_order": sum(person.seen == numbers for person in people),
    }  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
