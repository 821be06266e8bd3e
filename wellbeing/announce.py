"""Tell every web process that something happened in a room: its id and nothing else, after the commit.

Plain publish and subscribe of the redis library instead of Channels' groups: requests live in threads without an
event loop, and one subscription a process serves every room. Nothing depends on a message arriving: each process
asks the database every two seconds anyway (see wellbeing.hub).
"""

import threading
import time
from functools import cache, partial
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import transaction
from prometheus_client import Counter

log = structlog.get_logger(__name__)
lost = Counter("earshot_room_announcements_lost_total", "Room events that Valkey did not take; polling found them.")

CHANNEL = "earshot.rooms"
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


def announce(room_id: UUID) -> None:
    """Say, once the current transaction has committed, that this room should be looked at."""
    transaction.on_commit(partial(publish, room_id), robust=True)


def publish(room_id: UUID) -> None:
    """Say it now. Never raises."""
    if time.monotonic() < _Valkey.away_until:
        lost.inc()
        return
    try:
        client().publish(CHANNEL, room_id.hex)
    except redis.RedisError as error:
        with _Valkey.lock:
            _Valkey.away_until = time.monotonic() + PAUSE_SECONDS
        lost.inc()
        log.warning("rooms.announcement-lost", error=type(error).__name__)
