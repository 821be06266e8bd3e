"""Support rooms, who belongs to them and under which name, and which moderator is on duty when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Room(models.Model):
    """A support room. Its messages are sealed under the vault key of its id.

    `last_number` counts everything its members see happen, in order: a message that is shown and one that is taken
    away both draw the next number, under this row's lock. Whoever knows a number can ask for all that followed it.
    `people_version` counts changes of its members, under the same lock: who knows the version knows the members.
    """

    class Kind(models.TextChoices):
        ALL_HANDS = "all-hands"
        TEAM = "team"
        TOPIC = "topic"
        PRIVATE = "private"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TOPIC)
    retention_days = models.PositiveSmallIntegerField(default=90)
    time_zone = models.CharField(max_length=60, blank=True)  # of its opening hours; none: open round the clock
    slow_mode_seconds = models.PositiveSmallIntegerField(default=0)
    is_closed = models.BooleanField(default=False)
    last_number = models.BigIntegerField(default=0)
    people_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="wellbeing_room_retention", condition=Q(retention_days__gte=1) & Q(retention_days__lte=366)
            ),
            models.CheckConstraint(name="wellbeing_room_slow_mode", condition=Q(slow_mode_seconds__lte=3600)),
        ]

    def __str__(self) -> str:
        return self.slug


class OpeningHours(models.Model):
    """Of one weekday (0 is Monday), in minutes from its midnight on the room's own clock (see wellbeing.opening)."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name_plural = "opening hours"
        constraints = [
            models.UniqueConstraint(fields=["room", "weekday"], name="wellbeing_hours_once_a_day"),
            models.CheckConstraint(name="wellbeing_hours_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="wellbeing_hours_of_a_day",
                condition=Q(opens__lt=1440, closes__gt=F("opens"), closes__lte=F("opens") + 1440),
            ),
        ]

    def __str__(self) -> str:
        return f"day {self.weekday} from minute {self.opens}"


class Membership(models.Model):
    """A person in a room, under a pseudonym that nobody else there has or ever had. It ends, it is never deleted.

    `post_due_at` is when the next message would be due at one a second (see actions.messages); UTC like all times.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="room_memberships")
    pseudonym = models.CharField(max_length=40)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    muted_until = models.DateTimeField(null=True)
    post_due_at = models.DateTimeField(null=True)
    read_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "person"], name="wellbeing_one_membership"),
            models.UniqueConstraint(fields=["room", "pseudonym"], name="wellbeing_one_pseudonym"),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} in a room"


class Duty(models.Model):
    """A moderator on duty in a room from `starts_at` until `ends_at`; without an end, round the clock until changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="duties")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="room_duties")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["starts_at"]
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(
                name="wellbeing_duty_ends_later", condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [models.Index(fields=["room", "starts_at"], name="wellbeing_duty_roster")]

    def __str__(self) -> str:
        return f"duty from {self.starts_at:%Y-%m-%d %H:%M}Z"


class Unmasking(models.Model):
    """A pseudonym was lifted by two people. The name is shown to those two, for a day, and to nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="unmaskings")
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    unmasked_at = models.DateTimeField()
    readable_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="wellbeing_unmasking_takes_two", condition=~Q(proposer=F("approver"))),
        ]

    def __str__(self) -> str:
        return f"unmasking at {self.unmasked_at:%Y-%m-%d %H:%M}Z"
