"""Everything that the ledger can say. Values are "<noun>.<what happened>" and never change once used."""

from __future__ import annotations

from django.db import models


class Event(models.TextChoices):
    # accounts
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_CLOSED = "account.closed"
    ROLE_GRANTED = "role.granted"
    ROLE_WITHDRAWN = "role.withdrawn"
    TEAM_CHANGED = "team.changed"
    SIGNED_IN = "account.signed-in"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  # an event, no secret
    TOKEN_WITHDRAWN = "token.withdrawn"  # noqa: S105  # an event, no secret
    PROPOSED = "proposal.made"
    APPROVED = "proposal.approved"
    DECLINED = "proposal.declined"
    WITHDRAWN = "proposal.withdrawn"
    EXPIRED = "proposal.expired"

    # vault and ledger
    MASTER_KEY_CREATED = "master-key.created"
    MASTER_KEY_DESTROYED = "master-key.destroyed"
    ORPHAN_KEYS_SHREDDED = "orphan-keys.shredded"
    LEDGER_ORIGIN_STARTED = "ledger.origin-started"
    TOMBSTONES_REPLAYED = "tombstones.replayed"

    # reviews
    CLIP_INGESTED = "clip.ingested"
    CLIP_FLAGGED = "clip.flagged"
    CLIP_QUARANTINED = "clip.quarantined"
    CLIP_RETURNED = "clip.returned"
    CLIP_REDACTED = "clip.redacted"
    FEED_READ = "feed.read"
    SHIFT_STARTED = "shift.started"
    SHIFT_PAUSED = "shift.paused"
    SHIFT_RESUMED = "shift.resumed"
    SHIFT_ENDED = "shift.ended"
    LEASE_CLAIMED = "lease.claimed"
    LEASE_EXTENDED = "lease.extended"
    LEASE_RELEASED = "lease.released"
    LEASE_EXPIRED = "lease.expired"
    REVIEW_SUBMITTED = "review.submitted"
    ORIGINAL_HEARD = "clip.original-heard"

    # erasure
    ERASURE_ORDERED = "erasure.ordered"
    ERASURE_HASTENED = "erasure.hastened"
    ERASURE_WAITING = "erasure.waiting"
    ERASURE_CANCELLED = "erasure.cancelled"
    ERASURE_POINT_OF_NO_RETURN = "erasure.point-of-no-return"
    ERASURE_SHREDDED = "erasure.shredded"
    ERASURE_NOT_VERIFIED = "erasure.not-verified"
    ERASURE_REPLAYED = "erasure.replayed"
    ERASURE_FAILED = "erasure.failed"
    ERASURE_OVERDUE = "erasure.overdue"
    ERASURE_CERTIFIED = "erasure.certified"
    ERASURE_BEYOND_RECOVERY = "erasure.beyond-recovery"
    SUBJECT_ERASURE_ORDERED = "subject-erasure.ordered"
    SUBJECT_ERASURE_COMPLETED = "subject-erasure.completed"
    RECONCILED = "stores.reconciled"
    RECONCILIATION_FOUND = "stores.difference-found"

    # escalation
    CASE_OPENED = "case.opened"
    CASE_JOINED = "case.joined"
    CASE_MOVED = "case.moved"
    CASE_CLOCK_MISSED = "case.clock-missed"
    CASE_NOTED = "case.noted"
    CASE_ANSWERED = "case.answered"
    CASE_TIE_DECLARED = "case.tie-declared"
    CASE_PROPOSAL_LAPSED = "case.proposal-lapsed"
    HOLD_PLACED = "hold.placed"
    HOLD_LIFTED = "hold.lifted"
    HOLD_REVIEWED = "hold.reviewed"
    HOLD_REVIEW_DUE = "hold.review-due"
    HOLD_HANDED_OVER = "hold.handed-over"
    HOLD_ENDED = "hold.ended"
    HOLD_REFUSED = "hold.refused"
    EVIDENCE_OPENED = "evidence.opened"
    EVIDENCE_SERVED = "evidence.served"
    DISCLOSED = "disclosure.recorded"
    EXPORT_PROPOSED = "export.proposed"
    EXPORT_APPROVED = "export.approved"
    EXPORT_BUILT = "export.built"
    EXPORT_COLLECTED = "export.collected"
    EXPORT_DESTROYED = "export.destroyed"
    EXPORT_FAILED = "export.failed"
    SOURCE_OPENED = "source.opened"

    # wellbeing (that something happened, never how somebody is)
    POLICY_CHANGED = "policy.changed"
    INSTRUMENT_LOADED = "instrument.loaded"
    ROOM_CREATED = "room.created"
    MESSAGE_HELD = "message.held"
    MESSAGE_RELEASED = "message.released"
    MESSAGE_REMOVED = "message.removed"
    MEMBER_MUTED = "member.muted"
    PSEUDONYM_UNMASKED = "pseudonym.unmasked"
    EMERGENCY_REVIEWED = "emergency.reviewed"
