"""Do independent reviews agree, and which of them stands? Pure.

They disagree when they say different things of the activation, or lie two or more apart on how heavy it was: then a
person who may decide, and who has not had the clip, settles it. A flag never comes here: one is enough, and it puts the
clip out of reach at once. Words (transcript, labels) may differ: two people never write the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

FAR_APART: Final = 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one review says; `reviewed_at` is aware UTC."""

    id: UUID
    activation: str
    severity: int
    reviewed_at: datetime


def disagree(opinions: Sequence[Opinion]) -> bool:
    severities = [opinion.severity for opinion in opinions]
    return len({opinion.activation for opinion in opinions}) > 1 or max(severities) - min(severities) >= FAR_APART


def the_one_that_stands(opinions: Sequence[Opinion]) -> UUID:
    """Of reviews that agree: the middle one in severity, of two the graver, of equals the first that came."""
    graver_first = sorted(opinions, key=lambda opinion: (-opinion.severity, opinion.reviewed_at, opinion.id))
    return graver_first[(len(graver_first) - 1) // 2].id
