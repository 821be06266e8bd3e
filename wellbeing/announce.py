"""Tell every web process that something happened in a room: its id and nothing else, after the commit; and who is
in it now, by pseudonym (see wellbeing.presence), which is stored nowhere.

Nothing depends on a message arriving: each process asks the database every two seconds anyway (see wellbeing.hub).
"""

from functools import partial
from uuid import UUID

from django.db import transaction
from prometheus_client import Counter

from project import announcing

lost = Counter("earshot_room_announcements_lost_total", "Room events that Valkey did not take; polling found them.")

CHANNEL = "earshot.rooms"


def publish_saying(saying: str) -> None:
    """Who is in a room, from this process to the others. Lost, it is said again soon. Never raises."""
    announcing.publish(CHANNEL, saying, lost)


def announce(room_id: UUID) -> None:
    """Say, once the current transaction has committed, that this room should be looked at."""
    transaction.on_commit(partial(publish, room_id), robust=True)


def publish(room_id: UUID) -> None:
    """Say it now. Never raises."""
    announcing.publish(CHANNEL, room_id.hex, lost)
