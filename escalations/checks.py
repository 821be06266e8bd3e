"""What an operator may have set wrongly about cases, and how to mend it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register()
def holidays_are_days(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A day that cannot be read would stop every clock that counts working days."""
    return [
        Error(
            f"HOLIDAYS holds {day!r}, which is no day.",
            hint="Write days like 2026-12-25, with commas between them.",
            id="escalations.E001",
        )
        for day in settings.HOLIDAYS
        if not _is_day(day)
    ]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
