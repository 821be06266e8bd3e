from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from wellbeing.limits import DEFAULTS, FIELDS, Policy


def _limit(name: str) -> Any:
    return models.PositiveSmallIntegerField(default=getattr(DEFAULTS, name))


class WellbeingPolicy(models.Model):
    """The organisation's policy (no team) or what a team makes gentler. No row can be harsher than the defaults."""

    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, blank=True, related_name="+")
    shift_minutes = _limit("shift_minutes")
    max_clips = _limit("max_clips")
    clip_cap = _limit("clip_cap")
    break_after_minutes = _limit("break_after_minutes")
    break_minutes = _limit("break_minutes")
    meal_minutes = _limit("meal_minutes")
    wellbeing_minutes = _limit("wellbeing_minutes")
    heavy_day_minutes = _limit("heavy_day_minutes")
    heavy_run_minutes = _limit("heavy_run_minutes")
    heavy_rest_minutes = _limit("heavy_rest_minutes")
    heavy_days = _limit("heavy_days")
    heaviest = _limit("heaviest")
    cool_down_minutes = _limit("cool_down_minutes")
    wind_down_minutes = _limit("wind_down_minutes")
    rest_between_shifts_minutes = _limit("rest_between_shifts_minutes")
    unplanned_shifts = models.PositiveSmallIntegerField(
        default=DEFAULTS.unplanned_shifts,
        help_text="1: anybody may start a shift without a plan. 0: only planned shifts can be started.",
    )

    class Meta:
        db_table = "wellbeing_policy"
        verbose_name_plural = "wellbeing policies"
        constraints = [
            models.UniqueConstraint(name="wellbeing_one_policy_a_team", fields=["team"], nulls_distinct=False),
            models.CheckConstraint(name="wellbeing_policy_clips", condition=Q(max_clips__lte=1000, clip_cap__lte=1000)),
            models.CheckConstraint(name="wellbeing_policy_shift", condition=Q(shift_minutes__range=(10, 540))),
            models.CheckConstraint(
                name="wellbeing_policy_breaks",
                condition=Q(
                    break_after_minutes__range=(5, 50),
                    break_minutes__range=(10, 120),
                    meal_minutes__range=(60, 240),
                    wellbeing_minutes__range=(45, 240),
                ),
            ),
            models.CheckConstraint(
                name="wellbeing_policy_heavy",
                condition=Q(
                    heavy_day_minutes__lte=240,
                    heavy_run_minutes__lte=120,
                    heavy_rest_minutes__range=(30, 540),
                    heavy_days__lte=2,
                    heaviest__lte=3,
                ),
            ),
            models.CheckConstraint(
                name="wellbeing_policy_after",
                condition=Q(cool_down_minutes__range=(15, 540), wind_down_minutes__range=(30, 540)),
            ),
            models.CheckConstraint(
                name="wellbeing_policy_planning",
                condition=Q(rest_between_shifts_minutes__range=(660, 2880), unplanned_shifts__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"policy of team {self.team_id}" if self.team_id else "policy of the organisation"

    def as_policy(self) -> Policy:
        return Policy(**{name: getattr(self, name) for name in FIELDS})
