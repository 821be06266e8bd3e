"""What of exports stands on the home page of legal."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from escalations.models import Export
from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card


def export_cards(user: User) -> Iterator[Card]:
    """Exports that this person asked for or released and that wait to be collected, the first to expire first."""
    if not may(user, Can.EXPORT):
        return
    own = Export.objects.filter(Q(proposed_by=user) | Q(approved_by=user), state=Export.State.READY)
    waiting = list(own.order_by("expires_at").values_list("pk", flat=True)[:100])
    if waiting:
        where = reverse("escalations:export", args=waiting) if len(waiting) == 1 else reverse("escalations:exports")
        text = "Each can be downloaded once and is destroyed afterwards, or when its time is over."
        yield Card("Exports ready to collect", text, where, "Collect", figure=str(len(waiting)), tone="info", order=30)
