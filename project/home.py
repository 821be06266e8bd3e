"""What needs doing now, per role. Each app registers a function that gives cards for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from project.accounts.models import User


@dataclass(frozen=True, slots=True)
class Card:
    """One thing on the home page. `tone`: calm, info, warn or alarm. `figure` is short: "3", "12 min"."""

    title: str
    text: str
    url: str
    action: str
    figure: str = ""
    tone: str = "calm"
    order: int = 50


_sources: list[Callable[[User], Iterable[Card]]] = []


def register(source: Callable[[User], Iterable[Card]]) -> None:
    """Called in an app's ready(). A source asks few, bounded questions: the home page opens often."""
    _sources.append(source)


def cards_for(user: User) -> list[Card]:
    return sorted((card for source in _sources for card in source(user)), key=lambda card: card.order)
