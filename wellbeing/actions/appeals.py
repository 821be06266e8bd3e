"""A removed message may come back: its author asks, or a moderator sees that it was a mistake.

Words are kept, sealed, for the author's appeal and no longer; where they are what must not exist, they are gone at
once. The ledger says that a message was appealed and how it was decided, never by whom it was written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Invalid
from wellbeing.actions.alerts import raise_alert, resolve
from wellbeing.actions.messages import draw_number, lock_room, show
from wellbeing.announce import announce
from wellbeing.models import Alert, Appeal, Message, ModerationNote, Report, Restoration, Room, Withdrawal
from wellbeing.models.messages import LEAKS
from wellbeing.removals import appeal_for, own_removal
from wellbeing.room_errors import NoAppeal, NotTheRemover, Overtaken, OwnAct
from wellbeing.room_notices import APPEAL_RESTORED, APPEAL_UPHELD
from wellbeing.screening import Level, screen
from wellbeing.sealing import seal_appeal

# House default: a week with its days off, so that nobody misses it; as short as that, for the words are kept for it.
APPEAL_WINDOW: Final = timedelta(days=7)
LONGEST_APPEAL: Final = 1000
SWEPT_AT_ONCE: Final = 200
State = Message.State


@dataclass(frozen=True, slots=True)
class Appealed:
    """The appeal, and whether its author's words had signs of a crisis in them."""

    appeal: Appeal
    crisis: Level | None


def appeal_removal(message_id: UUID, text: str, *, acting_user: User, now: datetime) -> Appealed:
    """Ask a moderator who did not remove it to look at one's message again, once. Raises Absent, Invalid, NoAppeal.

    The words are screened as a message's are; signs of a crisis make it as urgent as they would in the room.
    """
    removal = own_removal(acting_user, message_id)
    text = text.strip().replace("\x00", "")
    if not 1 <= len(text) <= LONGEST_APPEAL:
        raise Invalid(f"Say in 1 to {LONGEST_APPEAL} characters why it should come back.")
    screened, appeal_id = screen(text), uuid4()
    sealed = seal_appeal(removal, appeal_id, screened.text)
    with transaction.atomic(durable=True):
        room, message = lock_removed(removal)
        if not can_appeal(message, now) or message.removed_by is None:
            raise NoAppeal
        appeal = Appeal.objects.create(
            id=appeal_id, message=message, remover=message.removed_by, sealed_text=sealed, made_at=now
        )
        level = Alert.Level(screened.crisis) if screened.crisis is not None else Alert.Level.OTHER
        raise_alert(message, Alert.Kind.APPEAL, level, now=now, quoted=screened.quoted)
        ledger.record(Event.APPEAL_MADE, actor=None, subject=appeal, now=now)
        announce(room.pk)
    return Appealed(appeal, screened.crisis)


def can_appeal(message: Message, now: datetime) -> bool:
    """Whether there are words to look at, and nobody was asked about this removal yet."""
    return message.kept_until is not None and message.kept_until > now and not open_appeal_of(message).exists()


def decide_appeal(appeal_id: UUID, *, restore: bool, version: int, acting_user: User, now: datetime) -> Appeal:
    """Put the message back, or let the removal stand and destroy its words; the author is told.

    Neither who removed it nor who wrote it decides. Raises Absent, Overtaken, NotTheRemover, OwnAct.
    """
    asked = appeal_for(acting_user, appeal_id)
    with transaction.atomic(durable=True):
        room, message, appeal = lock_appeal(asked)
        if appeal.state != Appeal.State.OPEN or appeal.version != version:
            raise Overtaken
        refuse_involved(message, appeal.remover_id, acting_user)
        settle(appeal, restore=restore, acting_user=acting_user, now=now)
        if restore:
            put_back(room, message, now)
        else:
            destroy_words(message)
        save_removal(message)
        tell(message.author.person, APPEAL_RESTORED if restore else APPEAL_UPHELD, about=message, now=now)
        announce(room.pk)
    return appeal


def refuse_involved(message: Message, remover_id: UUID, acting_user: User) -> None:
    """Neither who removed a message nor who wrote it decides about its appeal."""
    if remover_id == acting_user.pk:
        raise NotTheRemover
    if message.author.person_id == acting_user.pk:
        raise OwnAct


def settle(appeal: Appeal, *, restore: bool, acting_user: User, now: datetime) -> None:
    """Close a locked appeal and its place in the queue; its words are destroyed."""
    appeal.state = Appeal.State.RESTORED if restore else Appeal.State.UPHELD
    appeal.sealed_text, appeal.decided_by, appeal.decided_at = None, acting_user, now
    appeal.version += 1
    appeal.save(update_fields=["state", "sealed_text", "decided_by", "decided_at", "version"])
    event = Event.APPEAL_RESTORED if restore else Event.APPEAL_UPHELD
    ledger.record(event, actor=acting_user, subject=appeal, now=now)
    waiting = Alert.objects.select_for_update(no_key=True).exclude(state=Alert.State.RESOLVED)
    for alert in waiting.filter(message=appeal.message_id, kind=Alert.Kind.APPEAL):
        resolve(alert, acting_user=acting_user, now=now)


