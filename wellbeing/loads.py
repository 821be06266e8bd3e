"""How much moderators looked after lately, from what is kept anyway. For themselves, and for whom to ask; no page,
report or ledger entry shows it to anybody else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from project.accounts.models import User
from wellbeing.handling import WINDOW, Handled, Load, Rest, load
from wellbeing.models import Alert, Break, PrivateSession


def loads_of(people: Collection[UUID], now: datetime) -> dict[UUID, Load]:
    """By person; three queries for any number of them."""
    handled, rests = _handled(people, now), defaultdict(list)
    rows = Break.objects.filter(person__in=people, ends_at__gt=now - WINDOW)
    for row in rows:
        rests[row.person_id].append(Rest(row.began_at, row.ends_at, row.ended_at))
    return {person_id: load(handled[person_id], rests[person_id], now) for person_id in people}


def _handled(people: Collection[UUID], now: datetime) -> dict[UUID, list[Handled]]:
    """Each alert once, at the moment it was taken on, or resolved without being taken; and sessions accepted."""
    since, handled = now - WINDOW, defaultdict(list)
    taken, resolved = Q(taken_by__in=people, taken_at__gt=since), Q(resolved_by__in=people, resolved_at__gt=since)
    for alert in Alert.objects.filter(taken | resolved):
        if alert.taken_by_id is not None and alert.taken_at is not None:
            handled[alert.taken_by_id].append(Handled(alert.taken_at, alert.level))
        if alert.resolved_by_id not in {None, alert.taken_by_id} and alert.resolved_at is not None:
            handled[alert.resolved_by_id].append(Handled(alert.resolved_at, alert.level))
    sessions = PrivateSession.objects.filter(counsellor__in=people, accepted_at__gt=since)
    for session in sessions:
        if session.counsellor_id is not None and session.accepted_at is not None:
            handled[session.counsellor_id].append(Handled(session.accepted_at, "session"))
    return handled


def load_of(person: User, now: datetime) -> Load:
    """One person's own."""
    return loads_of([person.pk], now)[person.pk]


def rested(people: Iterable[User], now: datetime) -> list[User]:
    """Those to whom new alerts go, in their order."""
    people = list(people)
    loads = loads_of([one.pk for one in people], now)
    return [one for one in people if loads[one.pk].is_asked_for]
