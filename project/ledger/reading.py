"""What an auditor may read, newest first, by cursor: the cost of a page doesn't grow with the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from project.ledger.events import Event
from project.ledger.models import Entry
from project.problems import Absent

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry that was shown."""

    at: datetime
    id: UUID

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """From `<instant>_<id>`. Raises ValueError."""
        at, _, id = text.partition("_")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("an instant names its offset")
        return cls(instant, UUID(id))

    def __str__(self) -> str:
        return f"{self.at.isoformat().replace('+00:00', 'Z')}_{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    entries: list[Entry]
    older: Cursor | None


def page_of(*, event: Event | None = None, subject: str = "", before: Cursor | None = None, limit: int = PAGE) -> Page:
    """Entries newest first; `subject` is an object's id, `before` the cursor of the page before."""
    found: QuerySet[Entry] = Entry.objects.select_related("leaf").order_by("-at", "-id")
    if event is not None:
        found = found.filter(event=event)
    if subject:
        found = found.filter(subject_id=subject)
    if before is not None:
        found = found.filter(at__lte=before.at).filter(Q(at__lt=before.at) | Q(id__lt=before.id))
    entries = list(found[: limit + 1])
    more = len(entries) > limit
    entries = entries[:limit]
    return Page(entries, Cursor(entries[-1].at, entries[-1].pk) if more else None)


def entry_for(entry_id: UUID) -> Entry:
    """One entry. Raises Absent."""
    entry = Entry.objects.select_related("leaf").filter(pk=entry_id).first()
    if entry is None:
        raise Absent
    return entry
