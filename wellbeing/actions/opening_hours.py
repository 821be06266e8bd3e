"""Opening hours of a room, apart from who is on duty when."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction

from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Invalid
from wellbeing.actions.moderation import change, lock_moderated
from wellbeing.models import OpeningHours, Room
from wellbeing.opening import DAY_MINUTES, Hours
from wellbeing.room_errors import NotInPrivate


def set_opening_hours(
    slug: str, hours: Sequence[Hours], *, time_zone: str, version: int, acting_user: User, now: datetime
) -> Room:
    """Open a room at these hours of its own clock, one span a weekday at most; none at all: round the clock.

    Raises Absent, Invalid, NotInPrivate, Overtaken.
    """
    days = {one.weekday for one in hours}
    sound = all(0 <= one.opens < DAY_MINUTES and one.opens < one.closes <= one.opens + DAY_MINUTES for one in hours)
    if len(days) != len(hours) or not days <= set(range(7)) or not sound:
        raise Invalid("One opening a weekday, of at most a day.")
    if hours and time_zone not in available_timezones():
        raise Invalid("That is no time zone of the IANA list, such as Europe/Madrid.")
    with transaction.atomic(durable=True):
        room = lock_moderated(slug, version, acting_user=acting_user)
        if room.kind == Room.Kind.PRIVATE:
            raise NotInPrivate
        OpeningHours.objects.filter(room=room).delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(room=room, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in hours
        )
        room.time_zone = ZoneInfo(time_zone).key if hours else ""
        change(room, Event.ROOM_HOURS_SET, acting_user, now, days=len(hours))
    return room
