from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wellbeing.day import BreakKind


class Break(models.Model):
    """A break that was taken. Kept for weekly group figures and the person's own export, never for a timesheet:

    nothing lists breaks per person to anybody else, and the ledger does not hold them.
    """

    class Kind(models.TextChoices):
        SCREEN = BreakKind.SCREEN.value, "break"
        MEAL = BreakKind.MEAL.value, "meal"
        WELLBEING = BreakKind.WELLBEING.value, "wellbeing time"
        COOL_DOWN = BreakKind.COOL_DOWN.value, "cool-down"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    shift_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="wellbeing_one_open_break", fields=["person"], condition=Q(ended_at=None)),
            models.CheckConstraint(name="wellbeing_break_ends_after", condition=Q(ends_at__gt=F("began_at"))),
        ]
        indexes = [models.Index(name="wellbeing_breaks_by_age", fields=["began_at"])]

    def __str__(self) -> str:
        return f"break {self.pk}"
