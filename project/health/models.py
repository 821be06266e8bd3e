"""Since when each check has been failing, so that every process and every restart tells the same story."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class Failing(models.Model):
    """A check that fails, and since when (UTC). The row goes when the check is well again."""

    name = models.CharField(primary_key=True, max_length=100)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def update(cls, failing: set[str], well: set[str], now: datetime) -> dict[str, datetime]:
        """Remember what fails, forget what is well again; writes only what has changed. Returns name -> since."""
        known = dict(cls.objects.values_list("name", "since"))
        if recovered := well & known.keys():
            cls.objects.filter(name__in=recovered).delete()
        if fresh := failing - known.keys():
            rows = [Failing(name=name, since=now) for name in sorted(fresh)]
            Failing.objects.bulk_create(rows, ignore_conflicts=True)
        return {name: known.get(name, now) for name in failing}
