"""Disclosures: what was reported to which authority."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from escalations.models.cases import Case


class Disclosure(models.Model):
    """Authority, basis, reference and what was sent are sealed together as JSON under the case's key.

    `emergency` marks one that a single legal person made in T0 before the decision; a second reviews it. The receipt is
    what the authority answered, sealed likewise; it comes later, and once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="disclosures")
    sealed_details = models.BinaryField()
    emergency = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sealed_receipt = models.BinaryField(null=True, blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)
    receipt_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["sent_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sealed_receipt=None, receipt_at=None, receipt_by=None)
                | Q(sealed_receipt__isnull=False, receipt_at__isnull=False, receipt_by__isnull=False),
                name="disclosure_receipt_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"disclosure of {self.case_id}"
