"""Custody: every opening of evidence, written before any sound of it is served."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from escalations.models.cases import Case, Exhibit


class Opening(models.Model):
    """One person opened one exhibit for a stated purpose (sealed), and may hear it until `expires_at`.

    `softened_at` and `original_at` say when each version was first served. The original follows the softened one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="openings")
    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="openings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sealed_purpose = models.BinaryField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    softened_at = models.DateTimeField(null=True, blank=True)
    original_at = models.DateTimeField(null=True, blank=True)
    heard_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["opened_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(original_at=None) | Q(softened_at__lte=F("original_at")), name="opening_softened_first"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "opened_at"], name="opening_by_case")]

    def __str__(self) -> str:
        return f"opening of {self.exhibit_id}"
