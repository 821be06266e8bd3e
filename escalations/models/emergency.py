"""Access in an emergency: one of legal in a case that is not theirs to see, for minutes, because two agreed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from escalations.models.cases import Case

SHORTEST_MINUTES: Final = 5
LONGEST_MINUTES: Final = 240


class EmergencyAccessQuerySet(models.QuerySet["EmergencyAccess"]):
    def live(self, now: datetime) -> EmergencyAccessQuerySet:
        """Those that open a case now. Asked at every read, so that none outlives its minutes by waiting for a sweep."""
        return self.filter(granted_at__isnull=False, ended_at=None, until__gt=now)


class EmergencyAccess(models.Model):
    """Asked for by the person who needs it, agreed to by another of legal. The minutes begin with the second yes.

    `until` (UTC) ends it by itself. `ended_at` says when it ended, also where it never began. The reason is sealed
    under the case's key.
    """

    class Ending(models.TextChoices):
        NONE = "", "None"
        DECLINED = "declined", "A second person said no"
        WITHDRAWN = "withdrawn", "It was taken back before anybody agreed"
        EXPIRED = "expired", "Nobody agreed in time"
        OVER = "over", "Its minutes were over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="emergency_accesses")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="emergency_accesses")
    minutes = models.PositiveSmallIntegerField()
    sealed_reason = models.BinaryField()
    proposed_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True, default="")

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-proposed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "case"], condition=Q(ended_at=None), name="one_emergency_access_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=SHORTEST_MINUTES) & Q(minutes__lte=LONGEST_MINUTES),
                name="emergency_access_is_short",
            ),
            models.CheckConstraint(
                condition=Q(granted_at=None, granted_by=None, until=None)
                | Q(granted_at__isnull=False, granted_by__isnull=False, until__gt=F("granted_at"))
                & ~Q(granted_by=F("person")),
                name="emergency_access_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="emergency_access_ends_somehow",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["until"], name="emergency_access_until", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"emergency access to {self.case_id}"
