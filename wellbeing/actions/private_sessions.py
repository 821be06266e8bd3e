"""Private sessions: asked for in one click, accepted, moved to a colleague, ended.

The ledger says that a session was asked for, moved and ended, and which counsellor acted; never for whom it is.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from project import ledger
from project.accounts.access import Can, may
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Absent, Invalid
from wellbeing.actions.messages import lock_room
from wellbeing.actions.rooms import join, people_changed
from wellbeing.announce import announce
from wellbeing.loads import load_of, rested
from wellbeing.models import Membership, Message, PrivateSession, Room, RoomKey, Unmasking
from wellbeing.private_access import counsellors, open_to, session_for
from wellbeing.room_errors import Overtaken, OwnAct, RestFirst
from wellbeing.room_notices import SESSION_ACCEPTED, SESSION_ASKED, SESSION_MOVED, SESSION_WAITS

# House default: who asks for somebody to talk to should not wait longer than a yellow sign may.
REMIND_AFTER: Final = timedelta(minutes=15)
KEPT: Final = timedelta(days=90)
State = PrivateSession.State


def request_session(*, acting_user: User, now: datetime) -> PrivateSession:
    """Ask for a counsellor. Asked twice, the first request is the answer. Raises Absent."""
    if not may(acting_user, Can.ROOMS):
        raise Absent
    try:
        with transaction.atomic(durable=True):
            session = PrivateSession.objects.create(person=acting_user, requested_at=now, remind_at=now + REMIND_AFTER)
            others = counsellors().exclude(pk=acting_user.pk)
            for counsellor in rested(others, now) or others:
                tell(counsellor, SESSION_ASKED, about=session, now=now)
            ledger.record(Event.SESSION_REQUESTED, actor=None, subject=session, now=now)
    except IntegrityError:  # there is one already, or the same click arrived twice
        return PrivateSession.objects.exclude(state=State.ENDED).get(person=acting_user)
    return session


def accept_session(session_id: UUID, *, version: int, acting_user: User, now: datetime) -> PrivateSession:
    """Open a room for the two. Raises Absent, Overtaken, OwnAct, RestFirst."""
    waiting = open_to(acting_user, session_id)
    if waiting.person_id == acting_user.pk:
        raise OwnAct
    room = Room(id=uuid4(), slug=f"private-{uuid4().hex}", name="Private session", kind=Room.Kind.PRIVATE)
    room.created_at = now
    with transaction.atomic(durable=True):
        session = lock_session(session_id, version, State.WAITING)
        refuse_tired(session, acting_user, now)
        room.save(force_insert=True)
        for person in (session.person, acting_user):
            join(room, person, now)
        session.state, session.room, session.counsellor, session.accepted_at = State.OPEN, room, acting_user, now
        save(session)
        tell(session.person, SESSION_ACCEPTED, about=room, now=now)
        ledger.record(Event.SESSION_ACCEPTED, actor=acting_user, subject=session, now=now)
    return session


def refuse_tired(session: PrivateSession, acting_user: User, now: datetime) -> None:
    """Who needs a rest leaves a request to a rested colleague, until everybody is asked again. Raises RestFirst."""
    if now >= session.remind_at or load_of(acting_user, now).is_asked_for:
        return
    if rested(counsellors().exclude(pk__in=[acting_user.pk, session.person_id]), now):
        raise RestFirst(
            "The request keeps its place for a rested colleague. If nobody has come by "
            f"{session.remind_at:%H:%M} UTC, everybody is asked again and you can accept it all the same."
        )


def move_session(
    session_id: UUID, colleague_id: UUID, *, version: int, acting_user: User, now: datetime
) -> PrivateSession:
    """Hand an open session to a colleague, who reads what was written; the person is told. Only its counsellor may.

    From this commit on the one who hands over receives nothing. Raises Absent, Invalid, Overtaken.
    """
    if session_for(acting_user, session_id).counsellor_id != acting_user.pk:
        raise Absent
    with transaction.atomic(durable=True):
        session = lock_session(session_id, version, State.OPEN)
        colleague = counsellors().exclude(pk__in=[acting_user.pk, session.person_id]).filter(pk=colleague_id).first()
        if colleague is None or session.room_id is None:
            raise Invalid("A session moves to another moderator.")
        room = lock_room(session.room_id)
        join(room, colleague, now)
        leave(room, acting_user, now)
        session.counsellor = colleague
        save(session)
        for somebody in (session.person, colleague):
            tell(somebody, SESSION_MOVED, about=room, now=now)
        ledger.record(Event.SESSION_MOVED, actor=acting_user, subject=session, now=now, to=colleague.pk)
    return session


def end_session(session_id: UUID, *, version: int, acting_user: User, now: datetime) -> PrivateSession:
    """Either of the two ends it, or the person takes a request back. The person may read on; nobody writes.

    Raises Absent, Overtaken.
    """
    by_person = session_for(acting_user, session_id).person_id == acting_user.pk
    with transaction.atomic(durable=True):
        session = lock_session(session_id, version)
        if session.state == State.ENDED:
            raise Overtaken
        session.state, session.ended_at = State.ENDED, now
        save(session)
        if session.room_id is not None and session.counsellor is not None:
            room = lock_room(session.room_id)
            room.is_closed = True
            room.save(update_fields=["is_closed"])
            leave(room, session.counsellor, now)
        actor = None if by_person else acting_user
        ledger.record(Event.SESSION_ENDED, actor=actor, subject=session, now=now)
    return session


def leave(room: Room, person: User, now: datetime) -> None:
    """End somebody's membership of a locked room; every process reads its people anew."""
    Membership.objects.filter(room=room, person=person, left_at=None).update(left_at=now)
    people_changed(room)
    announce(room.pk)


