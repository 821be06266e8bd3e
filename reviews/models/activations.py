"""How often devices recorded without being asked: daily counts, linked to no recording."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from reviews.states import Trigger


class ActivationCount(models.Model):
    """Reviews of one UTC day, by device, locale and trigger. It outlives the clips and names none of them.

    `device` is a keyed hash of what the source calls the device, under a purpose of its own; empty where the source
    named none, and after 90 days, when a device's days are folded into those of its locale and trigger.
    """

    pk = models.CompositePrimaryKey("day", "device", "locale", "trigger")
    day = models.DateField()
    device = models.BinaryField(max_length=32, default=b"")
    locale = models.CharField(max_length=35)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    judged = models.PositiveIntegerField()
    false = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(false__lte=F("judged")), name="false_activations_were_judged"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.locale} {self.trigger}"
