"""What open pages are nudged about: a topic and whom it may concern. Never what it is about: pages fetch that anew.

    something commits -> `changed(topic, subject)` -> Valkey -> each web process's hub -> pages of those who may know

A message between our processes carries the id of the subject; what reaches a browser is the topic's name alone.
A nudge that is lost costs a moment: every page also asks by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from prometheus_client import Counter

from project import announcing

lost = Counter("earshot_live_announcements_lost_total", "Nudges of open pages that Valkey did not take; pages ask.")

CHANNEL: Final = "earshot.live"
NOTICES: Final = "notices"

Audience = Callable[[UUID, Collection[UUID]], Collection[UUID]]


def own(subject_id: UUID, people: Collection[UUID]) -> set[UUID]:
    """The subject is a person, and it concerns nobody else."""
    return {subject_id} & set(people)


audiences: Final[dict[str, Audience]] = {NOTICES: own}


def register(topic: str, audience: Audience) -> None:
    """`audience(subject, people)` says who of these people may know that the subject changed; asked at each nudge."""
    if topic in audiences:
        raise ValueError(f"topic {topic} is declared twice")
    audiences[topic] = audience


def changed(topic: str, subject_id: UUID) -> None:
    """Nudge the pages that show it, once the current transaction has committed. Never raises."""
    transaction.on_commit(partial(announcing.publish, CHANNEL, f"{topic} {subject_id.hex}", lost), robust=True)


def parsed(text: str) -> tuple[str, UUID] | None:
    """Topic and subject of a message between our processes; None for what a newer or older version says."""
    topic, _, subject = text.partition(" ")
    try:
        return (topic, UUID(hex=subject)) if topic in audiences else None
    except ValueError:
        return None
