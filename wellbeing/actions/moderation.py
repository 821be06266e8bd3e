"""What moderators do: hold, release, remove, restore, mute, slow down, close and open again. Each act is in the ledger.

Messages and rooms carry a version: a moderator acts on what they saw, and the second of two gets Overtaken (409).
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Invalid
from wellbeing.actions.alerts import raise_alert, resolve
from wellbeing.actions.appeals import keep_or_destroy, restore_removed, save_removal
from wellbeing.actions.messages import draw_number, lock_room, show
from wellbeing.announce import announce
from wellbeing.models import Alert, Membership, Message, Room, Withdrawal
from wellbeing.room_errors import NotInPrivate, Overtaken, OwnAct
from wellbeing.room_notices import MESSAGE_REMOVED, MUTED_FOR_A_WHILE
from wellbeing.rooms_access import member_to_moderate, message_to_moderate, moderated

LONGEST_MUTE_MINUTES: Final = 7 * 24 * 60
SLOWEST_SECONDS: Final = 600


def hold_message(message_id: UUID, *, version: int, acting_user: User, now: datetime) -> Message:
    """Take a shown message off every screen until a moderator has decided. Raises Absent, Overtaken."""
    with transaction.atomic(durable=True):
        room, message = lock_message(message_id, version, acting_user=acting_user)
        if message.state != Message.State.SHOWN:
            raise Overtaken
        withdraw(room, message, removed=False)
        message.state, message.held_because = Message.State.HELD, "moderator"
        save(message)
        raise_alert(message, Alert.Kind.HELD, Alert.Level.OTHER, now=now)
        ledger.record(Event.MESSAGE_HELD, actor=acting_user, subject=message, now=now, why="moderator")
        announce(room.pk)
    return message


def release_message(message_id: UUID, *, version: int, acting_user: User, now: datetime) -> Message:
    """Show a held message, last in the room and under a new number. Raises Absent, Overtaken, OwnAct."""
    with transaction.atomic(durable=True):
        room, message = lock_message(message_id, version, acting_user=acting_user)
        if message.state != Message.State.HELD:
            raise Overtaken
        refuse_own(message, acting_user)
        show(room, message, now)
        save(message)
        resolve_alerts(message, acting_user=acting_user, now=now)
        ledger.record(Event.MESSAGE_RELEASED, actor=acting_user, subject=message, now=now)
        announce(room.pk)
    return message


def remove_message(
    message_id: UUID, reason: Message.Removal, *, version: int, acting_user: User, now: datetime
) -> Message:
    """Take a message off every screen and tell its author why. Raises Absent, Overtaken.

    Its words are kept sealed until the author's time to appeal is over, or destroyed at once (see actions.appeals).
    """
    with transaction.atomic(durable=True):
        room, message = lock_message(message_id, version, acting_user=acting_user)
        if message.state == Message.State.REMOVED:
            raise Overtaken
        take_away(room, message)
        message.state, message.removed_at, message.removed_by = Message.State.REMOVED, now, acting_user
        message.removed_because, message.held_because = reason, ""
        keep_or_destroy(room, message, now)
        save_removal(message)
        resolve_alerts(message, acting_user=acting_user, now=now)
        if message.author.person_id != acting_user.pk:
            tell(message.author.person, MESSAGE_REMOVED, about=message, now=now)
        ledger.record(Event.MESSAGE_REMOVED, actor=acting_user, subject=message, now=now, why=reason)
        announce(room.pk)
    return message


def restore_message(message_id: UUID, *, version: int, acting_user: User, now: datetime) -> Message:
    """Take a removal back: the message is in its old place again. Raises Absent, Overtaken, OwnAct, NoAppeal."""
    removed = message_to_moderate(acting_user, message_id)
    return restore_removed(removed, version=version, acting_user=acting_user, now=now)


def mute_member(membership_id: UUID, *, minutes: int, acting_user: User, now: datetime) -> Membership:
    """Keep a member from posting for a time; 0 minutes ends it. They are told. Raises Absent, Invalid, OwnAct."""
    if not 0 <= minutes <= LONGEST_MUTE_MINUTES:
        raise Invalid("Mute for 0 minutes to 7 days.")
    with transaction.atomic(durable=True):
        membership = lock_member(membership_id, acting_user=acting_user)
        membership.muted_until = now + timedelta(minutes=minutes) if minutes else None
        membership.save(update_fields=["muted_until"])
        if minutes:
            tell(membership.person, MUTED_FOR_A_WHILE, about=membership.room, now=now)
        ledger.record(Event.MEMBER_MUTED, actor=acting_user, subject=membership, now=now, minutes=minutes)
        announce(membership.room_id)
    return membership


def slow_down(slug: str, *, seconds: int, version: int, acting_user: User, now: datetime) -> Room:
    """One message per person in so many seconds; 0 ends it. Raises Absent, Invalid, Overtaken."""
    if not 0 <= seconds <= SLOWEST_SECONDS:
        raise Invalid("Slow mode is 0 to 600 seconds.")
    with transaction.atomic(durable=True):
        room = lock_moderated(slug, version, acting_user=acting_user)
        room.slow_mode_seconds = seconds
        change(room, Event.ROOM_SLOWED, acting_user, now, seconds=seconds)
    return room


def close_room(slug: str, *, version: int, acting_user: User, now: datetime) -> Room:
    """Nobody posts until it is opened again; reading goes on. Raises Absent, Overtaken."""
    return _set_closed(slug, True, Event.ROOM_CLOSED, version=version, acting_user=acting_user, now=now)


def reopen_room(slug: str, *, version: int, acting_user: User, now: datetime) -> Room:
    """Let people post again. Raises Absent, Overtaken."""
    return _set_closed(slug, False, Event.ROOM_REOPENED, version=version, acting_user=acting_user, now=now)


def _set_closed(slug: str, closed: bool, event: Event, *, version: int, acting_user: User, now: datetime) -> Room:
    with transaction.atomic(durable=True):
        room = lock_moderated(slug, version, acting_user=acting_user)
        if room.kind == Room.Kind.PRIVATE:
            raise NotInPrivate
        if room.is_closed == closed:
            raise Overtaken
        room.is_closed = closed
        change(room, event, acting_user, now)
    return room


def change(room: Room, event: Event, acting_user: User, now: datetime, **facts: int) -> None:
    """Save a locked room's new settings under the next version and say so."""
    room.version += 1
    room.save(update_fields=["is_closed", "slow_mode_seconds", "time_zone", "version"])
    ledger.record(event, actor=acting_user, subject=room, now=now, **facts)
    announce(room.pk)


