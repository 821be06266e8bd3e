"""Posting in a room, catching up, reporting."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from project import ledger
from project.accounts.models import ApiToken, User
from project.ledger.events import Event
from project.problems import Absent
from wellbeing import posting
from wellbeing.actions.alerts import raise_alert
from wellbeing.actions.room_keys import key_of_the_day
from wellbeing.announce import announce
from wellbeing.hours import in_hours, opens_at
from wellbeing.models import Alert, Membership, Message, Report, Room
from wellbeing.room_errors import AlreadyReported, BadMessage, Muted, ReadOnly, RoomClosed, TooFast
from wellbeing.rooms_access import in_charge, let_in, own_membership
from wellbeing.screening import Level, Screened, screen
from wellbeing.sealing import open_message, seal_message, seal_report

LONGEST: Final = 2000
LONGEST_REASON: Final = 500
CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
# One message a second in the long run; somebody who comes back with an offline queue may send this many at once.
BURST: Final = 20
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as stored, its masked words, and what its author has to be told."""

    message: Message
    text: str
    crisis: Level | None
    quoted: bool
    repeated: bool


def post_message(
    membership_id: UUID, *, client_id: str, text: str, acting_user: User, token: ApiToken | None = None, now: datetime
) -> Posted:
    """Screen, seal as masked, store, and let everybody's process know.

    1. Screen in memory: what is masked here is never stored anywhere. Seal, before any lock is taken.
    2. Lock the room, read the membership again; the same client id a second time answers with the first message.
    3. Refuse while nobody is on duty, the room is closed, the author muted or too fast.
    4. Draw the next number and show it; what encourages self-harm or tells a method is held instead.
    5. Signs of a crisis put it into the moderators' queue; they never keep it from being shown.

    Raises Absent, BadMessage, ReadOnly, RoomClosed, Muted, TooFast.
    """
    room_id, key_id = room_of(membership_id, now)
    screened = screen(checked(client_id, text))
    message = Message(id=uuid4(), room_id=room_id, client_id=client_id, masked=list(screened.masked), posted_at=now)
    message.sealed_under = key_id or key_of_the_day(room_id, now)
    message.sealed_text = seal_message(message.sealed_under, message.pk, screened.text)
    with transaction.atomic(durable=True):
        room, membership, before = posting.locked(room_id, membership_id, acting_user.pk, client_id)
        message.author = let_in(membership, token)
        if before is None:
            message.by_moderator = refuse_unfit(room, message.author, now)
            store(room, message, screened, now)
    return repeat_of(before) if before else Posted(message, screened.text, screened.crisis, screened.quoted, False)


def checked(client_id: str, text: str) -> str:
    """The text without outer blanks. Raises BadMessage for what no honest client sends."""
    text = text.strip().replace("\x00", "")
    if not CLIENT_ID.fullmatch(client_id) or not 1 <= len(text) <= LONGEST:
        raise BadMessage
    return text


def room_of(membership_id: UUID, now: datetime) -> tuple[UUID, UUID | None]:
    """The room of a membership and its key of the day, whoever asks: who may post is asked under the room's lock.

    Raises Absent.
    """
    found = posting.room_and_key(membership_id, now.astimezone(UTC).date())
    if found is None:
        raise Absent
    return found


def lock_room(room_id: UUID) -> Room:
    """The room, locked: numbers are drawn and members change under this lock only."""
    return Room.objects.select_for_update(no_key=True).get(pk=room_id)


def refuse_unfit(room: Room, author: Membership, now: datetime) -> bool:
    """Raises what keeps this author from posting here now; else takes one message off their allowance, unsaved.

    Returns whether the author speaks as a moderator on duty.
    """
    if room.is_closed:
        raise RoomClosed
    if author.muted_until is not None and author.muted_until > now:
        raise Muted(until=author.muted_until)
    on_duty = in_charge(room, now)
    if not on_duty or not in_hours(room, now):
        raise ReadOnly(opens_at=opens_at(room, now))
    pause = max(SECOND, timedelta(seconds=room.slow_mode_seconds))
    burst = 1 if room.slow_mode_seconds else BURST
    due = max(author.post_due_at or now, now)
    if due - now > pause * (burst - 1):
        raise TooFast(retry_after_ms=int((due - now - pause * (burst - 1)) / timedelta(milliseconds=1)) + 1)
    author.post_due_at = due + pause
    return author.person_id in on_duty


def store(room: Room, message: Message, screened: Screened, now: datetime) -> None:
    """Write the message, shown or held, and what follows from it. The room is locked."""
    if screened.hold is None:
        room.last_number += 1
        place(message, room.last_number, now)
    else:
        message.state, message.held_because = Message.State.HELD, screened.hold
    posting.write_post(room, message.author, message)
    announce(room.pk)
    if screened.crisis is not None:
        raise_alert(message, Alert.Kind.CRISIS, Alert.Level(screened.crisis), now=now, quoted=screened.quoted)
    elif screened.hold is not None:
        raise_alert(message, Alert.Kind.HELD, Alert.Level.YELLOW, now=now)
    if screened.hold is not None:
        ledger.record(Event.MESSAGE_HELD, actor=None, subject=message, now=now, why=screened.hold)


def draw_number(room: Room) -> int:
    """The room's next number; its row is locked, so whoever sees this number has seen all before it."""
    room.last_number += 1
    room.save(update_fields=["last_number"])
    return room.last_number


def show(room: Room, message: Message, now: datetime) -> None:
    """Put a message on everybody's screen, last of all. The caller saves it."""
    place(message, draw_number(room), now)


def place(message: Message, number: int, now: datetime) -> None:
    """Give a message its place in the room's order."""
    message.state, message.number, message.shown_at, message.held_because = Message.State.SHOWN, number, now, ""


def repeat_of(message: Message) -> Posted:
    """The answer to a client that posts again what it posted before: what became of it."""
    crisis = message.alerts.filter(kind=Alert.Kind.CRISIS).first()
    level = Level(crisis.level) if crisis is not None and crisis.level in {*Level} else None
    return Posted(message, open_message(message), level, bool(crisis and crisis.quoted), True)


def report_message(
    membership_id: UUID, number: int, reason: str, *, acting_user: User, token: ApiToken | None = None, now: datetime
) -> Report:
    """Ask moderators to look at a message. Raises Absent, AlreadyReported.

    The ledger says that it was reported, not by whom.
    """
    membership = own_membership(acting_user, membership_id, token)
    message = Message.objects.filter(room=membership.room_id, number=number).select_related("author").first()
    if message is None:
        raise Absent
    report_id = uuid4()
    sealed = seal_report(message, report_id, screen(reason.strip()[:LONGEST_REASON]).text)
    with transaction.atomic(durable=True):
        lock_room(message.room_id)
        if Report.objects.filter(message=message, reporter=membership).exists():
            raise AlreadyReported
        report = Report.objects.create(
            id=report_id, message=message, reporter=membership, sealed_reason=sealed, reported_at=now
        )
        raise_alert(message, Alert.Kind.REPORT, Alert.Level.OTHER, now=now)
        ledger.record(Event.MESSAGE_REPORTED, actor=None, subject=message, now=now)
    return report


def mark_read(membership: Membership, number: int) -> None:
    """Remember how far this person has read, for unread marks. Never backwards."""
    Membership.objects.filter(pk=membership.pk, read_number__lt=number).update(read_number=number)
