"""The load: one process, one loop, raw keep-alive sockets. It shares the cores with what it measures, so it is light.

Clients are generators that yield requests and get (status, body) back. The same driver serves ours and the floors.
"""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil

Answer = tuple[int, bytes]
Client = Generator[bytes, Answer, None]
PATIENCE: Final = 60.0
REVIEW: Final = b'{"activation": "right", "severity": 0, "flags": []}'
PER_SHIFT: Final = 600  # a full shift's ceiling is 638 clips; then the next account goes on
SHIFT: Final = "/api/v1/shifts/"
CLAIM: Final = "/api/v1/shifts/current/claim/"


@dataclass
class Tally:
    """Seconds of each claim, submit and whole cycle; how many went wrong; how long the run was."""

    claims: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    cycles: list[float] = field(default_factory=list)
    errors: int = 0
    said: str = ""
    seconds: float = 0.0
    web_cpu: float = 0.0  # processor seconds of the web processes during the run, and of PostgreSQL
    database_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Whole cycles a second."""
        return len(self.cycles) / self.seconds if self.seconds else 0.0

    def cpu(self) -> tuple[float, float]:
        """Milliseconds of processor time a cycle, web and database: what a neighbour's load does not change much."""
        cycles = max(1, len(self.cycles))
        return self.web_cpu / cycles * 1000, self.database_cpu / cycles * 1000

    def wrong(self, answer: Answer) -> None:
        self.errors += 1
        self.said = self.said or f"{answer[0]} {answer[1][:200].decode(errors='replace')}"


def milliseconds(times: Sequence[float]) -> tuple[float, float]:
    """(p50, p95)."""
    if not times:
        return 0.0, 0.0
    ordered = sorted(times)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if token:
        head += f"Authorization: Token {token}\r\n"
    if method == "POST":
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def people(tokens: Sequence[str], tally: Tally, until: Callable[[], float], *, with_audio: bool = False) -> Client:
    """One client: claims, listens if asked to, submits; the next account when a shift's ceiling comes near."""
    for token in tokens:
        for _ in range(PER_SHIFT):
            if time.perf_counter() >= until():
                return
            yield from _one_clip(token, tally, with_audio)


def _one_clip(token: str, tally: Tally, with_audio: bool) -> Client:
    begun = time.perf_counter()
    answer = yield request("POST", CLAIM, token, b"{}")
    claimed = time.perf_counter()
    if answer[0] != 201:
        return tally.wrong(answer)
    lease = _lease_in(answer[1])
    if with_audio:
        sound = yield request("GET", f"/api/v1/leases/{lease}/audio/", token)
        if sound[0] != 200:
            return tally.wrong(sound)
    heard = time.perf_counter()
    answer = yield request("POST", f"/api/v1/leases/{lease}/review/", token, REVIEW)
    ended = time.perf_counter()
    if answer[0] != 201:
        return tally.wrong(answer)
    tally.claims.append(claimed - begun)
    tally.submits.append(ended - heard)
    tally.cycles.append(ended - begun)
    return None


def _lease_in(body: bytes) -> str:
    """The lease's id, found without parsing JSON: its audio's address names it."""
    start = body.index(b"/leases/") + len(b"/leases/")
    return body[start : start + 36].decode()


def bare_two(tally: Tally, until: Callable[[], float]) -> Client:
    """The floor's cycle in two requests, like ours."""
    return _two_requests("/claim", b"id", "/submit", b"severity", tally, until)


def usual_two(tally: Tally, until: Callable[[], float]) -> Client:
    """The same through models, model serializers and generic views."""
    return _two_requests("/usual/claim", b"task", "/usual/submit", b"said", tally, until)


def _two_requests(
    claim: str, name: bytes, submit: str, what: bytes, tally: Tally, until: Callable[[], float]
) -> Client:
    while time.perf_counter() < until():
        begun = time.perf_counter()
        answer = yield request("POST", claim, body=b"{}")
        claimed = time.perf_counter()
        if answer[0] != 201:
            tally.wrong(answer)
            continue
        number = str(json.loads(answer[1])["id"]).encode()
        answer = yield request("POST", submit, body=b'{"%s": %s, "%s": 0}' % (name, number, what))
        ended = time.perf_counter()
        if answer[0] != 201:
            tally.wrong(answer)
            continue
        tally.claims.append(claimed - begun)
        tally.submits.append(ended - claimed)
        tally.cycles.append(ended - begun)


