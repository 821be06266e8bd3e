"""Rooms forget: messages go after the room's days, with their reports, alerts and notes."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from project import ledger
from project.ledger.events import Event
from wellbeing.models import Alert, Message, Room

AT_ONCE: Final = 500


def forget_old_messages(*, now: datetime) -> int:
    """Delete what is older than its room's retention, in batches. Returns how many messages went."""
    return sum(forget_in(room, now=now) for room in Room.objects.all())


def forget_in(room: Room, *, now: datetime) -> int:
    """One room. What a moderator still has to look at stays until it is resolved: it cannot be lost by waiting."""
    gone = 0
    while batch := old_messages(room, now):
        with transaction.atomic(durable=True):
            Message.objects.filter(pk__in=batch).delete()
            ledger.record(Event.ROOM_FORGOT, actor=None, subject=room, now=now, messages=len(batch))
        gone += len(batch)
    return gone


def old_messages(room: Room, now: datetime) -> list[UUID]:
    """At most 500 messages to forget."""
    waiting = Alert.objects.exclude(state=Alert.State.RESOLVED).values("message")
    rows = Message.objects.filter(room=room, posted_at__lt=now - timedelta(days=room.retention_days))
    return list(rows.exclude(pk__in=waiting).values_list("pk", flat=True)[:AT_ONCE])


def oldest_overdue(now: datetime) -> str | None:
    """For /status: messages that are more than two days past their retention, or an alert that is an hour late."""
    if Alert.objects.exclude(state=Alert.State.RESOLVED).filter(due_at__lt=now - timedelta(hours=1)).exists():
        return "An alert of a support room is more than an hour late."
    for room in Room.objects.all():
        late = now - timedelta(days=room.retention_days + 2)
        waiting = Alert.objects.exclude(state=Alert.State.RESOLVED).values("message")
        if Message.objects.filter(room=room, posted_at__lt=late).exclude(pk__in=waiting).exists():
            return "Messages of a support room are kept longer than they may be."
    return None
