"""Rooms forget: messages go after the room's days, with their reports, alerts and notes; then the day's key goes.

The rows go first and the key at the end of the day's last message, so that what waits for a moderator stays readable.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from project import ledger
from project.ledger.events import Event
from wellbeing.actions.appeals import overdue_words
from wellbeing.actions.forgetting import shred_and_prove
from wellbeing.models import Alert, Message, Room, RoomKey

AT_ONCE: Final = 500


def forget_old_messages(*, now: datetime) -> int:
    """Delete what is older than its room's retention, in batches, and shred its days' keys. Returns how many went."""
    return sum(forget_in(room, now=now) for room in Room.objects.all())


def forget_in(room: Room, *, now: datetime) -> int:
    """One room. What a moderator still has to look at stays until it is resolved: it cannot be lost by waiting."""
    gone = 0
    while batch := old_messages(room, now):
        with transaction.atomic(durable=True):
            Message.objects.filter(pk__in=batch).delete()
            ledger.record(Event.ROOM_FORGOT, actor=None, subject=room, now=now, messages=len(batch))
        gone += len(batch)
    for key in spent_keys(room, now):
        forget_day(room, key, now=now)
    return gone


def forget_day(room: Room, key: RoomKey, *, now: datetime) -> None:
    """Shred one day's key, prove it, and only then let go of the row that knows it: a crash between is found again."""
    proof = shred_and_prove([key.object_id], now=now)
    with transaction.atomic(durable=True):
        if RoomKey.objects.filter(pk=key.pk).delete()[0]:
            day = datetime.combine(key.day, datetime.min.time(), tzinfo=UTC)
            ledger.record(Event.ROOM_DAY_SHREDDED, actor=None, subject=room, now=now, day=day, **proof)


def spent_keys(room: Room, now: datetime) -> list[RoomKey]:
    """Keys of days whose last moment is past retention and of which no message is left."""
    kept = Message.objects.filter(room=room, sealed_under=OuterRef("object_id"))
    keys = RoomKey.objects.filter(room=room, day__lte=last_day_to_forget(room, now))
    return list(keys.exclude(Exists(kept)).order_by("day"))


def last_day_to_forget(room: Room, now: datetime) -> date:
    """The last day (UTC) that is over for longer than the room keeps its messages."""
    return (now.astimezone(UTC) - timedelta(days=room.retention_days + 1)).date()


def old_messages(room: Room, now: datetime) -> list[UUID]:
    """At most 500 messages to forget."""
    waiting = Alert.objects.exclude(state=Alert.State.RESOLVED).values("message")
    rows = Message.objects.filter(room=room, posted_at__lt=now - timedelta(days=room.retention_days))
    return list(rows.exclude(pk__in=waiting).values_list("pk", flat=True)[:AT_ONCE])


def oldest_overdue(now: datetime) -> str | None:
    """For /status: messages or keys more than two days past their retention, or an alert that is an hour late."""
    if Alert.objects.exclude(state=Alert.State.RESOLVED).filter(due_at__lt=now - timedelta(hours=1)).exists():
        return "An alert of a support room is more than an hour late."
    if overdue_words(now - timedelta(hours=2)).exists():
        return "Words of a removed message are kept longer than they may be."
    for room in Room.objects.all():
        late = now - timedelta(days=room.retention_days + 2)
        waiting = Alert.objects.exclude(state=Alert.State.RESOLVED).values("message")
        if Message.objects.filter(room=room, posted_at__lt=late).exclude(pk__in=waiting).exists():
            return "Messages of a support room are kept longer than they may be."
        if spent_keys(room, now - timedelta(days=2)):
            return "A key of a support room is kept longer than it may be."
    return None
