"""A flag: somebody heard critical data or a possible crime, and where in the recording."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reviews.models.clips import Clip
from reviews.models.reviews import Review
from reviews.states import ALL_CATEGORIES, FlagKind


class Flag(models.Model):
    """One flag of one review. Spans are milliseconds from the start of the clip; the note is sealed under its key.

    `withdrawn_at`: it was taken back inside the undo window, and counts for nothing from then on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="flags")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=8, choices=FlagKind.choices)
    category = models.CharField(max_length=20)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    is_danger_now = models.BooleanField(default=False)
    sealed_note = models.BinaryField(null=True, blank=True)
    raised_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=FlagKind.values), name="flag_kind_known"),
            models.CheckConstraint(condition=Q(category__in=sorted(ALL_CATEGORIES)), name="flag_category_known"),
            models.CheckConstraint(
                condition=Q(start_ms=None, end_ms=None) | Q(start_ms__lt=F("end_ms")), name="flag_span_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
