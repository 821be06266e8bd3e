"""One row for each thing one person is told, and one for each way on which it goes out, with what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse

from project.accounts.models import User
from project.notices.kinds import Kind, kind_of
from project.notices.quiet import quiet_until


class Notice(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="notices")
    code = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Notice]] = models.Manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notices_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notices_unread"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def kind(self) -> Kind:
        return kind_of(self.code)

    @property
    def url(self) -> str:
        """The page about it, or nothing where that page is gone."""
        try:
            return reverse(self.kind.url_name, args=[self.subject_id] if self.kind.with_id else [])
        except NoReverseMatch:
            return ""


class Send(models.Model):
    """One notice on one way. `target` is the organisation's name for an address of its own; empty: the person's.

    `once` is what must go out once although several people are told of it. `error` is the class of what went wrong,
    never its words, which may quote an address. `urgent` breaks quiet hours. Times are UTC.

        waiting -> sent | failed (given up) | dropped (the account or the address is gone)
        failed -> waiting (somebody asked to try again)
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", "In the app"
        EMAIL = "email", "By mail"
        APPRISE = "apprise", "To the organisation"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="sends")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    target = models.CharField(max_length=40, blank=True)
    once = models.CharField(max_length=200, null=True)  # unique where it says something
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    give_up_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager[Send]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "target"], name="notices_one_send_a_way"),
            models.UniqueConstraint(fields=["once"], name="notices_send_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False) | (~Q(state="waiting") & Q(next_at=None)),
                name="notices_waiting_has_a_next_time",
            ),
            models.CheckConstraint(
                condition=Q(target="") | Q(channel="apprise"), name="notices_target_of_organisation"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="notices_to_send"),
            models.Index(
                fields=["channel"],
                condition=Q(state="failed") | Q(state="waiting", error__gt=""),
                name="notices_failing_sends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} ({self.state})"


class QuietHours(models.Model):
    """When one person wants no mail, by the clock of a place. Over midnight where they end before they begin."""

    person = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="quiet_hours")
    begins = models.TimeField()
    ends = models.TimeField()
    time_zone = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(begins=F("ends")), name="notices_quiet_has_a_length")]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M}, {self.time_zone}"

    def until(self, now: datetime) -> datetime | None:
        """When they end, if `now` lies in them."""
        return quiet_until(now, self.begins, self.ends, ZoneInfo(self.time_zone))