def bare_one(tally: Tally, until: Callable[[], float]) -> Client:
    """The floor's cycle squeezed into one request."""
    while time.perf_counter() < until():
        begun = time.perf_counter()
        answer = yield request("POST", "/cycle", body=b"{}")
        if answer[0] != 201:
            tally.wrong(answer)
            continue
        tally.cycles.append(time.perf_counter() - begun)


def one_by_one(port: int, requests: Iterable[bytes]) -> list[Answer]:
    """Send them in turn over one connection."""
    with _open(port) as connection:
        return _asked(connection, requests)


def _asked(connection: socket.socket, requests: Iterable[bytes]) -> list[Answer]:
    found: list[Answer] = []

    def client() -> Client:
        for one in requests:
            found.append((yield one))

    _serve([_Seat(client(), connection)])
    return found


def run(port: int, pids: Sequence[int], seconds: float, tally: Tally, clients: Callable[..., list[Client]]) -> Tally:
    """Let the clients work for `seconds`, their connections spread evenly over the server's processes."""
    stop = [float("inf")]
    seats = clients(tally, lambda: stop[0])
    connections = balanced(port, pids, len(seats))
    begun = time.perf_counter()
    stop[0] = begun + seconds
    _serve([_Seat(client, connection) for client, connection in zip(seats, connections, strict=True)])
    tally.seconds = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    return tally


def balanced(port: int, pids: Sequence[int], wanted: int) -> list[socket.socket]:
    """As a load balancer would: as many connections to each process. Which process took one, the kernel knows."""
    kept: dict[int, list[socket.socket]] = {pid: [] for pid in pids}
    share = -(-wanted // len(pids))
    for _ in range(50 * wanted):
        if sum(len(some) for some in kept.values()) >= wanted:
            break
        connection = _open(port)
        _asked(connection, [request("GET", "/healthz")])
        pid = _taken_by(pids, connection.getsockname()[1])
        if pid is not None and len(kept[pid]) < share:
            kept[pid].append(connection)
        else:
            connection.close()
    found = [connection for some in zip(*_filled(kept, share), strict=True) for connection in some if connection]
    if len(found) < wanted:
        raise SystemExit("one of the server's processes takes no connections")
    return found[:wanted]


def _filled(kept: dict[int, list[socket.socket]], share: int) -> list[list[socket.socket | None]]:
    return [[*some, *[None] * (share - len(some))] for some in kept.values()]


def _taken_by(pids: Sequence[int], port: int) -> int | None:
    for pid in pids:
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.raddr and connection.raddr.port == port:
                return pid
    return None


def _open(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Seat:
    """A client on its connection, and what has arrived of the answer that it waits for."""

    def __init__(self, client: Client, connection: socket.socket) -> None:
        self.client, self.connection, self.arrived = client, connection, bytearray()

    def begin(self) -> bool:
        """False when the client has nothing to ask."""
        return self._ask(None)

    def hear(self) -> bool:
        """Take what has arrived; with a whole answer, ask the next question. False when there is none."""
        piece = self.connection.recv(262144)
        if not piece:
            raise SystemExit("the server closed a connection")
        self.arrived += piece
        head = self.arrived.find(b"\r\n\r\n")
        if head < 0:
            return True
        length = _length(bytes(self.arrived[:head]).lower(), self.arrived)
        if length is None or len(self.arrived) < head + 4 + length:
            return True
        answer = int(self.arrived[9:12]), bytes(self.arrived[head + 4 : head + 4 + length])
        self.arrived.clear()
        return self._ask(answer)

    def _ask(self, answer: Answer | None) -> bool:
        try:
            asked = self.client.send(answer) if answer is not None else next(self.client)
        except StopIteration:
            return False
        self.connection.sendall(asked)
        return True


def _length(head: bytes, arrived: bytearray) -> int | None:
    """Of the body; None while one that came in chunks has not ended."""
    if b"transfer-encoding: chunked" in head:
        return len(arrived) - len(head) - 4 if arrived.endswith(b"0\r\n\r\n") else None
    start = head.index(b"content-length:") + 15
    end = head.find(b"\r\n", start)
    return int(head[start : end if end >= 0 else len(head)])


def _serve(seats: list[_Seat]) -> None:
    with selectors.DefaultSelector() as waiting:
        for seat in seats:
            if seat.begin():
                waiting.register(seat.connection, selectors.EVENT_READ, seat)
        while waiting.get_map():
            ready = waiting.select(PATIENCE)
            if not ready:
                raise SystemExit(f"no answer within {PATIENCE:.0f} s")
            for key, _ in ready:
                if not key.data.hear():
                    waiting.unregister(key.fileobj)
