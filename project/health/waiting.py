"""Does what happens behind the pages wait at this moment? Asked for every page, so answered from memory for a while."""

from __future__ import annotations

import time
from typing import Final

from project.health.checks import broker_answers
from project.nudge import is_away

KNOWN_FOR_SECONDS: Final = 10.0


class _Last:
    """What this process found last; two threads that ask at once only ask twice."""

    asked_at = float("-inf")
    was_away = False


def work_waits() -> bool:
    """True while no broker takes messages: acts are saved, and what they set going starts with the next sweep."""
    if is_away():
        return True
    if time.monotonic() - _Last.asked_at > KNOWN_FOR_SECONDS:
        _Last.was_away = broker_answers() is not None
        _Last.asked_at = time.monotonic()
    return _Last.was_away
