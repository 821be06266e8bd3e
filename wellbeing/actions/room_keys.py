"""The key of a room's day: made with its first message, shredded once none of its messages may be kept any more."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from project import vault
from wellbeing.models import RoomKey


def key_of_the_day(room_id: UUID, now: datetime) -> UUID:
    """The vault object under which this room's words of today (UTC) are sealed. Call it before a transaction.

    The key commits first. Of two that make one at once, the constraint lets one win; the loser's key has no owner and
    is swept.
    """
    day = now.astimezone(UTC).date()
    known = RoomKey.objects.filter(room=room_id, day=day).values_list("object_id", flat=True)
    if (found := known.first()) is not None:
        return found
    object_id = uuid4()
    vault.create_key(object_id, "room")
    try:
        with transaction.atomic():
            RoomKey.objects.create(object_id=object_id, room_id=room_id, day=day)
    except IntegrityError:
        return known.get()
    return object_id
