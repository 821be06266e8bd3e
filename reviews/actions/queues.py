"""What supervisors see of the queue and do with it: figures, priority, recall. No clip is opened for any of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, QuerySet

from project import ledger
from project.accounts.models import User
from project.ledger.events import Event
from project.problems import Absent, Conflict
from reviews.actions.returns import recall
from reviews.models import Clip, Lease
from reviews.states import ClipState, LeaseState


class NotQueued(Conflict):
    code = "not-queued"
    title = "This clip is not in the queue any more."


@dataclass(frozen=True, slots=True)
class Depth:
    """One line of the queue: how many clips of a locale wait, since when the oldest, how many are being heard."""

    locale: str
    queued: int
    oldest_at: datetime | None
    leased: int


def depths() -> list[Depth]:
    """By locale, longest first."""
    waiting = Clip.objects.filter(state=ClipState.QUEUED)
    queued = waiting.values("locale").annotate(n=Count("pk"), since=Min("queued_at"))
    leased = dict(
        Lease.objects.filter(state=LeaseState.LIVE).values_list("clip__locale").annotate(n=Count("pk")).order_by()
    )
    lines = {row["locale"]: (row["n"], row["since"]) for row in queued.order_by()}
    found = [Depth(name, *lines.get(name, (0, None)), leased.get(name, 0)) for name in lines.keys() | leased.keys()]
    return sorted(found, key=lambda depth: (-depth.queued, depth.locale))


def live_leases_of_team(supervisor: User) -> QuerySet[Lease]:
    """Leases of the people whom this supervisor leads; the clip shows nothing but its id and locale."""
    leases = Lease.objects.filter(state=LeaseState.LIVE, person__team__supervisors=supervisor)
    return leases.select_related("clip", "person").order_by("claimed_at", "pk")


def prioritise(clip_id: UUID, priority: int, *, acting_user: User, now: datetime) -> Clip:
    """Move a queued clip forward or back (9 comes first). Raises Absent, NotQueued (409)."""
    with transaction.atomic(durable=True):
        clip = Clip.objects.select_for_update(no_key=True).filter(pk=clip_id).first()
        if clip is None:
            raise Absent
        if clip.state != ClipState.QUEUED:
            raise NotQueued
        clip.priority = priority
        clip.save(update_fields=["priority"])
        ledger.record(Event.CLIP_PRIORITISED, actor=acting_user, subject=clip, now=now, priority=priority)
    return clip


def prioritise_locale(locale: str, priority: int, *, acting_user: User, now: datetime) -> int:
    """The same for every queued clip of a locale. Returns how many moved."""
    with transaction.atomic(durable=True):
        queued = Clip.objects.filter(state=ClipState.QUEUED, locale=locale).exclude(priority=priority)
        ids = list(queued.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:10_000])
        moved = Clip.objects.filter(pk__in=ids).update(priority=priority)
        ledger.record(
            Event.CLIP_PRIORITISED, actor=acting_user, subject=None, now=now, locale=locale, priority=priority, n=moved
        )
    return moved


def recall_lease(lease_id: UUID, *, acting_user: User, now: datetime) -> Lease:
    """Take a clip off a team member's desk, back into the queue. Raises Absent, LeaseOver (409)."""
    if not live_leases_of_team(acting_user).filter(pk=lease_id).exists():
        raise Absent
    return recall(lease_id, acting_user=acting_user, now=now)