def restore_removed(removed: Message, *, version: int, acting_user: User, now: datetime) -> Message:
    """A moderator takes a removal back while the words are kept; see actions.moderation.restore_message."""
    with transaction.atomic(durable=True):
        room, message = lock_removed(removed)
        if message.state != State.REMOVED or message.version != version:
            raise Overtaken
        if message.author.person_id == acting_user.pk:
            raise OwnAct
        if message.sealed_text is None:
            raise NoAppeal("The words of this message are destroyed: nobody can bring it back.")
        if open_appeal_of(message).exists():
            raise Overtaken("Its author has appealed. Decide the appeal: that puts it back, or not.")
        put_back(room, message, now)
        save_removal(message)
        tell(message.author.person, APPEAL_RESTORED, about=message, now=now)
        ledger.record(Event.MESSAGE_RESTORED, actor=acting_user, subject=message, now=now)
        announce(room.pk)
    return message


def put_back(room: Room, message: Message, now: datetime) -> None:
    """Show a removed message where it stood; one that nobody had seen goes last. The caller saves it."""
    last = Withdrawal.objects.filter(message=message).order_by("-number").first()
    if last is None:
        show(room, message, now)
    else:
        message.state, message.number = State.SHOWN, last.message_number
        Restoration.objects.create(
            room=room, message=message, number=draw_number(room), message_number=last.message_number
        )
    message.removed_because, message.removed_by, message.removed_at, message.kept_until = "", None, None, None


def keep_or_destroy(room: Room, message: Message, now: datetime) -> None:
    """What becomes of a removed message's words: kept for the author's appeal, or gone at once. The caller saves it.

    In a private session nobody else may read them, so nobody could decide: they are gone too.
    """
    if message.removed_because in LEAKS or room.kind == Room.Kind.PRIVATE:
        destroy_words(message)
    else:
        message.kept_until = now + APPEAL_WINDOW


def destroy_words(message: Message) -> None:
    """Nothing stays of a removed message's words, nor of reports and notes that may quote them. The caller saves it."""
    message.sealed_text, message.kept_until = None, None
    Report.objects.filter(message=message).delete()
    ModerationNote.objects.filter(alert__message=message).delete()


def destroy_kept_words(*, now: datetime) -> int:
    """Removed messages whose time to appeal is over: their words go. One under appeal waits for its decision."""
    ids = list(overdue_words(now).values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    return sum(destroy_if_due(message_id, now=now) for message_id in ids)


def overdue_words(now: datetime) -> QuerySet[Message]:
    """Removed messages that should have no words any more at `now`."""
    asked = Appeal.objects.filter(message=OuterRef("pk"), state=Appeal.State.OPEN)
    return Message.objects.filter(~Exists(asked), kept_until__lte=now)


def destroy_if_due(message_id: UUID, *, now: datetime) -> bool:
    """One of them, asked again under the room's lock."""
    with transaction.atomic(durable=True):
        _, message = lock_removed(Message.objects.get(pk=message_id))
        if message.kept_until is None or message.kept_until > now or open_appeal_of(message).exists():
            return False
        destroy_words(message)
        save_removal(message)
        ledger.record(Event.MESSAGE_WORDS_DESTROYED, actor=None, subject=message, now=now)
    return True


def open_appeal_of(message: Message) -> QuerySet[Appeal]:
    """The appeal about this message that waits to be decided."""
    return Appeal.objects.filter(message=message, state=Appeal.State.OPEN)


def lock_removed(message: Message) -> tuple[Room, Message]:
    """Room, then message, locked and read again, with its author."""
    room = lock_room(message.room_id)
    rows = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("author__person", "removed_by")
    return room, rows.get(pk=message.pk)


def lock_appeal(asked: Appeal) -> tuple[Room, Message, Appeal]:
    """Room, message, then appeal, locked and read again."""
    room, message = lock_removed(asked.message)
    return room, message, Appeal.objects.select_for_update(no_key=True).get(pk=asked.pk)


def save_removal(message: Message) -> None:
    """Save all that a removal and its end change, under the next version."""
    message.version += 1
    message.save(
        update_fields=[
            "state", "number", "shown_at", "sealed_text", "held_because", "removed_at", "removed_because", "removed_by",
            "kept_until", "version",
        ]
    )  # fmt: skip
