"""Outside counsel: somebody of another firm, let into one case until a day."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from escalations.models.cases import Case


class CounselGrantQuerySet(models.QuerySet["CounselGrant"]):
    def live(self, now: datetime) -> CounselGrantQuerySet:
        """Those that open a case now. Asked at every read, so that none outlives its day by waiting for a sweep."""
        return self.filter(granted_at__isnull=False, ended_at=None, until__gt=now)


class CounselGrant(models.Model):
    """One person of outside counsel in one case, asked for by one of legal and agreed to by another.

    `until` (UTC) ends it by itself. `ended_at` says when it ended, also where it never began: one grant of a person is
    open at a time, so nobody outside sees two cases. The reason is sealed with the case's timeline.
    """

    class Ending(models.TextChoices):
        NONE = "", "None"
        DECLINED = "declined", "A second person said no"
        WITHDRAWN = "withdrawn", "It was taken back before anybody agreed"
        EXPIRED = "expired", "Nobody agreed in time"
        REVOKED = "revoked", "Legal ended it"
        OVER = "over", "Its day came"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="counsel_grants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="counsel_grants")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    until = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True, default="")

    objects = CounselGrantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-proposed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended_at=None), name="counsel_in_one_case_at_a_time"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("proposed_at")), name="counsel_grant_ends_later"),
            models.CheckConstraint(
                condition=Q(granted_at=None, granted_by=None)
                | Q(granted_at__isnull=False, granted_by__isnull=False) & ~Q(granted_by=F("proposed_by")),
                name="counsel_grant_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(person=F("proposed_by")) & (Q(granted_by=None) | ~Q(person=F("granted_by"))),
                name="counsel_is_let_in_by_others",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="counsel_grant_ends_somehow",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["until"], name="counsel_grant_until", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"counsel in {self.case_id}"
