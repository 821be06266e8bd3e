"""Check-ins: sealed answers, each under a key of its own, the offers to give one, and loaded instruments."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class CheckIn(models.Model):
    """One answer that a person gave, sealed. It belongs to them, and lives 90 days at most.

    `sealed_under` is the vault object of its key: the answer's own id, or (given under an older version) one that
    several answers share. Shredding it takes the answer out of every backup too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    sealed_answers = models.BinaryField()
    sealed_under = models.UUIDField(db_index=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="wellbeing_checkins_of_person", fields=["person", "-at"]),
            models.Index(name="wellbeing_checkins_by_end", fields=["expires_at"]),
            models.Index(name="wellbeing_checkins_by_time", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"check-in {self.pk}"


class Offer(models.Model):
    """A check-in that is offered, never ordered: after an escalation, or because an answer was high."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="wellbeing_offer_once", fields=["person", "kind", "due_at"]),
        ]
        indexes = [
            models.Index(
                name="wellbeing_offers_due", fields=["due_at"], condition=models.Q(told_at=None, closed_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"


class Instrument(models.Model):
    """A published scale whose texts the organisation loaded under its own licence (`manage.py load_instrument`)."""

    code = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=200)
    attribution = models.CharField(max_length=1000)
    terms = models.CharField(max_length=1000)
    items = models.JSONField()
    choices = models.JSONField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title
