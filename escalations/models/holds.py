"""Holds: what keeps a case's evidence from erasure."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from escalations.models.cases import Case


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> HoldQuerySet:
        return self.filter(ended_at=None)


class Hold(models.Model):
    """Keeps every exhibit of a case from erasure while `ended_at` is empty.

    The flag's own hold has no owner until the case is closed after a decision; closing hands it to legal, with a review
    date, because it must not end silently. A hold of legal has an owner, a sealed reason and a review date from the
    start. Nothing ends a hold of legal by time: a passed review date only reminds. The flag's own ends with its case's
    time (escalations.actions.case_retention), unless its next review lies ahead.
    """

    class Kind(models.TextChoices):
        FLAG = "flag", "Placed by the flag"
        LEGAL = "legal", "Placed by legal"

    class Ending(models.TextChoices):
        DISMISSED = "dismissed", "The case was dismissed by two people"
        NO_OFFENCE = "no_offence", "The case was closed as T3"
        LIFTED = "lifted", "Lifted by legal"
        RETENTION = "retention", "The ended case's time was over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sealed_reason = models.BinaryField(null=True, blank=True)
    placed_at = models.DateTimeField()
    review_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True, default="")
    sealed_ending_reason = models.BinaryField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["placed_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(kind="flag", ended_at=None), name="one_hold_of_the_flag_per_case"
            ),
            models.CheckConstraint(
                condition=Q(kind="flag") | Q(owner__isnull=False, review_at__isnull=False, sealed_reason__isnull=False),
                name="hold_of_legal_has_owner_reason_review",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending__in=["", "retention"])
                | Q(ended_at__isnull=False, ended_by=None, kind="flag", ending="retention"),
                name="hold_ends_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case"], name="hold_active_by_case", condition=Q(ended_at=None)),
            models.Index(fields=["review_at"], name="hold_review_due", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} hold"

    @property
    def is_legals(self) -> bool:
        """True where legal may lift it: placed by legal, or the flag's own after it was handed over."""
        return self.owner_id is not None
