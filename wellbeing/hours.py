"""Whether a room is in its opening hours, and when it can be written in again. Read-only."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from wellbeing.models import Room
from wellbeing.opening import FOREVER, LOOKS_AHEAD, Hours, Period, is_open, next_time, openings
from wellbeing.rooms_access import may_be_on_duty


def hours_of(room: Room) -> list[Hours]:
    """By weekday."""
    return [Hours(*row) for row in room.opening_hours.values_list("weekday", "opens", "closes")]


def in_hours(room: Room, now: datetime) -> bool:
    """Whether it is open by its hours; a room without any always is."""
    return not room.time_zone or is_open(hours_of(room), ZoneInfo(room.time_zone), now)


def opens_at(room: Room, now: datetime) -> datetime | None:
    """When a moderator is next on duty within its hours, within two weeks; None: nothing says so, or it is closed."""
    if room.is_closed or room.kind == Room.Kind.PRIVATE:
        return None
    opened: list[Period] = [(now, FOREVER)]
    if room.time_zone:
        opened = list(openings(hours_of(room), ZoneInfo(room.time_zone), now))
    duties = may_be_on_duty(room.pk).filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lt=now + LOOKS_AHEAD)
    return next_time(opened, [(duty.starts_at, duty.ends_at or FOREVER) for duty in duties], now)
