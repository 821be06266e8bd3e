"""Submit a review: once per lease, and everything that follows from it in the same transaction."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger, vault
from project.accounts.models import User
from project.ledger.events import Event
from project.statements import ALWAYS, Statement, at_once, if_it_holds, inserted, together, updated
from reviews import locks, looks
from reviews.access import lease_of
from reviews.actions import flags
from reviews.actions.agreement import CHANGED, count_in, needs_comparing
from reviews.actions.findings import Findings, new_flag, seal_findings
from reviews.actions.outcomes import Outcome, first_outcome
from reviews.errors import AlreadyReviewed, LeaseOver
from reviews.models import Flag, Lease, Review
from reviews.states import FlagKind, LeaseState
from wellbeing import loading
from wellbeing.actions.exposure import decide, decided
from wellbeing.loading import Hearing


def review_clip(
    lease_id: UUID, findings: Findings, *, acting_user: User, now: datetime, heard_ms: int | None = None
) -> Outcome:
    """Decide on a clip. Having heard it, or all of it, is no condition. `heard_ms` is the player's last report.

    1. A key that is needed is fetched, or made, before the transaction, for it lies in another database; and then
       only if the lease and the findings allow it.
    2. Nearly every review ends here: look at lease, clip and day, and write all that comes of it in one statement,
       which does nothing unless they are still what was looked at.
    3. Otherwise lock the clip and the lease, look at both, and end the lease by compare-and-set: of two submits one
       wins. Where the clip goes now: it may want an adjudicator. Review and flags, sealed; what the flags demand; how
       heavy it was, for the person's own exposure, last of locks.
    Raises Absent (404), Invalid (400), LeaseOver (409), AlreadyReviewed (409, with what the first one led to).
    """
    key, case_id = _keys(lease_id, findings, acting_user, now)
    exposure = (findings.severity, heard_ms)
    if at_once := _at_once(lease_id, findings, key, exposure, acting_user=acting_user, now=now):
        return at_once
    with transaction.atomic(durable=True):
        lease, hearing = _lock(lease_id, findings, acting_user)
        _check(lease, findings, now)
        review = _new_review(lease, findings, acting_user=acting_user, now=now)
        stands = count_in(lease.clip, review, is_flagged=bool(findings.flags), now=now)
        seal_findings(review, findings, key)
        told = hearing and decided(hearing, *exposure, now)
        _write(lease, review, findings, told or (), now)
        outcome = flags.Consequences([], [])
        if not hearing:
            outcome = _consequences(review, findings, key, case_id=case_id, stands=stands)
            decide(lease.pk, acting_user.pk, *exposure, now)
    return Outcome(review.pk, lease.clip.state, outcome.erasures, outcome.cases)


def _at_once(
    lease_id: UUID,
    findings: Findings,
    key: vault.Key | None,
    exposure: tuple[int, int | None],
    *,
    acting_user: User,
    now: datetime,
) -> Outcome | None:
    """None when more follows than a step in the queue, or when something changed since it was looked at."""
    if findings.has_consequences:
        return None
    seen = looks.held(acting_user, lease_id)
    if seen is None or seen.day_version is None or not seen.lease.gives_right(now) or needs_comparing(seen.lease.clip):
        return None
    clip = seen.lease.clip
    review = _new_review(seen.lease, findings, acting_user=acting_user, now=now)
    count_in(clip, review, is_flagged=False, now=now)
    seal_findings(review, findings, key)
    facts = _facts(review, findings)
    entry = ledger.only_if(ALWAYS, Event.REVIEW_SUBMITTED, actor=acting_user, subject=review, now=now, facts=facts)
    is_done = if_it_holds(
        looks.as_seen(seen, now),
        (_END_LEASE, [now, seen.lease.pk, now]),
        inserted(review),
        updated(clip, *CHANGED),
        entry,
        *decided(seen.hearing, *exposure, now),
    )
    return Outcome(review.pk, clip.state, [], []) if is_done else None


def _keys(lease_id: UUID, findings: Findings, person: User, now: datetime) -> tuple[vault.Key | None, UUID | None]:
    """The clip's key where something is to be sealed, and the id of a new key where a case may be opened."""
    if not findings.needs_sealing and not findings.has(FlagKind.CRIMINAL):
        return None, None
    lease = lease_of(person, lease_id)
    _check(lease, findings, now)
    key = vault.data_key(lease.clip.vault_id) if findings.needs_sealing else None
    return key, flags.prepare(findings)


def _lock(lease_id: UUID, findings: Findings, person: User) -> tuple[Lease, Hearing | None]:
    """The lease with its clip, locked; and in the same round trip the person's day, the last of all locks, where
    nothing will be locked in between: a flag or an order to erase comes before it.
    """
    locking = locks.lease(person, lease_id)
    if findings.has_consequences:
        [rows] = together(locking)
        return locks.lease_in(rows), None
    rows, *own = together(locking, *loading.hearing(person.pk, lease_id))
    return locks.lease_in(rows), loading.found(person.pk, lease_id, own)


def _check(lease: Lease, findings: Findings, now: datetime) -> None:
    if lease.state == LeaseState.REVIEWED:
        raise _already(lease)
    if not lease.gives_right(now):
        raise LeaseOver.of(lease.state)
    for flag in findings.flags:
        flag.check(lease.clip.duration_ms)


def _write(lease: Lease, review: Review, findings: Findings, told: tuple[Statement, ...], now: datetime) -> None:
    """End the lease and write what came of it, in one round trip. The lease ends only as the live one that it was;
    should it not, all of this is rolled back."""
    ended, *_ = at_once(
        (_END_LEASE, [now, lease.pk, now]),
        inserted(review),
        updated(lease.clip, *CHANGED),
        _entry(review, findings, now),
        *told,
    )
    if ended != 1:
        raise LeaseOver


_END_LEASE: Final = f"""
    UPDATE reviews_lease SET state = 'reviewed', ended_at = %s
    WHERE id = %s AND state = 'live' AND expires_at > %s AND {ALWAYS}
"""  # noqa: S608  # our own words


def _entry(review: Review, findings: Findings, now: datetime) -> Statement:
    facts = _facts(review, findings)
    _, sql, values = ledger.prepared(Event.REVIEW_SUBMITTED, actor=review.person, now=now, entries=[(review, facts)])
    return sql, values


def _facts(review: Review, findings: Findings) -> dict[str, object]:
    return {
        "clip": review.clip_id,
        "activation": findings.activation,
        "flags": len(findings.flags),
        "blind": findings.blind,
    }


def _consequences(
    review: Review, findings: Findings, key: vault.Key | None, *, case_id: UUID | None, stands: bool
) -> flags.Consequences:
    if findings.flags:
        Flag.objects.bulk_create(new_flag(review.clip, review, raised, key) for raised in findings.flags)
    return flags.raise_flags(
        review.clip, findings, case_id=case_id, stands=stands, actor=review.person, now=review.reviewed_at
    )


def _already(lease: Lease) -> AlreadyReviewed:
    """Whoever sends again because the answer was lost learns what they would have learnt."""
    first = first_outcome(lease)
    return AlreadyReviewed(
        review=str(first.review_id),
        clip_state=first.clip_state,
        erasures=[str(pk) for pk in first.erasures],
        cases=[str(pk) for pk in first.cases],
    )


def _new_review(lease: Lease, findings: Findings, *, acting_user: User, now: datetime) -> Review:
    return Review(
        id=uuid4(),
        clip=lease.clip,
        lease=lease,
        person=acting_user,
        reviewed_at=now,
        activation=findings.activation,
        severity=findings.severity,
        is_blind=findings.blind,
    )
