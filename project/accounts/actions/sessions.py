"""Sign-ins: begun, kept alive by use, shown to the person, ended."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from project import ledger
from project.accounts.models import Session, User
from project.accounts.session_limits import limits_for
from project.accounts.session_store import AGENT, BEGAN, HANDLE, IDLE, SEEN, WHOLE, SessionStore
from project.ledger.events import Event
from project.problems import Absent

# A session that is used is written at most this often: one UPDATE a minute, not one a request.
WRITTEN_EVERY: Final = timedelta(minutes=1)
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def begin(session: Any, user: User, user_agent: str, *, now: datetime) -> None:
    """Called when somebody has signed in: from now on the session carries its limits."""
    session[BEGAN] = session[SEEN] = now.timestamp()
    session[AGENT], session[HANDLE] = told_apart(user_agent), str(uuid4())
    _limit(session, user)


def keep_alive(session: Any, user: User, *, now: datetime) -> None:
    """A person did something: the idle time begins anew. Limits follow the roles that the account has now."""
    if BEGAN not in session:
        session[BEGAN] = now.timestamp()
    if now.timestamp() - session.get(SEEN, 0) >= WRITTEN_EVERY.total_seconds():
        session[SEEN] = now.timestamp()
        _limit(session, user)


def keep_alive_by_key(key: str, user: User, *, now: datetime) -> None:
    """The same for a socket, which has no request that would save its session."""
    session = SessionStore(key)
    if session.exists(key):
        keep_alive(session, user, now=now)
        if session.modified:
            session.save()


def _limit(session: Any, user: User) -> None:
    limits = limits_for(user.roles)
    session[IDLE], session[WHOLE] = limits.idle.total_seconds(), limits.whole.total_seconds()


def told_apart(user_agent: str) -> str:
    """ "Firefox on Linux": enough for a person to know their own browsers, and nothing else is kept of it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A program")
    system = next((name for mark, name in _SYSTEMS if re.search(mark, user_agent)), "")
    return f"{browser} on {system}" if system else browser


def sessions_of(user: User, *, now: datetime) -> QuerySet[Session]:
    """The person's own sign-ins that still open something, the last used first."""
    return Session.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at")


def end_session(handle: UUID, *, acting_user: User, now: datetime) -> Session:
    """End one of one's own sign-ins. Sockets opened with it close by themselves. Raises Absent."""
    with transaction.atomic(durable=True):
        row = Session.objects.filter(user=acting_user, handle=handle).select_for_update().first()
        if row is None:
            raise Absent
        row.delete()
        ledger.record(Event.SESSIONS_ENDED, actor=acting_user, subject=acting_user, now=now, sessions=1)
    return row


def end_all(*, acting_user: User, now: datetime, but: str | None = None) -> int:
    """Sign out everywhere, or everywhere but here (`but`: this session's key). How many were ended."""
    with transaction.atomic(durable=True):
        ended = end_all_of(acting_user, but=but)
        ledger.record(Event.SESSIONS_ENDED, actor=acting_user, subject=acting_user, now=now, sessions=ended)
    return ended


def end_all_of(user: User, *, but: str | None = None) -> int:
    """The same inside a caller's transaction, for whoever the account belongs to."""
    rows = Session.objects.filter(user=user)
    return (rows.exclude(session_key=but) if but else rows).delete()[0]