def lock_moderated(slug: str, version: int, *, acting_user: User) -> Room:
    """A room that this person moderates, locked, in the version that they saw. Raises Absent, Overtaken."""
    room = lock_room(moderated(acting_user, slug).room_id)
    if room.version != version:
        raise Overtaken
    return room


def lock_message(message_id: UUID, version: int, *, acting_user: User) -> tuple[Room, Message]:
    """Room, then message, locked, in the version that this moderator saw. Raises Absent, Overtaken."""
    room = lock_room(message_to_moderate(acting_user, message_id).room_id)
    rows = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("author__person")
    message = rows.get(pk=message_id)
    if message.version != version:
        raise Overtaken
    return room, message


def lock_member(membership_id: UUID, *, acting_user: User) -> Membership:
    """Somebody else's membership in a room that this person moderates, with the room locked. Raises Absent, OwnAct."""
    membership = member_to_moderate(acting_user, membership_id)
    if membership.person_id == acting_user.pk:
        raise OwnAct
    lock_room(membership.room_id)
    return membership


def refuse_own(message: Message, acting_user: User) -> None:
    """A moderator's own held message is for a colleague to release."""
    if message.author.person_id == acting_user.pk:
        raise OwnAct


def withdraw(room: Room, message: Message, *, removed: bool) -> None:
    """Take a shown message off every screen: the room's next number says so. The caller saves the message."""
    if message.number is None:
        raise Overtaken
    Withdrawal.objects.create(
        room=room, message=message, number=draw_number(room), message_number=message.number, removed=removed
    )
    message.number = None


def take_away(room: Room, message: Message) -> None:
    """Off every screen for good; where it was held, what stands in its place says so from now on."""
    if message.number is not None:
        withdraw(room, message, removed=True)
        return
    held = Withdrawal.objects.filter(message=message).order_by("-number").first()
    if held is not None:
        message.number = held.message_number
        withdraw(room, message, removed=True)


def save(message: Message) -> None:
    """Save all that acts change, under the next version."""
    message.version += 1
    message.save(update_fields=["state", "number", "shown_at", "held_because", "version"])


def resolve_alerts(message: Message, *, acting_user: User, now: datetime) -> None:
    """What there was to decide about this message is decided; signs of a crisis stay until somebody resolves them."""
    waiting = Alert.objects.select_for_update(no_key=True).exclude(state=Alert.State.RESOLVED)
    for alert in waiting.filter(message=message, kind__in=[Alert.Kind.HELD, Alert.Kind.REPORT]):
        resolve(alert, acting_user=acting_user, now=now)
