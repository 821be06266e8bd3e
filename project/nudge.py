"""Tell a worker about a row, after the commit: the only way to enqueue anything.

What must happen is a row that a sweep finds by itself; the message only makes it happen sooner. So a broker
that is away is logged and counted, never raised: the person's act has been saved.
"""

import time
from functools import partial
from uuid import UUID

import structlog
from celery import Task
from django.db import transaction
from prometheus_client import Counter

log = structlog.get_logger(__name__)
lost = Counter("earshot_nudges_lost_total", "Messages that no broker took; the sweep does their work.", ["task"])

PAUSE_SECONDS = 5.0


class _Broker:
    """Remembers for a moment that the broker is away, so that not every request waits for its time-out."""

    away_until = 0.0


def nudge(task: Task, *ids: UUID | int | str) -> None:
    """Send `task(*ids)` once the current transaction has committed; at once where there is none."""
    transaction.on_commit(
        partial(_send, task, [value if isinstance(value, int) else str(value) for value in ids]), robust=True
    )


def is_away() -> bool:
    """Did this process find the broker away a moment ago?"""
    return time.monotonic() < _Broker.away_until


def _send(task: Task, ids: list[int | str]) -> None:
    if is_away():
        lost.labels(task.name).inc()
        return
    try:
        task.apply_async(args=ids, retry=False, ignore_result=True)
    except Exception as error:  # every transport raises its own kind
        _Broker.away_until = time.monotonic() + PAUSE_SECONDS
        lost.labels(task.name).inc()
        log.warning("nudge.lost", task=task.name, error=type(error).__name__)
