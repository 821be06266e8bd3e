"""A shift: the window in which a person may be offered clips, and the ceiling that PostgreSQL holds it to."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from reviews.models.within import MOST_CLIPS, ceilings_within_length
from reviews.states import ShiftState, check_shift_move
from wellbeing.limits import DEFAULTS, FULL_SHIFT_MINUTES, ceilings

__all__ = ["MOST_CLIPS", "Shift"]
LONGEST: Final = timedelta(minutes=FULL_SHIFT_MINUTES)


class Shift(models.Model):
    """One person's shift. Its maxima are ceilings, never targets, and shrink with its length; minutes used
    are the person's own and not kept here. `clips_used` counts leases not given back unheard.

    `sound_ms` and `heavy_ms` are the lengths of the clips that came to this desk, all and the heavy ones: with them the
    queue spreads what is heavy over those who may get it now (`takes_heavy`). Nothing shows them to anybody.

    All times are UTC. A shift past `ends_at` is over whether or not the sweep has said so yet: ask `is_over`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    state = models.CharField(max_length=8, choices=ShiftState.choices, default=ShiftState.ACTIVE)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_since = models.DateTimeField(null=True, blank=True)
    max_clips = models.PositiveSmallIntegerField()
    clips_used = models.PositiveSmallIntegerField(default=0)
    max_listening_minutes = models.PositiveSmallIntegerField()
    max_heavy_minutes = models.PositiveSmallIntegerField()
    plan = models.OneToOneField(
        "reviews.PlannedShift", on_delete=models.PROTECT, null=True, blank=True, related_name="shift"
    )
    locales = ArrayField(models.CharField(max_length=35), default=list, blank=True)
    takes_heavy = models.BooleanField(default=False, db_default=False)
    sound_ms = models.PositiveBigIntegerField(default=0, db_default=0)
    heavy_ms = models.PositiveBigIntegerField(default=0, db_default=0)
    last_heavy_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(state=ShiftState.ENDED), name="one_live_shift_per_person"
            ),
            models.CheckConstraint(condition=Q(state__in=ShiftState.values), name="shift_state_known"),
            models.CheckConstraint(condition=Q(max_clips__lte=MOST_CLIPS), name="shift_at_most_1000_clips"),
            models.CheckConstraint(
                condition=Q(clips_used__gte=0, clips_used__lte=F("max_clips")), name="shift_quota_never_exceeded"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="shift_ends_after_start"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("started_at") + LONGEST), name="shift_at_most_nine_hours"
            ),
            *ceilings_within_length("shift", starts="started_at"),
            models.CheckConstraint(
                condition=Q(state=ShiftState.ENDED, ended_at__isnull=False)
                | ~Q(state=ShiftState.ENDED) & Q(ended_at=None),
                name="shift_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ShiftState.PAUSED) | Q(paused_since__isnull=False), name="shift_paused_since"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ends_at"], name="shift_live_by_end", condition=~Q(state="ended")),
            models.Index(fields=["person", "-started_at"], name="shift_history"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **options: Any) -> None:
        """A shift without ceilings of minutes gets the highest that its length allows."""
        if None in (self.max_listening_minutes, self.max_heavy_minutes):
            most = ceilings(DEFAULTS, (self.ends_at - self.started_at) // timedelta(minutes=1))
            if self.max_listening_minutes is None:
                self.max_listening_minutes = most.listening_minutes
            if self.max_heavy_minutes is None:
                self.max_heavy_minutes = min(most.heavy_minutes, self.max_listening_minutes)
        super().save(*args, **options)

    def is_over(self, now: datetime) -> bool:
        return self.state == ShiftState.ENDED or now >= self.ends_at

    def become(self, state: ShiftState) -> None:
        """Set the state by the table of moves; the caller holds the row's lock and saves. Raises IllegalMove."""
        check_shift_move(self.state, state)
        self.state = state
