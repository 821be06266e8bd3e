"""What the home page says about rooms: alerts that wait for a moderator, something new for a member."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from project.accounts.access import Can, may
from project.accounts.models import User
from project.home import Card
from wellbeing.models import Alert
from wellbeing.private_access import waiting_for
from wellbeing.rooms_access import memberships_of, moderated_rooms


def room_cards(user: User) -> Iterable[Card]:
    """At most one card for a moderator, one for a member."""
    if may(user, Can.MODERATE):
        yield from moderators_card(user)
    if may(user, Can.ROOMS):
        unread = memberships_of(user).filter(room__last_number__gt=F("read_number")).select_related("room").first()
        if unread is not None:
            words = f"There is something new in {unread.room.name}."
            yield Card("Support room", words, reverse("wellbeing:room", args=[unread.room.slug]), "Go in", order=70)


def moderators_card(user: User) -> Iterable[Card]:
    """How many wait, and whether any is late; who would like to talk."""
    rooms = moderated_rooms(user).values("room")
    due = list(Alert.objects.exclude(state="resolved").filter(room__in=rooms).values_list("due_at", flat=True)[:100])
    asked = waiting_for(user).count()
    if asked:
        words = "Somebody would like to talk, in private."
        yield Card("Private session", words, reverse("wellbeing:moderation"), "Look", str(asked), "warn", 6)
    if not due:
        return
    late = min(due) < timezone.now()
    words = "One is late. Please look now." if late else "Somebody may need you."
    yield Card(
        "Moderation", words, reverse("wellbeing:moderation"), "Look", str(len(due)), "alarm" if late else "warn", 5
    )
