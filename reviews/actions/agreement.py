"""Several reviews of one clip: the next one, what stands when all are in, and what an adjudicator sees.

Independent reviewers never see each other's findings. An adjudicator sees them without names, times or order.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from project import ledger, vault
from project.ledger.events import Event
from reviews.actions.findings import open_findings
from reviews.agreement import Opinion, disagree, the_one_that_stands
from reviews.models import Clip, Lease, Review
from reviews.states import Activation, ClipState

CHANGED: Final = ("state", "reviews_done", "seen_by", "reviewed_at", "queued_at", "is_disputed")


@dataclass(frozen=True, slots=True)
class Opened:
    """One independent review, opened for the adjudicator. `transcript` None: left as the machine had it."""

    activation: str
    severity: int
    blind: bool
    transcript: str | None
    labels: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def count_in(clip: Clip, review: Review, *, is_flagged: bool, now: datetime) -> bool:
    """Count a new, unsaved review in. True when the clip is done with: what was found stands and has its consequences.

    The caller holds the clip's lock and writes what CHANGED names of it. A flag ends it whatever was wanted. Until all
    wanted reviews are in, the clip queues again at the end; when they disagree, it queues at its old place for somebody
    who may decide. Marks the one review that stands as offered to the feed, this one or an earlier one.
    """
    clip.seen_by = [*clip.seen_by, review.person_id]
    review.is_decision = clip.is_disputed
    clip.reviews_done += 0 if review.is_decision else 1
    if is_flagged:
        _finish(clip, now)
    elif review.is_decision or clip.reviews_wanted == 1:
        _finish(clip, now)
        review.is_offered = review.activation != Activation.FALSE
    elif clip.reviews_done < clip.reviews_wanted:
        clip.become(ClipState.QUEUED)
        clip.queued_at = now
    else:
        _compare(clip, review, now)
    return clip.state == ClipState.REVIEWED


def needs_comparing(clip: Clip) -> bool:
    """Will the next independent review be the last of several?"""
    return not clip.is_disputed and 1 < clip.reviews_wanted <= clip.reviews_done + 1


def opinions_for(lease: Lease, key: vault.Key | None = None) -> list[Opened] | None:
    """What the independent reviewers found, for the adjudicator who holds this lease; None for anybody else.

    In the order of random ids: whose is whose cannot be told. Raises vault.KeyGone.
    """
    if not lease.clip.is_disputed:
        return None
    found = Review.objects.filter(clip=lease.clip, is_decision=False).order_by("pk")
    return [_open(lease.clip, review, key) for review in found]


def _compare(clip: Clip, review: Review, now: datetime) -> None:
    """All wanted reviews are in."""
    earlier = Review.objects.filter(clip=clip).values_list("pk", "activation", "severity", "reviewed_at")
    opinions = [Opinion(*row) for row in earlier]
    opinions.append(Opinion(review.pk, review.activation, review.severity, review.reviewed_at))
    if disagree(opinions):
        clip.is_disputed = True
        clip.become(ClipState.QUEUED)
        ledger.record(Event.CLIP_DISPUTED, actor=None, subject=clip, now=now, reviews=len(opinions))
        return
    _finish(clip, now)
    if review.activation == Activation.FALSE:
        return
    stands = the_one_that_stands(opinions)
    review.is_offered = stands == review.pk
    Review.objects.filter(pk=stands).update(is_offered=True)


def _finish(clip: Clip, now: datetime) -> None:
    clip.become(ClipState.REVIEWED)
    clip.reviewed_at = now


def _open(clip: Clip, review: Review, key: vault.Key | None) -> Opened:
    review.clip = clip
    found = open_findings(review, key)
    transcript, labels = found.get("transcript"), found.get("labels", [])
    return Opened(
        activation=review.activation,
        severity=review.severity,
        blind=review.is_blind,
        transcript=str(transcript) if transcript is not None else None,
        labels=[str(label) for label in labels] if isinstance(labels, list) else [],
    )
