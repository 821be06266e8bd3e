"""Messages of support rooms as masked, and what moderators have to look at."""

import uuid
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wellbeing.models.rooms import Membership, Room


class Message(models.Model):
    """One message, sealed as masked under the key of its room's day; its reports and notes are sealed under the same.

        (posted) -> shown <-> held
                      |         |
                      +----+----+-> removed (-> shown, restored in its old place)

    `number` is its id on the wire: drawn from the room when it is shown, a new one each time; only a restored message
    gets its old one back. A removed message keeps its sealed text until `kept_until`, for the author's appeal, and
    none at all where it is the words themselves that must not exist (LEAKS).
    """

    class State(models.TextChoices):
        SHOWN = "shown"
        HELD = "held"
        REMOVED = "removed"

    class Removal(models.TextChoices):
        PERSONAL_DATA = "personal-data"
        CLIP_CONTENT = "clip-content"
        HARMFUL = "harmful"
        ABUSE = "abuse"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="messages")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="messages")
    client_id = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices)
    sealed_text = models.BinaryField(null=True)
    sealed_under = models.UUIDField()
    masked = ArrayField(models.CharField(max_length=20), default=list)
    by_moderator = models.BooleanField(default=False)
    held_because = models.CharField(max_length=20, blank=True)
    removed_because = models.CharField(max_length=20, choices=Removal.choices, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    number = models.BigIntegerField(null=True)
    posted_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="wellbeing_posted_once"),
            models.UniqueConstraint(fields=["room", "number"], name="wellbeing_one_number"),
            models.CheckConstraint(
                name="wellbeing_shown_has_number",
                condition=(Q(state="shown") & Q(number__isnull=False)) | (~Q(state="shown") & Q(number__isnull=True)),
            ),
            models.CheckConstraint(
                name="wellbeing_removed_keeps_no_text",
                condition=Q(state="removed", sealed_text__isnull=True, kept_until__isnull=True)
                | Q(state="removed", sealed_text__isnull=False, kept_until__isnull=False, removed_by__isnull=False)
                | (~Q(state="removed") & Q(sealed_text__isnull=False, kept_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="wellbeing_leaks_go_at_once",
                condition=Q(sealed_text__isnull=True) | ~Q(removed_because__in=["personal-data", "clip-content"]),
            ),
        ]
        indexes = [
            models.Index(fields=["kept_until"], condition=Q(kept_until__isnull=False), name="wellbeing_kept_words"),
            models.Index(fields=["room", "posted_at"], name="wellbeing_message_age"),
        ]

    def __str__(self) -> str:
        return f"message {self.number or ''} ({self.state})"


# Words that must not exist anywhere: nothing of them is kept for an appeal.
LEAKS: Final = frozenset({Message.Removal.PERSONAL_DATA, Message.Removal.CLIP_CONTENT})


class RoomKey(models.Model):
    """Which vault object holds the key of a room's day (UTC): shredded, it takes that day out of every backup."""

    object_id = models.UUIDField(primary_key=True)
    room = models.ForeignKey(Room, models.PROTECT, related_name="keys")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "day"], name="wellbeing_one_key_a_day")]

    def __str__(self) -> str:
        return f"room key {self.object_id}"


class Withdrawal(models.Model):
    """A message was taken off everybody's screen: `number` says when, in the room's order, `message_number` which."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="withdrawals")
    message = models.ForeignKey(Message, models.CASCADE, related_name="withdrawals")
    number = models.BigIntegerField()
    message_number = models.BigIntegerField()
    removed = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="wellbeing_one_withdrawal")]

    def __str__(self) -> str:
        return f"withdrawal {self.number} of {self.message_number}"


class Restoration(models.Model):
    """A removed message is back in its old place: `number` says when, in the room's order, `message_number` which."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="restorations")
    message = models.ForeignKey(Message, models.CASCADE, related_name="restorations")
    number = models.BigIntegerField()
    message_number = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "number"], name="wellbeing_one_restoration")]

    def __str__(self) -> str:
        return f"restoration {self.number} of {self.message_number}"


class Report(models.Model):
    """A member asks moderators to look at a message. Who it was is never shown, not even to moderators."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(Membership, models.PROTECT, related_name="reports")
    sealed_reason = models.BinaryField()
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "reporter"], name="wellbeing_reported_once")]

    def __str__(self) -> str:
        return f"report of {self.reported_at:%Y-%m-%d %H:%M}Z"


class Alert(models.Model):
    """Something a moderator has to look at, and by when.

        open -> taken -> resolved
          +----------------^

    At half time a second moderator is told; `due_at` missed is shown as late. One that is not resolved per message, and
    beside it one for the author's appeal, which another moderator decides.
    """

    class Kind(models.TextChoices):
        CRISIS = "crisis"
        HELD = "held"
        REPORT = "report"
        APPEAL = "appeal"

    class Level(models.TextChoices):
        RED = "red"
        YELLOW = "yellow"
        OTHER = "other"

    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        RESOLVED = "resolved"

    class About(models.TextChoices):
        ME = "me"
        COLLEAGUE = "colleague"
        CLIP = "clip"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="alerts")
    message = models.ForeignKey(Message, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    about = models.CharField(max_length=10, choices=About.choices, blank=True)
    quoted = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    half_time_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_paged = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    second_paged_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], condition=~Q(state="resolved") & ~Q(kind="appeal"), name="wellbeing_one_open_alert"
            ),
            models.UniqueConstraint(
                fields=["message"], condition=~Q(state="resolved") & Q(kind="appeal"), name="wellbeing_one_open_appeal"
            ),
            models.CheckConstraint(
                name="wellbeing_resolved_by_somebody",
                condition=~Q(state="resolved") | (Q(resolved_by__isnull=False) & Q(resolved_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=~Q(state="resolved"), name="wellbeing_open_alerts")]

    def __str__(self) -> str:
        return f"{self.level} alert ({self.state})"


class ModerationNote(models.Model):
    """A note among moderators on an alert, sealed under the message's key, masked like a message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sealed_text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at"]

    def __str__(self) -> str:
        return f"note of {self.written_at:%Y-%m-%d %H:%M}Z"
