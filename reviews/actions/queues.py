"""What supervisors see of the queue and do with it: figures, priority, recall. No clip is opened for any of it.

Figures count clips, never what some person would be given: nobody's opt-out, pace or load changes one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from project import ledger
from project.accounts.models import User
from project.accounts.skills import SKILL
from project.ledger.events import Event
from project.problems import Absent, Conflict, Invalid
from reviews.actions.returns import recall
from reviews.locales import LOCALE
from reviews.models import Clip, Lease
from reviews.states import ClipState, LeaseState

MOST_MOVED: Final = 10_000


class NotQueued(Conflict):
    code = "not-queued"
    title = "This clip is not in the queue any more."


@dataclass(frozen=True, slots=True)
class Lane:
    """Clips of one language that want the same of their listener: a skill, or a decision where reviews disagree."""

    locale: str
    skill: str = ""
    to_decide: bool = False

    @property
    def rule(self) -> Q:
        return Q(locale=self.locale, skill=self.skill, is_disputed=self.to_decide)


@dataclass(frozen=True, slots=True)
class Depth:
    """One line of the queue: how many clips of a lane wait, since when the oldest (UTC), how many are on desks."""

    lane: Lane
    queued: int
    oldest_at: datetime | None
    leased: int


def _depth(lane: Lane, line: Sequence[Any], leased: int) -> Depth:
    return Depth(lane, line[0], line[1], leased)


def depths() -> list[Depth]:
    """By lane, longest first."""
    by_lane = ("locale", "skill", "is_disputed")
    waiting = Clip.objects.filter(state=ClipState.QUEUED).values_list(*by_lane)
    lines = {Lane(*row[:3]): row[3:] for row in waiting.annotate(n=Count("pk"), since=Min("queued_at")).order_by()}
    live = Lease.objects.filter(state=LeaseState.LIVE).values_list(*(f"clip__{name}" for name in by_lane))
    leased = {Lane(*row[:3]): row[3] for row in live.annotate(n=Count("pk")).order_by()}
    found = [_depth(lane, lines.get(lane, (0, None)), leased.get(lane, 0)) for lane in lines.keys() | leased.keys()]
    return sorted(found, key=lambda depth: (-depth.queued, depth.lane.locale, depth.lane.skill, depth.lane.to_decide))


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


def prioritise_lane(lane: Lane, priority: int, *, acting_user: User, now: datetime) -> int:
    """The same for every queued clip of a lane. Returns how many moved: at most 10,000 at once, the oldest first.

    A clip that somebody is taking at this moment is passed over. Raises Invalid (400) for what no lane is called: the
    name goes into the ledger, which takes no free words.
    """
    if not LOCALE.fullmatch(lane.locale):
        raise Invalid("This is not a language tag.", field="locale")
    if lane.skill and not SKILL.fullmatch(lane.skill):
        raise Invalid("A skill is a short word of a-z, 0-9, - and _.", field="skill")
    with transaction.atomic(durable=True):
        queued = Clip.objects.filter(lane.rule, state=ClipState.QUEUED).exclude(priority=priority).order_by("queued_at")
        ids = list(queued.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:MOST_MOVED])
        moved = Clip.objects.filter(pk__in=ids).update(priority=priority)
        ledger.record(
            Event.CLIP_PRIORITISED, actor=acting_user, subject=None, now=now, locale=lane.locale,
            skill=lane.skill or None, to_decide=lane.to_decide, priority=priority, n=moved,
        )  # fmt: skip
    return moved


def recall_lease(lease_id: UUID, *, acting_user: User, now: datetime) -> Lease:
    """Take a clip off a team member's desk, back into the queue. Raises Absent, LeaseOver (409)."""
    if not live_leases_of_team(acting_user).filter(pk=lease_id).exists():
        raise Absent
    return recall(lease_id, acting_user=acting_user, now=now)
