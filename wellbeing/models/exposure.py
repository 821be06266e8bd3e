"""What a person heard, one row a hearing, and their working day so far, one row a person."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from wellbeing.day import Day, Source


class Heard(models.Model):
    """One hearing: a lease of a clip, or one opening of a case's evidence. Lengths in ms, times UTC.

    `heard_ms` and `weighted_ms` repeat what the pure Source says, so that sums need no formula in SQL.
    The person's own: it goes when the account goes, and after 90 days.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    source_id = models.UUIDField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    unreported_ms = models.PositiveIntegerField(default=0)
    reported_ms = models.PositiveIntegerField(default=0)
    spent_ms = models.PositiveIntegerField(default=0)
    severity = models.PositiveSmallIntegerField(null=True)
    settled = models.BooleanField(default=False)
    heard_ms = models.PositiveIntegerField(default=0)
    weighted_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="wellbeing_heard_once_a_source", fields=["person", "source_id"]),
            models.CheckConstraint(name="wellbeing_heard_severity", condition=Q(severity=None) | Q(severity__lte=3)),
        ]
        indexes = [
            models.Index(
                name="wellbeing_heard_lately",
                fields=["person", "last_at"],
                include=["heard_ms", "weighted_ms", "severity"],
            ),
            models.Index(name="wellbeing_heard_by_age", fields=["last_at"]),
        ]

    def __str__(self) -> str:
        return f"hearing {self.pk}"

    def as_source(self) -> Source:
        return Source(self.first_at, self.unreported_ms, self.reported_ms, self.spent_ms, self.severity, self.settled)

    def take(self, source: Source, now: datetime) -> None:
        self.unreported_ms, self.reported_ms, self.spent_ms = source.unreported_ms, source.reported_ms, source.spent_ms
        self.severity, self.settled = source.severity, source.settled
        self.heard_ms, self.weighted_ms = source.heard_ms, source.heard_ms * source.weight
        self.last_at = max(now, self.first_at)


class WorkingDay(models.Model):
    """The pure Day of one person, column by column. Its row lock is what keeps one person's reports in order."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    began_at = models.DateTimeField(null=True)
    working_since = models.DateTimeField(null=True)
    last_work_at = models.DateTimeField(null=True)
    sounding = models.UUIDField(null=True)
    sounding_until = models.DateTimeField(null=True)
    stretch_ms = models.PositiveBigIntegerField(default=0)
    work_ms = models.PositiveBigIntegerField(default=0)
    clips = models.PositiveIntegerField(default=0)
    deferred = models.BooleanField(default=False)
    heavy_ms = models.PositiveBigIntegerField(default=0)
    heavy_run_ms = models.PositiveBigIntegerField(default=0)
    heavy_since = models.DateTimeField(null=True)
    last_heavy_at = models.DateTimeField(null=True)
    heavy_days_before = models.PositiveSmallIntegerField(default=0)
    gravest_at = models.DateTimeField(null=True)
    expected_gravest_at = models.DateTimeField(null=True)
    expected_gravest = models.UUIDField(null=True)
    gravest_asked_at = models.DateTimeField(null=True)
    break_kind = models.CharField(max_length=12, blank=True, default="")
    break_began_at = models.DateTimeField(null=True)
    break_ends_at = models.DateTimeField(null=True)
    shift_began_at = models.DateTimeField(null=True)
    shift_work_ms = models.PositiveBigIntegerField(default=0)
    shift_heavy_ms = models.PositiveBigIntegerField(default=0)
    shift_limits = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"working day {self.pk}"

    def as_day(self) -> Day:
        return Day(**{name: getattr(self, name) for name in DAY_FIELDS})

    def take(self, day: Day) -> None:
        for name in DAY_FIELDS:
            setattr(self, name, getattr(day, name))


DAY_FIELDS = tuple(f.name for f in fields(Day))
