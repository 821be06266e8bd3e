"""A copy of the tombstones away from this machine (TOMBSTONES_COPY): even the loss of the ring brings nothing back.

Beat hands over what is new every minute; erasing never waits for it. When the ring was put back from a backup, the copy
knows tombstones that the ring does not: then /readyz waits for `reconcile`, which takes them over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from project.vault import tombstones

BATCH: Final = 500
LATE: Final = timedelta(minutes=10)


def copy() -> Path | None:
    """Where the copy lies; None where nobody set a folder for it."""
    return Path(settings.TOMBSTONES_COPY) / tombstones.NAME if settings.TOMBSTONES_COPY else None


def hand_over() -> int:
    """Append what is new to the copy; returns how many. Raises OSError while its folder is away."""
    path = copy()
    return tombstones.give_to(path) if path else 0


def known_only_there() -> int:
    """How many of the copy's newest tombstones the ring lacks: above 0, the ring is one from a backup.

    A copy that is away says nothing: whether the service may serve must not hang on another machine.
    """
    path = copy()
    try:
        newest = next(tombstones.newest_first(BATCH, path), {}) if path else {}
    except OSError:
        return 0
    return sum(not tombstones.contains(object_id) for object_id in newest)


def is_behind(now: datetime) -> str | None:
    """For /status: what to tell an operator when the copy lacks what it should have by now, or None."""
    path = copy()
    if path is None:
        return None
    if not path.parent.is_dir():
        return "the folder for the copy of the tombstones is away"
    there = dict(item for batch in tombstones.newest_first(BATCH * 2, path) for item in batch.items())
    ours = next(tombstones.newest_first(BATCH), {})
    missing = sum(at < now - LATE and object_id not in there for object_id, at in ours.items())
    return f"{missing} tombstones older than ten minutes are not in their copy" if missing else None
