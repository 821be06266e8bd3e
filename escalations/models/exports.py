"""Exports: what left the building, for whom, and what became of the built file."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from escalations.export.facts import Profile
from escalations.models.cases import Case


class ExportQuerySet(models.QuerySet["Export"]):
    def under_way(self) -> ExportQuerySet:
        """Released, and its file not yet collected or destroyed: what it copies from must stay."""
        return self.filter(state__in=[Export.State.APPROVED, Export.State.BUILDING, Export.State.READY])

    def unbuilt(self) -> ExportQuerySet:
        """Released, and still reading or about to: what it reads must not change."""
        return self.filter(state__in=[Export.State.APPROVED, Export.State.BUILDING])

    def to_build(self, now: datetime) -> ExportQuerySet:
        """Approved, due, and in nobody's hands: never begun, or left by a worker whose lease ran out."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, state__in=[Export.State.APPROVED, Export.State.BUILDING], next_attempt_at__lte=now)

    def to_destroy(self, now: datetime) -> ExportQuerySet:
        """Collected, given up, or past their time, with a file that may still be there. Nobody is being served it."""
        over = Q(state__in=[Export.State.COLLECTED, Export.State.FAILED, Export.State.DESTROYED])
        expired = Q(state=Export.State.READY, expires_at__lte=now)
        unserved = Q(serving_until=None) | Q(serving_until__lte=now)
        return self.filter(over | expired, unserved, destroyed_at=None)


class Export(models.Model):
    """One export of one case. Its id is also the id of the data key that the built file is sealed under.

        proposed -> approved -> building -> ready -> collected     (the file is destroyed at once, `destroyed_at`)
            |          |           |          +----> destroyed     (nobody collected it in time)
            +----------+-----------+---------------> failed        (`ending` says why)

    `recipients` are age public keys. The reason is sealed under the case's key. A worker holds the row by
    `lease_token` until `lease_until`; `attempts` and `next_attempt_at` are the back-off. Times are UTC, sizes bytes.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        BUILDING = "building", "Being built"
        READY = "ready", "Ready to collect"
        COLLECTED = "collected", "Collected"
        DESTROYED = "destroyed", "Destroyed uncollected"
        FAILED = "failed", "Failed"

    class Ending(models.TextChoices):
        NONE = "", "None"
        DECLINED = "declined", "A second person said no"
        WITHDRAWN = "withdrawn", "It was taken back"
        EXPIRED = "expired", "Nobody decided in time"
        EVIDENCE_CHANGED = "evidence-changed", "A recording no longer has the hash it had at intake"
        EVIDENCE_GONE = "evidence-gone", "A recording was erased before it could be exported"
        GAVE_UP = "gave-up", "It could not be built"
        NOT_COLLECTED = "not-collected", "Nobody collected it in time"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="exports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    profile = models.CharField(max_length=16, choices=[(one.value, one.value) for one in Profile])
    recipients = ArrayField(models.CharField(max_length=100))
    sealed_reason = models.BinaryField(null=True, blank=True)
    emergency = models.BooleanField(default=False)

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    progress = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=40, blank=True, default="")
    waits_for_timestamp = models.BooleanField(default=False)
    timestamp_waived = models.BooleanField(default=False)

    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    timestamped = models.BooleanField(default=False)
    bag_sha256 = models.CharField(max_length=64, blank=True, default="")
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    file_bytes = models.BigIntegerField(null=True, blank=True)

    transfers = models.PositiveSmallIntegerField(default=0)
    serving_token = models.UUIDField(null=True, blank=True)
    serving_until = models.DateTimeField(null=True, blank=True)
    collected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    collected_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=20, choices=Ending.choices, blank=True, default="")

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-proposed_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["proposed", "approved", "building", "ready", "collected", "destroyed", "failed"]
                ),
                name="export_state_known",
            ),
            models.CheckConstraint(
                condition=Q(profile__in=[one.value for one in Profile]), name="export_profile_known"
            ),
            models.CheckConstraint(condition=Q(recipients__len__gte=1), name="export_has_a_recipient"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="export_progress_0_to_100"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "failed"]) | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="export_approved_before_built",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(emergency=True) | ~Q(approved_by=F("proposed_by")),
                name="export_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(ready_at__isnull=False, expires_at__isnull=False) & ~Q(bag_sha256=""),
                name="export_ready_is_hashed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], name="export_to_build", condition=Q(state__in=["approved", "building"])
            ),
            models.Index(
                fields=["expires_at"],
                name="export_to_destroy",
                condition=Q(state__in=["ready", "collected", "destroyed", "failed"], destroyed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"export of {self.case_id}"

    @property
    def profile_of(self) -> Profile:
        """The profile with what it carries."""
        return Profile(self.profile)

    @property
    def file_name(self) -> str:
        """What the recipient's file is called."""
        return f"{self.case.number}-{self.pk}.tar.age"

    @property
    def recipients_count(self) -> int:
        return len(self.recipients)

    @property
    def waits_for(self) -> str:
        """What has to happen before it goes on, as one word; empty where nothing has to."""
        if self.state == self.State.PROPOSED:
            return "approval"
        if self.waits_for_timestamp:
            return "timestamp"
        return "retry" if self.last_error and self.state in (self.State.APPROVED, self.State.BUILDING) else ""
