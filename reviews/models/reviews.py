"""A review: what one listener found, and the annotation feed that carries it to the training side."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.clips import GRAVEST, Clip
from reviews.models.leases import Lease
from reviews.states import Activation


class Review(models.Model):
    """One person's findings on one clip, once per lease; `is_decision` where an adjudicator settled a disagreement.

    `is_offered` says that the feed may list it: it is what stands of the clip, with no flag that stands and an
    activation that was not false. `is_listed` says that it has its place in the feed, `is_counted` that the rates of
    false activations have it. What was written (corrected transcript, labels) is JSON, sealed under the clip's key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="review")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()
    activation = models.CharField(max_length=8, choices=Activation.choices)
    severity = models.PositiveSmallIntegerField()
    is_blind = models.BooleanField(default=False)
    sealed_findings = models.BinaryField(null=True, blank=True)
    is_offered = models.BooleanField(default=False)
    is_listed = models.BooleanField(default=False)
    is_counted = models.BooleanField(default=False, db_default=False)
    is_decision = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clip", "person"], name="nobody_reviews_a_clip_twice"),
            models.CheckConstraint(condition=Q(severity__lte=GRAVEST), name="review_severity_0_to_3"),
            models.CheckConstraint(condition=Q(activation__in=Activation.values), name="review_activation_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reviewed_at", "id"],
                name="review_waits_for_feed",
                condition=Q(is_offered=True, is_listed=False),
            ),
            models.Index(fields=["reviewed_at"], name="review_not_counted_yet", condition=Q(is_counted=False)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class FeedEntry(models.Model):
    """One line of the annotation feed. `sequence` is the cursor: drawn by one lister at a time, after the review's
    commit, so a reader that has seen a number has seen every smaller one. `version` is the clip's at that time.
    A clip can come, go and come back, so it may have many lines; the newest is what holds.
    """

    class Kind(models.TextChoices):
        ANNOTATION = "annotation"
        WITHDRAWAL = "withdrawal"

    sequence = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="feed_entries")
    review = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveSmallIntegerField(default=1, db_default=1)
    listed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="annotation", review__isnull=False) | Q(kind="withdrawal", review=None),
                name="feed_annotation_has_its_review",
            ),
        ]

    def __str__(self) -> str:
        return str(self.sequence)
