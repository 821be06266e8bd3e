"""Constraints that shifts and planned shifts share: ceilings that shrink with the length, held by PostgreSQL."""

from datetime import timedelta
from typing import Final

from django.db.models import CheckConstraint, DateTimeField, DurationField, ExpressionWrapper, F, IntegerField, Q, Value
from django.db.models.lookups import GreaterThanOrEqual

from wellbeing.limits import DEFAULTS, FULL_LISTENING, FULL_SHIFT_MINUTES

MOST_CLIPS: Final = 1000
# What one minute of listening takes of a shift, its share of breaks, meal and wellbeing time included: 36/23 minutes.
A_LISTENING_MINUTE: Final = timedelta(minutes=FULL_SHIFT_MINUTES) / FULL_LISTENING


def ceilings_within_length(name: str, *, starts: str) -> list[CheckConstraint]:
    """No row with more listening than its length leaves, more clips or more heavy minutes than its listening does.

    345 of 540 minutes; 1,000 clips in 540 minutes of listening, so 638 in 345; 240 heavy of 345. NULL passes.
    """
    takes = ExpressionWrapper(F("max_listening_minutes") * Value(A_LISTENING_MINUTE), output_field=DurationField())
    done_at = ExpressionWrapper(F(starts) + takes, output_field=DateTimeField())
    return [
        CheckConstraint(condition=Q(ends_at__gte=done_at), name=f"{name}_listening_within_length"),
        CheckConstraint(
            condition=GreaterThanOrEqual(
                _times("max_listening_minutes", MOST_CLIPS), _times("max_clips", FULL_SHIFT_MINUTES)
            ),
            name=f"{name}_clips_within_listening",
        ),
        CheckConstraint(
            condition=GreaterThanOrEqual(
                _times("max_listening_minutes", DEFAULTS.heavy_day_minutes), _times("max_heavy_minutes", FULL_LISTENING)
            ),
            name=f"{name}_heavy_within_listening",
        ),
        CheckConstraint(
            condition=Q(max_heavy_minutes__lte=DEFAULTS.heavy_day_minutes), name=f"{name}_at_most_4_heavy_hours"
        ),
    ]


def _times(column: str, factor: int) -> ExpressionWrapper:
    return ExpressionWrapper(F(column) * factor, output_field=IntegerField())
