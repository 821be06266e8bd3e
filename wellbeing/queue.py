"""The moderators' queue as they see it: what to look at, how urgent, in which words. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Prefetch

from project import vault
from project.accounts.models import User
from wellbeing.models import Alert, Appeal, Membership, Message, ModerationNote, Report
from wellbeing.rooms_access import moderated_rooms
from wellbeing.sealing import keys_for, open_appeal, open_message, open_note, open_report

MOST: Final = 100
HEADLINES: Final = {
    "crisis": "Signs of a crisis",
    "held": "Held: decide before anybody sees it",
    "report": "A member asked you to look",
    "appeal": "An author asks to look at a removal again",
}
ABOUT: Final = {"me": "The author says: about me", "colleague": "The author says: about a colleague",
                "clip": "The author says: about a clip"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """One alert with everything a moderator needs to act on it."""

    alert: Alert
    text: str
    reasons: tuple[str, ...]
    notes: tuple[tuple[str, datetime, str], ...]
    is_late: bool
    left: timedelta
    appeal: Appeal | None = None
    appeal_text: str = ""

    @property
    def headline(self) -> str:
        """Why it is here."""
        return HEADLINES[self.alert.kind]

    @property
    def about(self) -> str:
        """What the author answered, if they did."""
        return ABOUT.get(self.alert.about, "")

    @property
    def tone(self) -> str:
        """How it is marked, beside its words."""
        return "alarm" if self.is_late or self.alert.level == Alert.Level.RED else "warn"


def queue_for(user: User, now: datetime) -> list[Waiting]:
    """Alerts of this moderator's rooms that nobody has resolved, the most urgent first, at most 100."""
    rooms = list(moderated_rooms(user).values_list("room", flat=True))
    alerts = (
        Alert.objects.exclude(state=Alert.State.RESOLVED)
        .filter(room__in=rooms)
        .select_related("room", "message__author", "taken_by")
        .prefetch_related(
            Prefetch("message__reports", Report.objects.order_by("reported_at")),
            Prefetch("message__appeals", Appeal.objects.filter(state=Appeal.State.OPEN)),
            Prefetch("notes", ModerationNote.objects.select_related("author").order_by("written_at")),
        )
        .order_by("due_at")[:MOST]
    )
    keys = keys_for(alert.message for alert in alerts)
    return [waiting(alert, keys, now) for alert in alerts]


def waiting(alert: Alert, keys: dict[UUID, vault.Key], now: datetime) -> Waiting:
    """One alert with its words."""
    message, notes = alert.message, alert.notes.all()
    appeal = next(iter(message.appeals.all()), None) if alert.kind == Alert.Kind.APPEAL else None
    return Waiting(
        alert,
        open_message(message, keys),
        tuple(words for report in message.reports.all() if (words := open_report(report, message, keys))),
        tuple((one.author.display_name, one.written_at, open_note(one, message, keys)) for one in notes),
        now > alert.due_at,
        abs(alert.due_at - now),
        appeal,
        open_appeal(appeal, message, keys) if appeal else "",
    )


def recent_messages(room_id: UUID, limit: int = 60) -> list[tuple[Message, str]]:
    """The last messages of a room with their words, newest first: all whose words are there, removed ones too."""
    rows = Message.objects.filter(room=room_id, sealed_text__isnull=False).select_related("author")
    messages = list(rows.order_by("-posted_at")[:limit])
    keys = keys_for(messages)
    return [(message, open_message(message, keys)) for message in messages]


def members_of(room_id: UUID) -> list[Membership]:
    """Current members by pseudonym; who they are is not part of it."""
    return list(Membership.objects.filter(room=room_id, left_at=None).order_by("pseudonym")[:1000])
