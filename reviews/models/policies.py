"""What the organisation asks of erasures, beyond what the machine does by itself."""

import uuid
from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from reviews.states import CATEGORIES, FlagKind

_CATEGORIES: Final = sorted(CATEGORIES[FlagKind.CRITICAL])
LONGEST_UNDO_MINUTES: Final = 45  # critical data is due in an hour: a quarter of it is left to destroy it in
LONGEST_ACCIDENTAL_HOURS: Final = 72


class ErasurePolicy(models.Model):
    """One row, for the whole organisation; without it the defaults hold.

    Flags of kind critical whose categories are all in `redact_categories`, and that all say where, have the recording
    redacted instead of erased.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    is_ours = models.BooleanField(default=True, editable=False)
    undo_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="How long an order may be taken back before it is carried out: 0 to 45 minutes."
    )
    redact_categories = ArrayField(
        models.CharField(max_length=20, choices=[(name, name) for name in _CATEGORIES]),
        default=list,
        blank=True,
        help_text=f"Silenced instead of erased where spans say where; with commas, of: {', '.join(_CATEGORIES)}.",
    )
    erases_accidental = models.BooleanField(
        default=True, help_text="A recording made by a false activation is erased; only the fact is counted."
    )
    accidental_hours = models.PositiveSmallIntegerField(
        default=24, help_text="How long the erasure of an accidental recording may take: 1 to 72 hours."
    )

    class Meta:
        verbose_name_plural = "erasure policies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_ours"], name="one_erasure_policy"),
            models.CheckConstraint(condition=Q(is_ours=True), name="erasure_policy_is_ours"),
            models.CheckConstraint(
                condition=Q(undo_minutes__lte=LONGEST_UNDO_MINUTES), name="undo_leaves_time_to_erase"
            ),
            models.CheckConstraint(
                condition=Q(accidental_hours__gte=1, accidental_hours__lte=LONGEST_ACCIDENTAL_HOURS),
                name="accidental_hours_1_to_72",
            ),
            models.CheckConstraint(
                condition=Q(redact_categories__contained_by=_CATEGORIES), name="redacts_known_categories"
            ),
        ]

    def __str__(self) -> str:
        return "erasure policy"
