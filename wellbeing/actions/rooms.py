"""Rooms, members and the duty roster. Moderators run their rooms; the demo and commands act for nobody (None)."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from project import ledger
from project.accounts.access import Can, may
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid
from wellbeing.actions.messages import lock_room
from wellbeing.announce import announce
from wellbeing.models import Duty, Membership, Room
from wellbeing.pseudonyms import draw_pseudonym
from wellbeing.room_errors import NotInPrivate
from wellbeing.rooms_access import moderated

SHARED_KINDS: Final = (Room.Kind.ALL_HANDS, Room.Kind.TEAM, Room.Kind.TOPIC)


class SlugTaken(Conflict):
    code = "slug-taken"
    title = "A room with this address exists already."


class NotForRooms(Invalid):
    code = "not-for-rooms"
    title = "Support rooms are for reviewers and moderators who hold no other office over them."


def create_room(
    *,
    slug: str,
    name: str,
    acting_user: User | None,
    now: datetime,
    kind: str = Room.Kind.TOPIC,
    retention_days: int = 90,
) -> Room:
    """A new, empty room. Raises Absent, Invalid, SlugTaken."""
    if acting_user is not None and not may(acting_user, Can.MODERATE):
        raise Absent
    if kind not in SHARED_KINDS:
        raise Invalid("A room is for everybody, for a team or for a topic.")
    if Room.objects.filter(slug=slug).exists():
        raise SlugTaken
    room = Room(id=uuid4(), slug=slug, name=name, kind=kind, retention_days=retention_days, created_at=now)
    try:
        with transaction.atomic(durable=True):
            room.save(force_insert=True)
            ledger.record(Event.ROOM_CREATED, actor=acting_user, subject=room, now=now, days=retention_days)
            if acting_user is not None:
                join(room, acting_user, now)
    except IntegrityError as error:  # two people, the same address, the same moment
        raise SlugTaken from error
    return room


def add_member(room_id: UUID, person_id: UUID, *, acting_user: User | None, now: datetime) -> Membership:
    """Let somebody in, under a new pseudonym, or back in under the old one. Raises Absent, NotForRooms."""
    with transaction.atomic(durable=True):
        room = lock_for(room_id, acting_user)
        membership = join(room, User.objects.get(pk=person_id), now)
        ledger.record(Event.MEMBER_ADDED, actor=acting_user, subject=membership, now=now)
        announce(room.pk)
    return membership


def join(room: Room, person: User, now: datetime) -> Membership:
    """The membership of a person in a locked room. Raises NotForRooms."""
    if not may(person, Can.ROOMS):
        raise NotForRooms
    people_changed(room)
    before = Membership.objects.filter(room=room, person=person).first()
    if before is not None:
        before.left_at = None
        before.save(update_fields=["left_at"])
        return before
    taken = set(room.memberships.values_list("pseudonym", flat=True))
    return Membership.objects.create(room=room, person=person, pseudonym=draw_pseudonym(taken), joined_at=now)


def people_changed(room: Room) -> None:
    """Count a change of a locked room's members: every process reads them anew before it tells what follows."""
    room.people_version += 1
    room.save(update_fields=["people_version"])


def end_membership(membership_id: UUID, *, acting_user: User | None, now: datetime) -> Membership:
    """Somebody leaves or is taken out: from this commit on they receive nothing. Raises Absent."""
    with transaction.atomic(durable=True):
        membership = Membership.objects.select_related("room").filter(pk=membership_id, left_at=None).first()
        if membership is None:
            raise Absent
        own = acting_user is not None and membership.person_id == acting_user.pk
        people_changed(lock_for(membership.room_id, None if own else acting_user))
        membership.left_at = now
        membership.save(update_fields=["left_at"])
        ledger.record(Event.MEMBER_ENDED, actor=acting_user, subject=membership, now=now, own=own)
        announce(membership.room_id)
    return membership


def roster(
    room_id: UUID,
    moderator_id: UUID,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    acting_user: User | None,
    now: datetime,
) -> Duty:
    """Put a moderator on duty from then until then, or round the clock. Raises Absent, Invalid."""
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid("A duty ends after it starts.")
    with transaction.atomic(durable=True):
        room = lock_for(room_id, acting_user)
        moderator = User.objects.filter(pk=moderator_id, room_memberships__room=room).first()
        if moderator is None or not may(moderator, Can.MODERATE):
            raise Invalid("Only a moderator who belongs to the room can be on duty in it.")
        duty = Duty.objects.create(room=room, moderator=moderator, starts_at=starts_at, ends_at=ends_at)
        ledger.record(Event.DUTY_CHANGED, actor=acting_user, subject=duty, now=now, starts=starts_at, ends=ends_at)
        announce(room.pk)
    return duty


def end_duty(duty_id: UUID, *, acting_user: User, now: datetime) -> Duty:
    """Take a duty off the roster: one that runs ends now, one to come never starts. Raises Absent."""
    with transaction.atomic(durable=True):
        duty = Duty.objects.select_related("room").filter(pk=duty_id).first()
        if duty is None:
            raise Absent
        lock_for(duty.room_id, acting_user)
        ledger.record(Event.DUTY_CHANGED, actor=acting_user, subject=duty, now=now, starts=duty.starts_at, ends=now)
        if duty.starts_at >= now:
            duty.delete()
        else:
            duty.ends_at = now
            duty.save(update_fields=["ends_at"])
        announce(duty.room_id)
    return duty


def lock_for(room_id: UUID, acting_user: User | None) -> Room:
    """The room, locked, for a moderator of it or for the service itself. Raises Absent, NotInPrivate."""
    slug: str | None = Room.objects.filter(pk=room_id).values_list("slug", flat=True).first()
    if slug is None:
        raise Absent
    if acting_user is not None:
        moderated(acting_user, slug)
    room = lock_room(room_id)
    if room.kind == Room.Kind.PRIVATE:
        raise NotInPrivate
    return room
