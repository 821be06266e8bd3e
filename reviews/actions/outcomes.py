"""What became of a review: answered when it is submitted, and again when the answer was lost on the way."""

from dataclasses import dataclass
from uuid import UUID

from escalations.access import cases_reported_with
from reviews.models import Erasure, Lease, Review


@dataclass(frozen=True, slots=True)
class Outcome:
    """The review, the clip's state after it, erasures and cases by id."""

    review_id: UUID
    clip_state: str
    erasures: list[UUID]
    cases: list[UUID]


def first_outcome(lease: Lease) -> Outcome:
    """What the review of this lease led to, for whoever sends it a second time. The clip may have moved on since."""
    review = Review.objects.select_related("clip").get(lease=lease)
    erasures = Erasure.objects.filter(clip_id=review.clip_id, ordered_at=review.reviewed_at)
    cases = cases_reported_with(review.clip_id, reporter_id=review.person_id, at=review.reviewed_at)
    return Outcome(review.pk, review.clip.state, list(erasures.values_list("pk", flat=True)), cases)