def lock_session(session_id: UUID, version: int, *states: PrivateSession.State) -> PrivateSession:
    """The session, locked, in the version that was seen and one of these states. Raises Overtaken."""
    rows = PrivateSession.objects.select_for_update(no_key=True, of=("self",)).select_related("person", "counsellor")
    session = rows.filter(pk=session_id).first()
    if session is None or session.version != version or (states and session.state not in states):
        raise Overtaken
    return session


def save(session: PrivateSession) -> None:
    """Save what acts change, under the next version."""
    session.version += 1
    session.save(update_fields=["state", "room", "counsellor", "accepted_at", "ended_at", "version"])


def remind_of_waiting_sessions(*, now: datetime) -> int:
    """A request that nobody took in its time: every counsellor is told once more. Returns how many requests."""
    waiting = PrivateSession.objects.filter(state=State.WAITING, remind_at__lte=now, reminded_at=None)
    return sum(remind(session_id, now=now) for session_id in waiting.values_list("pk", flat=True)[:200])


def remind(session_id: UUID, *, now: datetime) -> bool:
    """One of them, once."""
    with transaction.atomic(durable=True):
        waiting = PrivateSession.objects.filter(pk=session_id, state=State.WAITING, reminded_at=None)
        if not waiting.update(reminded_at=now):
            return False
        session = PrivateSession.objects.get(pk=session_id)
        for counsellor in counsellors().exclude(pk=session.person_id):
            tell(counsellor, SESSION_WAITS, about=session, now=now)
    return True


def forget_old_sessions(*, now: datetime) -> int:
    """Delete the rows of sessions that ended 90 days ago; their messages go as every room's do, then their rooms."""
    old: QuerySet[PrivateSession] = PrivateSession.objects.filter(state=State.ENDED, ended_at__lt=now - KEPT)
    gone = old.delete()[0]
    for room_id in empty_rooms().values_list("pk", flat=True)[:200]:
        forget_empty_room(room_id)
    return gone


def empty_rooms() -> QuerySet[Room]:
    """Private rooms without a session, of which no word and no key is left: only the two names are."""
    left = [
        Exists(rows.filter(**{room: OuterRef("pk")}))
        for rows, room in (
            (PrivateSession.objects, "room"),
            (Message.objects, "room"),
            (RoomKey.objects, "room"),
            (Unmasking.objects, "membership__room"),
        )
    ]
    return Room.objects.filter(~left[0], ~left[1], ~left[2], ~left[3], kind=Room.Kind.PRIVATE)


def forget_empty_room(room_id: UUID) -> None:
    """One of them, asked again under its lock: nothing says any more that these two ever talked."""
    with transaction.atomic(durable=True):
        lock_room(room_id)
        if empty_rooms().filter(pk=room_id).exists():
            Membership.objects.filter(room=room_id).delete()
            Room.objects.filter(pk=room_id).delete()
