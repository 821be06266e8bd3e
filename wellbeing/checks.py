"""System check: the organisation's file of crisis lines can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

from wellbeing.help_lines import UNREADABLE, read


@checks.register("wellbeing")
def the_help_lines_can_be_read(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """HELP_LINES is empty, or a file as docs/support-rooms.md describes it."""
    if not settings.HELP_LINES:
        return []
    try:
        read(Path(settings.HELP_LINES))
    except UNREADABLE:
        hint = "Take wellbeing/data/help_lines.json as a pattern; until it can be read, the shipped lines are shown."
        return [checks.Error("HELP_LINES is no readable file of crisis lines.", hint, id="wellbeing.E001")]
    return []
