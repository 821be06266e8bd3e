"""Worker and beat say for themselves that they are alive: a key with a time, written every ten seconds.

Not by a task: a worker whose processes are all busy is alive, and beat must be known to live without it. The keys
lie where the sockets' groups do (REDIS_URL): who cannot write there could not work either.
"""

import functools
import os
import socket
import time

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10
LATE_SECONDS = 40
KEPT_SECONDS = 24 * 3600
PREFIX = "earshot:heartbeat"


@functools.cache
def _store() -> redis.Redis:
    """A client with short time-outs; redis-py notices a fork and connects anew."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def beat(kind: str) -> None:
    """Write this process's heartbeat; a store that is away costs a second and is logged, nothing more."""
    try:
        _store().set(f"{PREFIX}:{kind}:{socket.gethostname()}:{os.getpid()}", repr(time.time()), ex=KEPT_SECONDS)
    except redis.RedisError as error:
        log.warning("heartbeat.lost", kind=kind, error=type(error).__name__)


def age(kind: str) -> float | None:
    """Seconds since the youngest heartbeat of that kind, or None without any; raises RedisError."""
    store = _store()
    names = list(store.scan_iter(f"{PREFIX}:{kind}:*", count=1000))
    times = [float(value) for value in store.mget(names) if value] if names else []
    return time.time() - max(times) if times else None


def fault(kind: str) -> str | None:
    """What is wrong with that kind of process, or None."""
    try:
        seconds = age(kind)
    except redis.RedisError:
        return f"whether a {kind} runs cannot be told: its heartbeat cannot be read"
    if seconds is None:
        return f"no {kind} runs"
    return f"the {kind} was last heard of {int(seconds)} s ago" if seconds > LATE_SECONDS else None
