"""A lease: one person has one clip on their desk until a time. A time, never a boolean: it returns by itself."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviews.models.clips import Clip
from reviews.models.shifts import Shift
from reviews.states import OUT_OF_REACH, LeaseState


class Lease(models.Model):
    """The right to hear and review one clip. It ends at `expires_at` even before the sweep has noticed.

    `sound_served_at` is set when the first byte of sound goes out: from then on a release gives no quota back, and
    this person never gets the clip again. Times are UTC.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="leases")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="leases")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=LeaseState.choices, default=LeaseState.LIVE)
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sound_served_at = models.DateTimeField(null=True, blank=True)
    original_served_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clip"], condition=Q(state="live"), name="one_live_lease_per_clip"),
            models.CheckConstraint(condition=Q(state__in=LeaseState.values), name="lease_state_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("claimed_at")), name="lease_expires_after_claim"),
            models.CheckConstraint(
                condition=Q(state="live", ended_at=None) | ~Q(state="live") & Q(ended_at__isnull=False),
                name="lease_over_has_its_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person"], name="lease_live_by_person", condition=Q(state="live")),
            models.Index(fields=["expires_at"], name="lease_live_by_expiry", condition=Q(state="live")),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def gives_right(self, now: datetime) -> bool:
        """May its holder hear and review? Not when it is over, nor when the clip was taken out of reach since."""
        return self.state == LeaseState.LIVE and now < self.expires_at and self.clip.state not in OUT_OF_REACH
