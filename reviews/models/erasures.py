"""Erasures, their certificates and the requests of data subjects. None of these rows holds content or a reference."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviews.erasure_states import (
    BEFORE_NO_RETURN,
    LONGEST_RETRY,
    TERMINAL,
    URGENT,
    ErasureState,
    Method,
    Reason,
    Stage,
)

# Sorted lists: they stand in the conditions of indexes, which the planner compares with queries word by word.
_DONE: Final = sorted(TERMINAL)
_URGENT: Final = sorted(URGENT)
_RECALLABLE: Final = sorted({*BEFORE_NO_RETURN, ErasureState.WITHDRAWN})


class ErasureRun(models.Model):
    """Many clips ordered at once for one reason, so that somebody can see how far it has come. Times are UTC.

    `requested_by` is the account that asked for it; the calendar asks for none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    all_ordered_at = models.DateTimeField(null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reason"], condition=Q(all_ordered_at=None), name="one_run_of_a_reason_at_a_time"
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="erasure_run_reason_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="erasure_run_newest")]

    def __str__(self) -> str:
        return str(self.pk)


class SubjectErasure(models.Model):
    """A data subject's request: every clip of one subject reference. The reference itself is known by HMAC only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_ref_hmac = models.BinaryField(max_length=32)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    all_ordered_at = models.DateTimeField(null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["requested_at"], name="subject_erasure_unfinished", condition=Q(all_ordered_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Questions that the sweep, the alarm and the pages ask alike."""

    def open(self) -> "ErasureQuerySet":
        """Neither certified nor withdrawn."""
        return self.exclude(state__in=_DONE)

    def urgent(self) -> "ErasureQuerySet":
        """Of a reason that is never bulk. These go before all others."""
        return self.filter(reason__in=_URGENT)

    def undoable(self, now: datetime) -> "ErasureQuerySet":
        """Orders that may still be taken back."""
        return self.filter(state__in=sorted(BEFORE_NO_RETURN), undo_until__gt=now, subject_erasure=None, run=None)

    def overdue(self, now: datetime) -> "ErasureQuerySet":
        """Past the deadline and not excused by a hold."""
        return self.open().exclude(state=ErasureState.WAITING).filter(due_at__lt=now)

    def ready(self, now: datetime) -> "ErasureQuerySet":
        """May be worked on now: its time has come and nobody holds its lease.

        A lease or an attempt further away than either can be set was set by a clock that has been set back since.
        """
        furthest = now + timedelta(seconds=settings.ERASURE_LEASE_SECONDS)
        free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=furthest)
        its_time = Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=now + LONGEST_RETRY, undo_until=None)
        return self.open().filter(free, its_time)


