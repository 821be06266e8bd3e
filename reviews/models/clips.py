"""A clip: what is known of a recording without hearing it. What could be heard or read of it is sealed."""

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Concat

from reviews.states import ClipState, Trigger, check_clip_move
from reviews.turns import DECIDES, HOURS_A_POINT

UNKNOWN_SEVERITY: Final = 1
GRAVEST: Final = 3
AUDIO, SOFTENED, PEAKS = "audio", "softened", "peaks"

_LANE: Final = ["locale", "needs", "is_plain", "turn_at", "id"]


class TurnAt(Func):
    """`queued_at`, earlier by some hours for each point of priority: reviews.turns.turn_at, as PostgreSQL says it.

    In UTC and back, because arithmetic on a time with a zone depends on the session and may not be stored.
    """

    template = (
        f"timezone('UTC', timezone('UTC', queued_at) - priority::double precision * interval '{HOURS_A_POINT} hours')"
    )


def _stored(rule: Q) -> models.GeneratedField:
    # The stubs ask for an Expression; a Q resolves like one, and Django's documentation uses it so.
    return models.GeneratedField(
        expression=rule,  # type: ignore[arg-type]  # see above
        output_field=models.BooleanField(),
        db_persist=True,
    )


def _open_to(severity: int) -> models.GeneratedField:
    """True for clips that may go to somebody whose pace allows at most `severity`; an unknown severity counts as 1.

    Stored, because the queue's partial indexes have it in their condition as an opaque boolean: with a comparison
    there the planner could prove a wider index good enough and would walk past everything this person can't take.
    """
    rule = Q(predicted_severity__isnull=False, predicted_severity__lte=severity)
    if severity >= UNKNOWN_SEVERITY:
        rule |= Q(predicted_severity__isnull=True)
    return _stored(rule)


class Clip(models.Model):
    """One recording. Sealed columns open with the clip's own key; blobs are kept by part: audio, softened, peaks.

    `queued_at` is when the clip took its place in the line: its ingest, or when it came back after somebody had heard
    it. The line is in the order of `turn_at`, which is that time with the priority's head start.
    `skill` is what its listener must hold; `is_disputed` says that independent reviews disagree and somebody who may
    decide is wanted; `needs` is both in one word, a lane of the queue.
    `resealed_as` names its key and bytes in the vault once a redaction has sealed it anew: ask for `vault_id`;
    `version` counts from 1, one more with each redaction. `device_hmac` is there to be counted, and goes with the clip.
    `seen_by` holds who had it on their desk with sound, skipped it or reviewed it: they never get it again.
    All times are UTC, durations milliseconds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=12, choices=ClipState.choices, default=ClipState.QUEUED)
    locale = models.CharField(max_length=35, default="und")
    duration_ms = models.PositiveIntegerField()
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    audio_format = models.CharField(max_length=8)
    byte_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, null=True, blank=True)
    resealed_as = models.UUIDField(null=True, blank=True, editable=False)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)

    external_ref_hmac = models.BinaryField(max_length=32, unique=True)
    subject_ref_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    device_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    sealed_source = models.BinaryField(null=True, blank=True)
    sealed_transcript = models.BinaryField(null=True, blank=True)

    recorded_at = models.DateTimeField(null=True, blank=True)
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.UNKNOWN)
    predicted_severity = models.PositiveSmallIntegerField(null=True, blank=True)
    predicted_categories = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    skill = models.CharField(max_length=40, default="", db_default="", blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    ingested_at = models.DateTimeField()
    ingested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    queued_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviews_wanted = models.PositiveSmallIntegerField(default=1)
    reviews_done = models.PositiveSmallIntegerField(default=0)
    is_disputed = models.BooleanField(default=False, db_default=False)
    is_in_feed = models.BooleanField(default=False)
    seen_by = ArrayField(models.UUIDField(), default=list, blank=True)

    open_to_0 = _open_to(0)
    open_to_1 = _open_to(1)
    open_to_2 = _open_to(2)
    is_plain = _stored(Q(predicted_categories=[]))
    needs = models.GeneratedField(
        expression=Case(When(is_disputed=True, then=Concat(Value(DECIDES), F("skill"))), default=F("skill")),
        output_field=models.CharField(max_length=60),
        db_persist=True,
    )
    turn_at = models.GeneratedField(
        expression=TurnAt(F("queued_at"), F("priority")), output_field=models.DateTimeField(), db_persist=True
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ClipState.values), name="clip_state_known"),
            models.CheckConstraint(condition=Q(trigger__in=Trigger.values), name="clip_trigger_known"),
            models.CheckConstraint(
                condition=Q(predicted_severity=None) | Q(predicted_severity__lte=GRAVEST), name="clip_severity_0_to_3"
            ),
            models.CheckConstraint(condition=Q(priority__lte=9), name="clip_priority_0_to_9"),
            models.UniqueConstraint(
                fields=["resealed_as"], condition=Q(resealed_as__isnull=False), name="clip_resealed_under_its_own_key"
            ),
            models.CheckConstraint(
                condition=Q(reviews_wanted__gte=1, reviews_wanted__lte=3), name="clip_wants_1_to_3_reviews"
            ),
            models.CheckConstraint(
                condition=Q(is_disputed=False) | Q(reviews_wanted__gt=1), name="clip_disputed_by_several"
            ),
            models.CheckConstraint(
                condition=~Q(state=ClipState.ERASED)
                | Q(sha256=None, sealed_source=None, sealed_transcript=None, subject_ref_hmac=None),
                name="clip_erased_keeps_nothing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=_LANE, name="queue_open_to_3", condition=Q(state="queued")),
            models.Index(fields=_LANE, name="queue_open_to_2", condition=Q(state="queued", open_to_2=True)),
            models.Index(fields=_LANE, name="queue_open_to_1", condition=Q(state="queued", open_to_1=True)),
            models.Index(fields=_LANE, name="queue_open_to_0", condition=Q(state="queued", open_to_0=True)),
            models.Index(
                fields=["subject_ref_hmac"], name="clip_by_subject", condition=Q(subject_ref_hmac__isnull=False)
            ),
            models.Index(fields=["reviewed_at"], name="clip_kept_since", condition=Q(state="reviewed")),
            models.Index(
                fields=["id"],
                name="clip_to_withdraw",
                condition=Q(is_in_feed=True) & ~Q(state="reviewed"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def vault_id(self) -> uuid.UUID:
        """The name under which the vault keeps its key and its bytes: its own id until a redaction sealed it anew."""
        return self.resealed_as or self.id

    def become(self, state: ClipState) -> None:
        """Set the state by the table of moves; the caller holds the row's lock and saves. Raises IllegalMove."""
        check_clip_move(self.state, state)
        self.state = state
