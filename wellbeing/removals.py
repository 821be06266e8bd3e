"""Who may see a removed message and its appeal: the author, and the moderators of the room. Absent otherwise."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from project.accounts.access import Can, may
from project.accounts.models import User
from project.problems import Absent
from wellbeing.models import Appeal, Membership, Message
from wellbeing.rooms_access import moderated_rooms


def own_removal(user: User, message_id: UUID) -> Message:
    """A message of this person's own that was removed, or that they had to ask about. Raises Absent."""
    concerned = Q(state=Message.State.REMOVED) | Q(appeals__isnull=False)
    rows = Message.objects.filter(concerned, pk=message_id, author__person=user).select_related("room", "author")
    message = rows.distinct().first()
    if message is None or not may(user, Can.ROOMS):
        raise Absent
    return message


def appeal_for(user: User, appeal_id: UUID) -> Appeal:
    """An appeal in a room that this person moderates. Raises Absent."""
    rooms = moderated_rooms(user).values("room")
    appeal = Appeal.objects.filter(pk=appeal_id, message__room__in=rooms).select_related("message__room").first()
    if appeal is None:
        raise Absent
    return appeal


def own_removals(membership: Membership, now: datetime) -> QuerySet[Message]:
    """Messages of this member that were removed and whose words are still kept: what the room tells them again."""
    rows = Message.objects.filter(author=membership, state=Message.State.REMOVED, kept_until__gt=now)
    return rows.order_by("-removed_at")[:5]
