"""The states of clips, leases and shifts, and every move between them. Pure: no ORM, no clock.

A clip:

    queued <-> leased -> reviewed -> erasing -> erased
       |         |          |           ^
       +---------+----------+-> quarantined

A queued or leased clip is quarantined by a flag, a recall by law or an order to erase it. `erasing` is the point of no
return. Two things lead back to `reviewed`, or to `queued` where more reviews are wanted: an order that was taken back
in its undo window, from quarantine; and a redaction, from `erasing`, by then under a new key and with silence in it.
"""

from collections.abc import Mapping
from typing import Final

from django.db.models import TextChoices

from project.problems import IllegalMove


class ClipState(TextChoices):
    QUEUED = "queued"
    LEASED = "leased"
    REVIEWED = "reviewed"
    QUARANTINED = "quarantined"
    ERASING = "erasing"
    ERASED = "erased"


class LeaseState(TextChoices):
    """`live -> reviewed | skipped | released | expired | recalled`; only a live one gives any right."""

    LIVE = "live"
    REVIEWED = "reviewed"
    SKIPPED = "skipped"
    RELEASED = "released"
    EXPIRED = "expired"
    RECALLED = "recalled"


class ShiftState(TextChoices):
    """`active <-> paused -> ended`, and `active -> ended`."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Trigger(TextChoices):
    """What made the device record, as the source says it."""

    WAKE_WORD = "wake_word"
    BUTTON = "button"
    UNKNOWN = "unknown"


class Activation(TextChoices):
    """Should this have been recorded at all? `false` orders its erasure."""

    RIGHT = "right"
    FALSE = "false"
    UNCLEAR = "unclear"


class FlagKind(TextChoices):
    CRITICAL = "critical"
    CRIMINAL = "criminal"


class Version(TextChoices):
    """The two rungs of the listening ladder that have sound."""

    SOFTENED = "softened"
    ORIGINAL = "original"


CATEGORIES: Final[Mapping[FlagKind, frozenset[str]]] = {
    FlagKind.CRITICAL: frozenset({"bank_account", "payment_card", "address", "phone", "email", "credential", "other"}),
    FlagKind.CRIMINAL: frozenset({"violence", "sexual_violence", "child", "threat", "other"}),
}
ALL_CATEGORIES: Final = frozenset().union(*CATEGORIES.values())
CATEGORY_CHOICES: Final = [(category, category) for category in sorted(ALL_CATEGORIES)]

CLIP_MOVES: Final[Mapping[ClipState, frozenset[ClipState]]] = {
    ClipState.QUEUED: frozenset({ClipState.LEASED, ClipState.QUARANTINED, ClipState.ERASING}),
    ClipState.LEASED: frozenset({ClipState.QUEUED, ClipState.REVIEWED, ClipState.QUARANTINED, ClipState.ERASING}),
    ClipState.REVIEWED: frozenset({ClipState.QUARANTINED, ClipState.ERASING}),
    ClipState.QUARANTINED: frozenset({ClipState.QUEUED, ClipState.REVIEWED, ClipState.ERASING}),
    ClipState.ERASING: frozenset({ClipState.ERASED, ClipState.QUEUED, ClipState.REVIEWED}),
    ClipState.ERASED: frozenset(),
}
SHIFT_MOVES: Final[Mapping[ShiftState, frozenset[ShiftState]]] = {
    ShiftState.ACTIVE: frozenset({ShiftState.PAUSED, ShiftState.ENDED}),
    ShiftState.PAUSED: frozenset({ShiftState.ACTIVE, ShiftState.ENDED}),
    ShiftState.ENDED: frozenset(),
}
OUT_OF_REACH: Final = frozenset({ClipState.QUARANTINED, ClipState.ERASING, ClipState.ERASED})


def check_clip_move(source: str, target: ClipState) -> None:
    """Raises IllegalMove (409) for a move that the table doesn't have."""
    if target not in CLIP_MOVES[ClipState(source)]:
        raise IllegalMove(f"A clip that is {source} cannot become {target}.")


def check_shift_move(source: str, target: ShiftState) -> None:
    """Raises IllegalMove (409) for a move that the table doesn't have."""
    if target not in SHIFT_MOVES[ShiftState(source)]:
        raise IllegalMove(f"A shift that is {source} cannot become {target}.")
