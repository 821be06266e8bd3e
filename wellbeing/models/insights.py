from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class WeeklyFigure(models.Model):
    """One group figure of one week, frozen as it was published: rounded, or withheld with the reason.

    Only what anybody may see is stored, so this table can give nothing away that the page does not.
    """

    week = models.DateField()  # its Monday, UTC
    team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, related_name="+")
    measure = models.CharField(max_length=40)
    value = models.IntegerField(null=True)
    withheld = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="wellbeing_figure_once", fields=["week", "team", "measure"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="wellbeing_figure_or_reason",
                condition=models.Q(value=None) ^ models.Q(withheld=""),
            ),
        ]
        ordering = ["-week", "measure"]

    def __str__(self) -> str:
        return f"figure {self.pk}"


class Cohort(models.Model):
    """Who counted in one figure that was shown, by keyed digests: what the next weeks are compared with. 90 days."""

    figure = models.OneToOneField(WeeklyFigure, models.CASCADE, primary_key=True, related_name="cohort")
    people = ArrayField(models.CharField(max_length=64))

    def __str__(self) -> str:
        return f"cohort of figure {self.pk}"
