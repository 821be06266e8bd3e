"""Tell every web process something by Valkey's publish and subscribe: an id and nothing else, after the commit.

Plain publish of the redis library instead of Channels' groups: requests live in threads without an event loop, and
one subscription a process serves all of its sockets. Nothing depends on a message arriving: whoever listens also asks.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from functools import cache

import redis
import redis.asyncio
import structlog
from django.conf import settings
from prometheus_client import Counter

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 0.3


class _Valkey:
    """Remembers for a moment that Valkey is away, so that not every message waits for its time-out."""

    away_until = 0.0
    lock = threading.Lock()


@cache
def client() -> redis.Redis:
    """One client with its pool for this process; nobody waits long for it, and it does not try again by itself."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=None
    )


def publish(channel: str, text: str, lost: Counter) -> None:
    """Say it now; `lost` counts what Valkey did not take. Never raises."""
    if time.monotonic() < _Valkey.away_until:
        lost.inc()
        return
    try:
        client().publish(channel, text)
    except redis.RedisError as error:
        with _Valkey.lock:
            _Valkey.away_until = time.monotonic() + PAUSE_SECONDS
        lost.inc()
        log.warning("announcement.lost", channel=channel, error=type(error).__name__)


async def heard(channel: str) -> AsyncIterator[str | None]:
    """What is said there, for ever; None after each break, when something may have been missed."""
    while True:
        try:
            valkey = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2)
            async with valkey, valkey.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(channel)
                yield None
                async for message in subscription.listen():
                    yield message["data"].decode("ascii", "replace")
        except (redis.RedisError, OSError) as error:
            log.warning("announcement.subscription-lost", channel=channel, error=type(error).__name__)
        await asyncio.sleep(1)
