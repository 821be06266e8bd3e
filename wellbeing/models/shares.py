"""Whom a person lets read their check-ins, until when, and when that was done."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Share(models.Model):
    """One person's leave for one counsellor to read their check-ins. It ends by itself, or when they say so.

    The row goes 90 days after its end: that somebody sought help is nobody's business later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    counsellor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    given_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "counsellor"], condition=Q(revoked_at=None), name="wellbeing_one_share_a_counsellor"
            ),
            models.CheckConstraint(name="wellbeing_not_shared_with_oneself", condition=~Q(person=F("counsellor"))),
            models.CheckConstraint(name="wellbeing_share_ends", condition=Q(ends_at__gt=F("given_at"))),
        ]
        indexes = [models.Index(fields=["counsellor", "ends_at"], name="wellbeing_shares_of_counsellor")]

    def __str__(self) -> str:
        return f"share {self.pk}"

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.ends_at > now


class Reading(models.Model):
    """That a counsellor opened what was shared with them: shown to the person, and gone with the share."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    share = models.ForeignKey(Share, models.CASCADE, related_name="readings")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"reading {self.pk}"
