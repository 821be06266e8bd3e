"""A planned shift: what a supervisor offers a person's calendar. The person starts it; nobody else learns whether."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from reviews.localtimes import hours
from reviews.models.within import MOST_CLIPS, ceilings_within_length
from wellbeing.limits import DEFAULTS, FULL_SHIFT_MINUTES

MOST_AHEAD: Final = timedelta(days=400)
# Limits by the policy's own names, each only gentler than the policy: (least, most) as PostgreSQL holds them.
LIMITS: Final = {
    "break_after_minutes": (5, DEFAULTS.break_after_minutes),
    "break_minutes": (DEFAULTS.break_minutes, 120),
    "heavy_run_minutes": (0, DEFAULTS.heavy_run_minutes),
    "heaviest": (0, DEFAULTS.heaviest),
    "cool_down_minutes": (DEFAULTS.cool_down_minutes, 540),
    "wind_down_minutes": (DEFAULTS.wind_down_minutes, 540),
}
CEILINGS: Final = ("max_clips", "max_listening_minutes", "max_heavy_minutes")


def _limit() -> Any:
    """NULL leaves it to the policy."""
    return models.PositiveSmallIntegerField(null=True, blank=True)


class PlannedShift(models.Model):
    """Times are UTC; `time_zone` is the team's when it was planned, in which the times were meant.

    `rest_until` is the end with the rest after it: two plans of one person may not touch in [starts_at, rest_until),
    which is both "no overlap" and "enough rest". Whether it was started is told to the person alone (`shift`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rest_until = models.DateTimeField()
    time_zone = models.CharField(max_length=60)
    max_clips = _limit()
    max_listening_minutes = _limit()
    max_heavy_minutes = _limit()
    break_after_minutes = _limit()
    break_minutes = _limit()
    heavy_run_minutes = _limit()
    heaviest = _limit()
    cool_down_minutes = _limit()
    wind_down_minutes = _limit()
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_planned_shift_at_a_time_and_rest",
                expressions=[
                    (Func(F("person"), F("person"), Value("[]"), function="uuidrange"), RangeOperators.OVERLAPS),
                    (
                        Func(F("starts_at"), F("rest_until"), function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at=None),
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="plan_ends_after_start"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + timedelta(minutes=FULL_SHIFT_MINUTES)),
                name="plan_at_most_nine_hours",
            ),
            models.CheckConstraint(
                condition=Q(rest_until__gte=F("ends_at") + timedelta(minutes=DEFAULTS.rest_between_shifts_minutes)),
                name="plan_rest_after_it",
            ),
            *ceilings_within_length("plan", starts="starts_at"),
            models.CheckConstraint(
                condition=Q(max_clips=None) | Q(max_clips__lte=MOST_CLIPS), name="plan_at_most_1000_clips"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__range": bounds}), name=f"plan_{name}_gentler"
                )
                for name, bounds in LIMITS.items()
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "starts_at"], name="plans_of_team", condition=Q(cancelled_at=None)),
            models.Index(fields=["person", "starts_at"], name="plans_of_person", condition=Q(cancelled_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def limits(self) -> dict[str, int]:
        """What this shift makes gentler than the policy, by the policy's names."""
        return {name: value for name in LIMITS if (value := getattr(self, name)) is not None}

    @property
    def length(self) -> timedelta:
        """Real time, whatever the clocks on the wall did meanwhile."""
        return self.ends_at - self.starts_at

    @property
    def length_in_words(self) -> str:
        return hours(self.length)

    def has_begun(self, now: datetime, *, early: timedelta = timedelta(0)) -> bool:
        return now >= self.starts_at - early
