from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from wellbeing.limits import Preferences


def _wish() -> Any:
    return models.PositiveSmallIntegerField(null=True, blank=True)


class WellbeingPreferences(models.Model):
    """What a person asks for themselves. Nobody else sees it; the queue knows the exclusions only."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="wellbeing_preferences"
    )
    opt_out = ArrayField(models.CharField(max_length=40), default=list, size=40)
    max_clips = _wish()
    break_after_minutes = _wish()
    break_minutes = _wish()
    heavy_day_minutes = _wish()
    heavy_run_minutes = _wish()
    heaviest = _wish()
    cool_down_minutes = _wish()
    wind_down_minutes = _wish()

    class Meta:
        verbose_name_plural = "wellbeing preferences"

    def __str__(self) -> str:
        return f"preferences {self.pk}"

    def as_preferences(self) -> Preferences:
        wishes = {name: getattr(self, name) for name in WISHES}
        return Preferences(opt_out=frozenset(self.opt_out), **wishes)


WISHES = (
    "max_clips",
    "break_after_minutes",
    "break_minutes",
    "heavy_day_minutes",
    "heavy_run_minutes",
    "heaviest",
    "cool_down_minutes",
    "wind_down_minutes",
)
