"""Submit a review: once per lease, and everything that follows from it in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from reviews.access import lease_of
from reviews.actions import flags
from reviews.actions.findings import Findings, new_flag, seal_findings
from reviews.errors import AlreadyReviewed, LeaseOver
from reviews.models import Clip, Flag, Lease, Review
from reviews.states import Activation, ClipState, LeaseState
from wellbeing.actions.exposure import settle


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the review, the clip's state after it, erasures and cases by id."""

    review_id: UUID
    clip_state: str
    erasures: list[UUID]
    cases: list[UUID]


def review_clip(lease_id: UUID, findings: Findings, *, acting_user: User, now: datetime) -> Outcome:
    """Decide on a clip. Having heard it, or all of it, is no condition.

    1. Whose lease it is, and whether the findings can be true of this clip, before anything is locked.
    2. Keys that are needed are fetched, or made, before the transaction: the key store is another database.
    3. Lock the clip, then end the lease by compare-and-set: of two submits one wins.
    4. Review and flags, sealed; what the flags demand; how heavy it was, for the person's own exposure, last of locks.
    Raises Absent (404), Invalid (400), LeaseOver and AlreadyReviewed (409).
    """
    lease = lease_of(acting_user, lease_id)
    _check(lease, findings, now)
    key = vault.data_key(lease.clip.vault_id) if findings.needs_sealing else None
    case_id = flags.prepare(findings)
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=lease.clip_id)
        _end_lease(lease, clip, now)
        review = _write(clip, lease, findings, key, acting_user=acting_user, now=now)
        _advance(clip, acting_user, now)
        outcome = flags.raise_flags(clip, findings, case_id=case_id, actor=acting_user, now=now)
        _record(review, findings, actor=acting_user, now=now)
        settle(lease.pk, acting_user.pk, findings.severity, now)
    return Outcome(review.pk, clip.state, outcome.erasures, outcome.cases)


def _check(lease: Lease, findings: Findings, now: datetime) -> None:
    if lease.state == LeaseState.REVIEWED:
        raise AlreadyReviewed(review=str(Review.objects.values_list("pk", flat=True).get(lease=lease)))
    if not lease.gives_right(now):
        raise LeaseOver
    for flag in findings.flags:
        flag.check(lease.clip.duration_ms)


def _end_lease(lease: Lease, clip: Clip, now: datetime) -> None:
    """The compare-and-set that makes a review happen once. The clip is locked, so what its row says still stands."""
    live = Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE, expires_at__gt=now)
    if clip.state != ClipState.LEASED or live.update(state=LeaseState.REVIEWED, ended_at=now) != 1:
        lease.refresh_from_db(fields=["state"])
        raise AlreadyReviewed if lease.state == LeaseState.REVIEWED else LeaseOver


def _write(
    clip: Clip, lease: Lease, findings: Findings, key: vault.Key | None, *, acting_user: User, now: datetime
) -> Review:
    review = Review(
        id=uuid4(),
        clip=clip,
        lease=lease,
        person=acting_user,
        reviewed_at=now,
        activation=findings.activation,
        severity=findings.severity,
        is_blind=findings.blind,
        is_offered=not findings.flags and findings.activation != Activation.FALSE,
    )
    seal_findings(review, findings, key)
    review.save(force_insert=True)
    if findings.flags:
        Flag.objects.bulk_create(new_flag(clip, review, raised, key) for raised in findings.flags)
    return review


def _advance(clip: Clip, person: User, now: datetime) -> None:
    """One review nearer to what the source wanted. Until then it queues again, at the end, and never for the same."""
    clip.reviews_done += 1
    clip.seen_by = [*clip.seen_by, person.pk]
    if clip.reviews_done >= clip.reviews_wanted:
        clip.become(ClipState.REVIEWED)
        clip.reviewed_at = now
    else:
        clip.become(ClipState.QUEUED)
        clip.queued_at = now
    clip.save(update_fields=["state", "reviews_done", "seen_by", "reviewed_at", "queued_at"])


def _record(review: Review, findings: Findings, *, actor: User, now: datetime) -> None:
    ledger.record(
        Event.REVIEW_SUBMITTED,
        actor=actor,
        subject=review,
        now=now,
        clip=review.clip_id,
        activation=findings.activation,
        flags=len(findings.flags),
        blind=findings.blind,
    )