class Erasure(models.Model):
    """One clip's way to destruction; the machine is in reviews/erasure_states.py. All times are UTC.

    `leased_until` says which worker may go on: claimed by compare-and-set, free again when it passes. The times of the
    steps are set once, each in the transaction that makes the step final. `vault_id` names what is destroyed in the
    vault: the clip's key and bytes at the time of the order. A redaction's new version lies under `resealed_as`; what
    was ordered while it could not be stopped any more is done after it, for the reason in `followed_by`.
    Until `undo_until` whoever ordered it, or a supervisor, may take the order back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clip = models.ForeignKey("reviews.Clip", on_delete=models.PROTECT, related_name="erasures")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    method = models.CharField(max_length=6, choices=Method.choices, default=Method.ERASE, db_default=Method.ERASE)
    state = models.CharField(max_length=10, choices=ErasureState.choices, default=ErasureState.ORDERED)
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject_erasure = models.ForeignKey(
        SubjectErasure, null=True, blank=True, on_delete=models.PROTECT, related_name="erasures"
    )
    run = models.ForeignKey(ErasureRun, null=True, blank=True, on_delete=models.PROTECT, related_name="erasures")
    vault_id = models.UUIDField(editable=False)
    resealed_as = models.UUIDField(null=True, blank=True, editable=False)
    followed_by = models.CharField(max_length=20, choices=Reason.choices, blank=True, default="", db_default="")
    ordered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    undo_until = models.DateTimeField(null=True, blank=True)

    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error_code = models.CharField(max_length=60, blank=True, default="")
    overdue_told_at = models.DateTimeField(null=True, blank=True)

    waiting_since = models.DateTimeField(null=True, blank=True)
    working_copy_at = models.DateTimeField(null=True, blank=True)
    resealed_at = models.DateTimeField(null=True, blank=True)
    no_return_at = models.DateTimeField(null=True, blank=True)
    key_destroyed_at = models.DateTimeField(null=True, blank=True)
    bytes_deleted_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    certified_at = models.DateTimeField(null=True, blank=True)
    beyond_recovery_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    key_id = models.CharField(max_length=64, blank=True, default="")
    master_version = models.PositiveIntegerField(null=True, blank=True)
    salted_digest = models.CharField(max_length=64, blank=True, default="")

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clip"], condition=~Q(state__in=_DONE), name="one_open_erasure_per_clip"),
            models.CheckConstraint(
                condition=~Q(state=ErasureState.CERTIFIED)
                | Q(certified_at__isnull=False, verified_at__isnull=False, key_destroyed_at__isnull=False),
                name="erasure_certified_only_after_every_step",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_RECALLABLE, no_return_at=None)
                | Q(no_return_at__isnull=False) & ~Q(state__in=_RECALLABLE),
                name="erasure_no_return_matches_state",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=F("ordered_at")), name="erasure_due_after_order"),
            models.CheckConstraint(condition=Q(state__in=ErasureState.values), name="erasure_state_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="erasure_reason_known"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="erasure_method_known"),
            models.CheckConstraint(
                condition=~Q(state=ErasureState.WITHDRAWN) | Q(withdrawn_at__isnull=False),
                name="erasure_withdrawn_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(method=Method.ERASE) | Q(no_return_at=None) | Q(resealed_at__isnull=False),
                name="erasure_redaction_stored_before_no_return",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="erasure_by_deadline", condition=~Q(state__in=_DONE)),
            models.Index(
                fields=["due_at", "id"],
                name="erasure_urgent_by_deadline",
                condition=~Q(state__in=_DONE) & Q(reason__in=_URGENT),
            ),
            models.Index(fields=["-ordered_at", "id"], name="erasure_newest_first"),
            models.Index(
                fields=["master_version"],
                name="erasure_awaits_rotation",
                condition=Q(state="certified", beyond_recovery_at=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def may_be_undone(self, now: datetime) -> bool:
        """Whether its window lasts, nothing was done yet and nobody else wants the clip gone."""
        is_alone = not self.subject_erasure_id and not self.run_id
        return bool(is_alone and self.state in BEFORE_NO_RETURN and self.undo_until and now < self.undo_until)

    @property
    def is_past_recall(self) -> bool:
        """True from the point of no return on."""
        return self.no_return_at is not None


class Certificate(models.Model):
    """One signed certificate: the exact bytes that were signed, and the ledger entry that commits to them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="certificates")
    stage = models.CharField(max_length=40, choices=Stage.choices)
    canonical_body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)
    public_key_id = models.CharField(max_length=64)
    entry = models.ForeignKey("ledger.Entry", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["erasure", "stage"], name="one_certificate_per_stage"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="certificate_stage_known"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Reconciliation(models.Model):
    """What one comparison of database and stores found; counts only. `at` is UTC."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    replayed = models.PositiveIntegerField()
    orphans = models.PositiveIntegerField()
    resurrected = models.PositiveIntegerField()
    keyless = models.PositiveIntegerField()
    byteless = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_clean(self) -> bool:
        """True when nothing was found that a person has to look at."""
        return not (self.resurrected or self.keyless or self.byteless)
