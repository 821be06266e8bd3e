"""The load: processes with keep-alive connections, each cycle timed, everything bounded in time."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REVIEW = json.dumps({"activation": "right", "severity": 0, "flags": []})
PER_SHIFT = 600


@dataclass(frozen=True)
class Figures:
    rate: float
    p50: float
    p95: float
    errors: int


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Token {token}"

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw[:1] in b"{[" and raw else None


def answers(port: int) -> bool:
    try:
        return Client(port).send("GET", "/healthz")[0] == 200
    except OSError:
        return False


def _claim_and_submit(port: int, tokens: list[str], stop_at: float) -> tuple[list[float], int]:
    """One client: takes the next account when a shift's ceiling comes near."""
    times: list[float] = []
    errors = done = 0
    client = _on_shift(port, tokens)
    while time.perf_counter() < stop_at:
        if done >= PER_SHIFT and tokens:
            client, done = _on_shift(port, tokens), 0
        begun = time.perf_counter()
        status, claimed = client.send("POST", "/api/v1/shifts/current/claim/", "{}")
        if status == 201:
            status, _ = client.send("POST", f"/api/v1/leases/{claimed['lease']['id']}/review/", REVIEW)
        elif status == 200:
            status = 0
            time.sleep(0.01)
        times.append(time.perf_counter() - begun)
        errors += status not in {200, 201}
        done += 1
    return times, errors


def _on_shift(port: int, tokens: list[str]) -> Client:
    client = Client(port, tokens.pop())
    client.send("POST", "/api/v1/shifts/current/end/", "{}")
    status, said = client.send("POST", "/api/v1/shifts/", "{}")
    if status != 201:
        raise SystemExit(f"a shift could not be started: {status} {said}")
    return client


def _repeat(port: int, path: str, stop_at: float) -> tuple[list[float], int]:
    client, times, errors = Client(port), [], 0
    while time.perf_counter() < stop_at:
        begun = time.perf_counter()
        status, _ = client.send("GET" if path == "/healthz" else "POST", path, None if path == "/healthz" else "{}")
        times.append(time.perf_counter() - begun)
        errors += status not in {200, 201}
    return times, errors


def _together(work: Callable[..., Any], clients: int, arguments: list[tuple[Any, ...]], seconds: float) -> Figures:
    with multiprocessing.get_context("fork").Pool(clients) as pool:
        begun = time.perf_counter()
        results = pool.starmap(work, [(*given, begun + seconds) for given in arguments])
        took = time.perf_counter() - begun
    times = sorted(one for some, _ in results for one in some)
    if not times:
        return Figures(0, 0, 0, 0)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    errors = sum(count for _, count in results)
    return Figures((len(times) - errors) / took, statistics.median(times), p95, errors)


def cycles(port: int, tokens: list[str], clients: int, seconds: float) -> Figures:
    """Claim and submit by `clients` people at once. Each has a share of the accounts to itself."""
    share = len(tokens) // clients
    arguments = [(port, tokens[number * share : (number + 1) * share]) for number in range(clients)]
    return _together(_claim_and_submit, clients, arguments, seconds)


def floor_cycles(port: int, clients: int, seconds: float) -> Figures:
    return _together(_repeat, clients, [(port, "/cycle")] * clients, seconds)


def empty(port: int, clients: int, seconds: float) -> Figures:
    return _together(_repeat, clients, [(port, "/healthz")] * clients, seconds)


@contextmanager
def floor(environment: dict[str, str]) -> Iterator[int]:
    """The bare view on a server of its own, arranged like ours."""
    from tests.bench.run import ROOT, free_port

    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.floor", str(port)],
        cwd=Path(ROOT),
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the floor's server did not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(15)
