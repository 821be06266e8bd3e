"""A team's own working calendar. Without a row a team works Monday to Friday without the organisation's days off."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class TeamCalendar(models.Model):
    """When a team works. The zone is the team's own; `opens` and all days are local to it, weekdays 0 is Monday.

    `days_off` come on top of the organisation's; on `days_worked` the team works whatever else says otherwise.
    """

    team = models.OneToOneField("accounts.Team", models.PROTECT, primary_key=True, related_name="calendar")
    opens = models.TimeField(default=time(9))
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    days_off = ArrayField(models.DateField(), default=list)
    days_worked = ArrayField(models.DateField(), default=list)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekdays__len__gt=0, weekdays__contained_by=list(range(7))), name="calendar_has_a_weekday"
            ),
            models.CheckConstraint(condition=~Q(days_off__overlap=models.F("days_worked")), name="calendar_day_is_one"),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.team_id}"
