"""Submit a review: once per lease, and everything that follows from it in the same transaction."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from reviews.access import lease_of
from reviews.actions import flags
from reviews.actions.agreement import count_in
from reviews.actions.findings import Findings, new_flag, seal_findings
from reviews.actions.outcomes import Outcome, first_outcome
from reviews.errors import AlreadyReviewed, LeaseOver
from reviews.models import Clip, Flag, Lease, Review
from reviews.states import ClipState, LeaseState
from wellbeing.actions.exposure import note_sound, settle


def review_clip(
    lease_id: UUID, findings: Findings, *, acting_user: User, now: datetime, heard_ms: int | None = None
) -> Outcome:
    """Decide on a clip. Having heard it, or all of it, is no condition. `heard_ms` is the player's last report.

    1. Whose lease it is, and whether the findings can be true of this clip, before anything is locked.
    2. Keys that are needed are fetched, or made, before the transaction: the key store is another database.
    3. Lock the clip, then end the lease by compare-and-set: of two submits one wins.
    4. Where the clip goes now: it may want more reviews, or an adjudicator. Review and flags, sealed; what the flags
       demand; how heavy it was, for the person's own exposure, last of locks.
    Raises Absent (404), Invalid (400), LeaseOver (409), AlreadyReviewed (409, with what the first one led to).
    """
    lease = lease_of(acting_user, lease_id)
    _check(lease, findings, now)
    key = vault.data_key(lease.clip.vault_id) if findings.needs_sealing else None
    case_id = flags.prepare(findings)
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).get(pk=lease.clip_id)
        _end_lease(lease, clip, now)
        review = _new_review(clip, lease, findings, acting_user=acting_user, now=now)
        stands = count_in(clip, review, is_flagged=bool(findings.flags), now=now)
        _write(review, findings, key)
        outcome = flags.raise_flags(clip, findings, case_id=case_id, stands=stands, actor=acting_user, now=now)
        _record(review, findings, actor=acting_user, now=now)
        if heard_ms is not None:
            note_sound(acting_user.pk, lease.pk, heard_ms=heard_ms, now=now)
        settle(lease.pk, acting_user.pk, findings.severity, now)
    return Outcome(review.pk, clip.state, outcome.erasures, outcome.cases)


def _check(lease: Lease, findings: Findings, now: datetime) -> None:
    if lease.state == LeaseState.REVIEWED:
        raise _already(lease)
    if not lease.gives_right(now):
        raise LeaseOver.of(lease.state)
    for flag in findings.flags:
        flag.check(lease.clip.duration_ms)


def _end_lease(lease: Lease, clip: Clip, now: datetime) -> None:
    """The compare-and-set that makes a review happen once. The clip is locked, so what its row says still stands."""
    live = Lease.objects.filter(pk=lease.pk, state=LeaseState.LIVE, expires_at__gt=now)
    if clip.state != ClipState.LEASED or live.update(state=LeaseState.REVIEWED, ended_at=now) != 1:
        lease.refresh_from_db(fields=["state"])
        raise _already(lease) if lease.state == LeaseState.REVIEWED else LeaseOver.of(lease.state)


def _already(lease: Lease) -> AlreadyReviewed:
    """Whoever sends again because the answer was lost learns what they would have learnt."""
    first = first_outcome(lease)
    return AlreadyReviewed(
        review=str(first.review_id),
        clip_state=first.clip_state,
        erasures=[str(pk) for pk in first.erasures],
        cases=[str(pk) for pk in first.cases],
    )


def _new_review(clip: Clip, lease: Lease, findings: Findings, *, acting_user: User, now: datetime) -> Review:
    return Review(
        id=uuid4(),
        clip=clip,
        lease=lease,
        person=acting_user,
        reviewed_at=now,
        activation=findings.activation,
        severity=findings.severity,
        is_blind=findings.blind,
    )


def _write(review: Review, findings: Findings, key: vault.Key | None) -> None:
    seal_findings(review, findings, key)
    review.save(force_insert=True)
    if findings.flags:
        Flag.objects.bulk_create(new_flag(review.clip, review, raised, key) for raised in findings.flags)


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
        **({"decision": True} if review.is_decision else {}),
    )
