"""What a moderator has to look at: raised with a clock, taken, answered, resolved; a colleague paged at half time."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Absent
from wellbeing.announce import announce
from wellbeing.loads import load_of, rested
from wellbeing.models import Alert, Message, ModerationNote, PrivateSession
from wellbeing.room_errors import Overtaken, RestFirst
from wellbeing.room_notices import ALERT_AT_HALF_TIME, ALERT_RAISED
from wellbeing.rooms_access import alert_for, duties_now, moderators_of
from wellbeing.screening import screen
from wellbeing.sealing import seal_note

# Peer-support practice: three minutes for red signs (a crisis line's median wait), the others are house defaults.
TIME_TO_LOOK = {
    Alert.Level.RED: timedelta(minutes=3),
    Alert.Level.YELLOW: timedelta(minutes=15),
    Alert.Level.OTHER: timedelta(hours=4),
}
URGENCY = {Alert.Level.RED: 0, Alert.Level.YELLOW: 1, Alert.Level.OTHER: 2}
SWEPT_AT_ONCE = 200
NOTE_LENGTH = 1000


def raise_alert(
    message: Message, kind: Alert.Kind, level: Alert.Level, *, now: datetime, quoted: bool = False
) -> Alert:
    """Put a message into the moderators' queue, in the caller's transaction, under its room's lock.

    One that is not resolved yet becomes as urgent as the new reason asks, never less; an appeal stands apart. The
    moderator on duty is told.
    """
    waiting = Alert.objects.select_for_update(no_key=True).exclude(state=Alert.State.RESOLVED).filter(message=message)
    appeals = Q(kind=Alert.Kind.APPEAL)
    alert = waiting.filter(appeals if kind == Alert.Kind.APPEAL else ~appeals).first()
    if alert is not None and URGENCY[Alert.Level(alert.level)] <= URGENCY[level]:
        return alert
    if alert is None:
        alert = Alert(room_id=message.room_id, message=message, kind=kind, raised_at=now, quoted=quoted)
    alert.level = level
    alert.half_time_at, alert.due_at = now + TIME_TO_LOOK[level] / 2, now + TIME_TO_LOOK[level]
    alert.first_paged = first_on_duty(message, now)
    alert.save()
    if alert.first_paged is not None:
        tell(alert.first_paged, ALERT_RAISED, about=alert, now=now)
    announce(message.room_id)
    return alert


def first_on_duty(message: Message, now: datetime) -> User | None:
    """The moderator on duty who is asked first: whoever's duty began last, and never the author or who removed it.

    Whoever needs a rest is passed over for a rested one, on duty or not; somebody tired is better than nobody.

    In a private session that is its counsellor, who sits in it.
    """
    session = PrivateSession.objects.filter(room=message.room_id).select_related("counsellor").first()
    if session is not None:
        return session.counsellor if session.counsellor_id != message.author.person_id else None
    duties = duties_now(message.room_id, now).exclude(moderator__in=involved(message))
    on_duty = [duty.moderator for duty in duties.select_related("moderator").order_by("-starts_at")]
    if not on_duty or (fresh := rested(on_duty, now)):
        return fresh[0] if on_duty else None
    colleagues = rested(moderators_of(message.room_id).exclude(pk__in=involved(message)), now)
    return (colleagues or on_duty)[0]


def involved(message: Message) -> list[UUID]:
    """Who is not asked about this message: its author, and for an appeal whoever removed it."""
    return [who for who in (message.author.person_id, message.removed_by_id) if who is not None]


def take_alert(alert_id: UUID, *, version: int, acting_user: User, now: datetime) -> Alert:
    """Say 'I am looking at this'. Raises Absent, Overtaken, RestFirst."""
    with transaction.atomic(durable=True):
        alert = lock_alert(alert_id, version, acting_user=acting_user)
        if alert.state != Alert.State.OPEN:
            raise Overtaken
        refuse_tired(alert, acting_user, now)
        alert.state, alert.taken_by, alert.taken_at = Alert.State.TAKEN, acting_user, now
        alert.version += 1
        alert.save(update_fields=["state", "taken_by", "taken_at", "version"])
        ledger.record(Event.ALERT_TAKEN, actor=acting_user, subject=alert, now=now, level=alert.level)
        announce(alert.room_id)
    return alert


def refuse_tired(alert: Alert, acting_user: User, now: datetime) -> None:
    """Who needs a rest takes nothing new while a rested colleague could; but red signs past half time. RestFirst."""
    own = load_of(acting_user, now)
    waits = alert.level == Alert.Level.RED and now >= alert.half_time_at
    if own.is_asked_for or waits:
        return
    message = Message.objects.select_related("author").get(pk=alert.message_id)
    colleagues = moderators_of(alert.room_id).exclude(pk__in=[acting_user.pk, *involved(message)])
    if rested(colleagues, now):
        raise RestFirst


def resolve_alert(alert_id: UUID, *, version: int, acting_user: User, now: datetime) -> Alert:
    """Say that it was looked after. A message that is held stays held until it is released or removed."""
    with transaction.atomic(durable=True):
        alert = lock_alert(alert_id, version, acting_user=acting_user)
        if alert.message.state == Message.State.HELD:
            raise Overtaken("Release or remove the held message: that resolves it.")
        if alert.kind == Alert.Kind.APPEAL:
            raise Overtaken("Decide the appeal: that resolves it.")
        resolve(alert, acting_user=acting_user, now=now)
    return alert


def resolve(alert: Alert, *, acting_user: User, now: datetime) -> None:
    """The same for a locked alert, in the caller's transaction."""
    alert.state, alert.resolved_by, alert.resolved_at = Alert.State.RESOLVED, acting_user, now
    alert.version += 1
    alert.save(update_fields=["state", "resolved_by", "resolved_at", "version"])
    late = now > alert.due_at
    ledger.record(Event.ALERT_RESOLVED, actor=acting_user, subject=alert, now=now, level=alert.level, late=late)
    announce(alert.room_id)


