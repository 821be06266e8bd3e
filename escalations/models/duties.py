"""Who is on call: the last rung of the ladder tells whoever is planned for that moment."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class OnCallDuty(models.Model):
    """One person answers missed clocks from one instant until another (UTC), planned in `time_zone`. Duties planned
    to repeat weekly are rows of their own with one `series`, so each can be cancelled or overlapped alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="on_call_duties")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=60)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    series = models.UUIDField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["starts_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="duty_ends_after_it_began"),
            models.UniqueConstraint(
                fields=["person", "starts_at", "ends_at"], condition=Q(cancelled_at=None), name="duty_planned_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ends_at", "starts_at"], name="duty_by_end", condition=Q(cancelled_at=None))
        ]

    def __str__(self) -> str:
        return f"on call from {self.starts_at:%Y-%m-%d %H:%M}"
