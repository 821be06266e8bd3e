"""Who may see a private session: the person, its counsellor, and while it waits every moderator. Absent otherwise.

And who may read somebody's check-ins: the counsellor to whom that person gave leave, while it stands.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from project.accounts.access import Can, may
from project.accounts.models import User
from project.problems import Absent
from wellbeing.models import PrivateSession, Share
from wellbeing.rooms_access import fit


def counsellors() -> QuerySet[User]:
    """Everybody who may be asked: whoever may moderate."""
    return User.objects.filter(fit(Can.MODERATE)).order_by("name", "email")


def session_for(user: User, session_id: UUID) -> PrivateSession:
    """A session that is this person's, as the one who asked or as its counsellor. Raises Absent."""
    mine = Q(person=user) | Q(counsellor=user)
    session = PrivateSession.objects.filter(mine, pk=session_id).first()
    if session is None or not may(user, Can.ROOMS) or (session.person_id != user.pk and not may(user, Can.MODERATE)):
        raise Absent
    return session


def open_to(user: User, session_id: UUID) -> PrivateSession:
    """A request that this moderator may accept, whoever has been quicker. Raises Absent."""
    session = PrivateSession.objects.filter(pk=session_id).first()
    if session is None or not may(user, Can.MODERATE):
        raise Absent
    return session


def own_session(user: User) -> PrivateSession | None:
    """What this person has asked for and not ended."""
    return PrivateSession.objects.filter(person=user).exclude(state="ended").select_related("room").first()


def past_rooms(user: User) -> QuerySet[PrivateSession]:
    """Ended sessions of this person whose words may still be there to read."""
    return PrivateSession.objects.filter(person=user, state="ended", room__isnull=False).select_related("room")


def waiting_for(user: User) -> QuerySet[PrivateSession]:
    """Requests that this moderator could accept, the oldest first. Who asks is not shown before."""
    if not may(user, Can.MODERATE):
        return PrivateSession.objects.none()
    return PrivateSession.objects.filter(state="waiting").exclude(person=user).order_by("requested_at")


def held_by(user: User) -> QuerySet[PrivateSession]:
    """Open sessions in which this moderator is the counsellor."""
    return PrivateSession.objects.filter(counsellor=user, state="open").select_related("room").order_by("accepted_at")


def shared_with(user: User, now: datetime) -> QuerySet[Share]:
    """Leave that stands now, given to this counsellor; none once they are no counsellor, or the person is gone."""
    if not may(user, Can.MODERATE):
        return Share.objects.none()
    given = Share.objects.filter(counsellor=user, revoked_at=None, ends_at__gt=now, person__is_active=True)
    return given.select_related("person").order_by("person__name", "person__email")