def answer_about(message_id: UUID, about: Alert.About, *, acting_user: User, now: datetime) -> None:
    """The author's answer to "about me, a colleague, or a clip?". Only the author; raises Absent."""
    with transaction.atomic(durable=True):
        alerts = Alert.objects.filter(message=message_id, message__author__person=acting_user, kind=Alert.Kind.CRISIS)
        if not alerts.update(about=about, version=F("version") + 1):
            raise Absent


def note_alert(alert_id: UUID, text: str, *, acting_user: User, now: datetime) -> ModerationNote:
    """Write a note for the other moderators; masked like a message. Raises Absent."""
    alert = alert_for(acting_user, alert_id)
    note_id = uuid4()
    sealed = seal_note(alert.message, note_id, screen(text.strip()[:NOTE_LENGTH]).text)
    with transaction.atomic(durable=True):
        note = ModerationNote.objects.create(
            id=note_id, alert=alert, author=acting_user, sealed_text=sealed, written_at=now
        )
        ledger.record(Event.ALERT_NOTED, actor=acting_user, subject=alert, now=now)
    return note


def page_second_moderators(*, now: datetime) -> int:
    """At half time of every alert that nobody took: tell a second moderator. Returns how many alerts."""
    waiting = Alert.objects.filter(state=Alert.State.OPEN, half_time_at__lte=now, second_paged_at=None)
    ids = list(waiting.order_by("due_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    return sum(page_second(alert_id, now=now) for alert_id in ids)


def page_second(alert_id: UUID, *, now: datetime) -> bool:
    """Tell every other moderator of the room, on duty or not: at half time one more pair of eyes is not enough."""
    with transaction.atomic(durable=True):
        alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
        if alert.state != Alert.State.OPEN or alert.second_paged_at is not None:
            return False
        alert.second_paged_at = now
        alert.save(update_fields=["second_paged_at"])
        message = Message.objects.select_related("author").get(pk=alert.message_id)
        asked = [alert.first_paged_id] if alert.first_paged_id else []
        others = moderators_of(alert.room_id).exclude(pk__in=[*asked, *involved(message)])
        told = rested(others, now) or list(others)
        for moderator in told:
            tell(moderator, ALERT_AT_HALF_TIME, about=alert, now=now)
        ledger.record(Event.ALERT_PAGED_SECOND, actor=None, subject=alert, now=now, people=len(told))
    return True


def lock_alert(alert_id: UUID, version: int, *, acting_user: User) -> Alert:
    """The alert, locked, if this person moderates its room and saw its latest version. Raises Absent, Overtaken."""
    alert_for(acting_user, alert_id)
    alert = Alert.objects.select_for_update(no_key=True, of=("self",)).select_related("message").get(pk=alert_id)
    if alert.state == Alert.State.RESOLVED or alert.version != version:
        raise Overtaken
    return alert
