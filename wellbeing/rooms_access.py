"""Who may see a room: the role table and a membership, asked anew every time. Absent and forbidden look the same."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from project.accounts.access import ROLES_THAT, SHUTS_OUT, Can, may
from project.accounts.models import ApiToken, User
from project.problems import Absent
from project.statements import planned
from wellbeing.models import Alert, Duty, Membership, Message, PrivateSession, Room

ANY_ROOM: Final = UUID(int=0)
ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def membership_for(user: User, slug: str, token: ApiToken | None = None) -> Membership:
    """This person's current membership of a room, with room and person. Raises Absent."""
    return _current(user, Membership.objects.filter(room__slug=slug, person=user), token)


def own_membership(user: User, membership_id: UUID, token: ApiToken | None = None) -> Membership:
    """The same by the membership's id: what a socket asks before everything it does."""
    return _current(user, Membership.objects.filter(pk=membership_id, person=user), token)


def _current(user: User, rows: QuerySet[Membership], token: ApiToken | None) -> Membership:
    if not getattr(user, "is_authenticated", False):
        raise Absent
    return let_in(rows.filter(left_at=None).select_related("room", "person").first(), token)


def let_in(membership: Membership | None, token: ApiToken | None) -> Membership:
    """A current membership, read with its person, if that person may still be in rooms. Raises Absent."""
    if membership is None or not may(membership.person, Can.ROOMS, token):
        raise Absent
    return membership


def memberships_of(user: User) -> QuerySet[Membership]:
    """The rooms that this person may enter."""
    if not may(user, Can.ROOMS):
        return Membership.objects.none()
    return Membership.objects.filter(person=user, left_at=None).select_related("room").order_by("room__name")


def moderated(user: User, slug: str) -> Membership:
    """The membership of a moderator in a room that they moderate. Raises Absent."""
    membership = membership_for(user, slug)
    if not may(membership.person, Can.MODERATE):
        raise Absent
    return membership


def moderated_rooms(user: User) -> QuerySet[Membership]:
    """Memberships in all rooms that this person moderates."""
    return memberships_of(user) if may(user, Can.MODERATE) else Membership.objects.none()


def message_to_moderate(user: User, message_id: UUID) -> Message:
    """A message of a room that this person moderates. Raises Absent."""
    rooms = moderated_rooms(user).values("room")
    message = Message.objects.filter(pk=message_id, room__in=rooms).select_related("room", "author").first()
    if message is None:
        raise Absent
    return message


def alert_for(user: User, alert_id: UUID) -> Alert:
    """An alert of a room that this person moderates. Raises Absent."""
    rooms = moderated_rooms(user).values("room")
    alert = Alert.objects.filter(pk=alert_id, room__in=rooms).select_related("room", "message__author").first()
    if alert is None:
        raise Absent
    return alert


def member_to_moderate(user: User, membership_id: UUID) -> Membership:
    """A current membership in a room that this person moderates, with room and person. Raises Absent."""
    rooms = moderated_rooms(user).values("room")
    rows = Membership.objects.filter(pk=membership_id, left_at=None, room__in=rooms)
    membership = rows.select_related("room", "person").first()
    if membership is None:
        raise Absent
    return membership


def fit(can: Can, prefix: str = "") -> Q:
    """The role table as a filter on accounts: the same answer as `may` gives for each of them."""
    held, shut = f"{prefix}roles__overlap", f"{prefix}roles__overlap"
    allowed = Q(**{f"{prefix}is_active": True, held: sorted(ROLES_THAT[can])})
    shut_out = sorted(SHUTS_OUT.get(can, ()))
    return allowed & ~Q(**{shut: shut_out}) if shut_out else allowed


def people_inside(room_ids: Collection[UUID], only: UUID | None = None) -> dict[UUID, frozenset[UUID]]:
    """By room, the ids of everybody (or of one person) who may read along now: one query for any number of rooms."""
    inside: dict[UUID, set[UUID]] = {room_id: set() for room_id in room_ids}
    rows = Membership.objects.filter(fit(Can.ROOMS, "person__"), room__in=room_ids, left_at=None)
    if only is not None:
        rows = rows.filter(person=only)
    for room_id, person_id in rows.values_list("room", "person"):
        inside[room_id].add(person_id)
    return {room_id: frozenset(people) for room_id, people in inside.items()}


def duties_now(room_id: UUID, now: datetime) -> QuerySet[Duty]:
    """Duties in this room that stand at `now`, of moderators who may still moderate and still belong to it."""
    return may_be_on_duty(room_id).filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)


def may_be_on_duty(room_id: UUID) -> QuerySet[Duty]:
    """Duties in this room at any time, of moderators who may still moderate and still belong to it."""
    return Duty.objects.filter(
        fit(Can.MODERATE, "moderator__"),
        room=room_id,
        moderator__room_memberships__room=room_id,
        moderator__room_memberships__left_at=None,
    )


def in_charge(room: Room, now: datetime) -> set[UUID]:
    """Who looks after a room now: the moderators on duty, or a private session's counsellor. Empty: nobody writes."""
    if room.kind == Room.Kind.PRIVATE:
        held = PrivateSession.objects.filter(fit(Can.MODERATE, "counsellor__"), room=room, state="open")
        return set(held.values_list("counsellor_id", flat=True)) - {None}
    sql, values = _duties()
    filled = [room.pk if value == ANY_ROOM else now if value == ANY_TIME else value for value in values]
    return {row[0] for row in planned(sql, filled)}


@cache
def _duties() -> tuple[str, tuple[Any, ...]]:
    """`duties_now` as a statement, built once: every message asks it twice, and building costs more than asking."""
    return duties_now(ANY_ROOM, ANY_TIME).values_list("moderator_id").query.sql_with_params()


def moderators_of(room_id: UUID) -> QuerySet[User]:
    """Everybody who may moderate this room, on duty or not."""
    return User.objects.filter(
        fit(Can.MODERATE), room_memberships__room=room_id, room_memberships__left_at=None
    ).order_by("email")
