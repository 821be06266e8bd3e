"""How long work took, for the insights: apps above this one say it here, for they may not be imported from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

# From two instants to the lengths, in seconds, of what ended between them.
Lengths = Callable[[datetime, datetime], Sequence[float]]

_SOURCES: Final[dict[str, Lengths]] = {}


def register(code: str, lengths: Lengths) -> None:
    """Say where the times of a measure (one of insights.TIMES) come from; once, when the apps are ready."""
    _SOURCES[code] = lengths


def lengths_of(code: str, begins: datetime, ends: datetime) -> Sequence[float]:
    """What ended from `begins` on and before `ends`, in seconds; nothing where no app says it."""
    source = _SOURCES.get(code)
    return source(begins, ends) if source else ()
