"""Unmaskings: two people of legal needed to know who reported, and for how long they may read it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from escalations.models.cases import Report


class ReporterUnmasking(models.Model):
    """Who made a report was shown to two people, until `readable_until` (UTC), and to nobody else.

    No name is kept here: it is read from the report while it may be. The reason is sealed with the case's timeline.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="unmaskings")
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    unmasked_at = models.DateTimeField()
    readable_until = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["unmasked_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(proposer=F("approver")), name="reporter_unmasking_takes_two"),
            models.CheckConstraint(
                condition=Q(readable_until__gt=F("unmasked_at")), name="reporter_unmasking_ends_after_it_began"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["report", "readable_until"], name="reporter_unmasking_by_report")]

    def __str__(self) -> str:
        return f"unmasking for {self.report_id}"
