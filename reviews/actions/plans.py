"""Plan shifts: plan, change, cancel, copy a week. A plan can be gentler than the policy, never harsher.

The person is locked first, so plans of one person are made one after the other; that no two of them overlap or leave
too little rest is PostgreSQL's to refuse. Nobody learns here whether a planned shift was started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from project import ledger, notices
from project.accounts.models import Team, User
from project.ledger.events import Event
from project.problems import Invalid, Refusal
from reviews.localtimes import A_DAY, NoSuchTime, Twice, Which, day_begins, hours, instants, span
from reviews.models import PlannedShift
from reviews.models.plans import CEILINGS, LIMITS, MOST_AHEAD
from reviews.notices import PLAN_CHANGED
from reviews.plan_access import EARLY, member_to_plan, plan_of_supervisor, plans_between, supervised_team
from reviews.plan_errors import LocalTimeTwice, NoSuchLocalTime, PlanBegun, PlanCancelled, PlanOverlaps
from wellbeing.actions.pace import policy_of
from wellbeing.limits import Policy, ceilings, is_harsher

SHORTEST: Final = timedelta(minutes=10)
MOST_COPIED: Final = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """A shift as a supervisor writes it: a day and two local times of the team, `ends` on the next day where it is
    not after `begins`; ceilings and limits by name, None or absent leaving them to the policy."""

    day: date
    begins: time
    ends: time
    which: Which | None = None
    limits: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """A shift of the copied week that has none in the other, and why."""

    plan: PlannedShift
    why: str


@dataclass(frozen=True, slots=True)
class Copied:
    made: list[PlannedShift]
    left: list[Left]


def plan_shift(team_id: UUID, person_id: UUID, wish: Wish, *, acting_user: User, now: datetime) -> PlannedShift:
    """Raises Absent, Invalid (400) for times or limits that cannot be, PlanOverlaps (409)."""
    team = supervised_team(acting_user, team_id)
    plan = PlannedShift(team=team, person=member_to_plan(team, person_id))
    with transaction.atomic(durable=True):
        _lock(plan.person)
        _fill(plan, wish, acting_user, now)
        _keep(plan)
        _say(Event.SHIFT_PLANNED, plan, acting_user, now)
    return plan


def change_plan(plan_id: UUID, wish: Wish, *, acting_user: User, now: datetime) -> PlannedShift:
    """Other times, other limits, until a quarter of an hour before it begins. Raises as above, and PlanBegun (409)."""
    found = plan_of_supervisor(acting_user, plan_id)
    with transaction.atomic(durable=True):
        plan = _lock_open(found, now)
        _fill(plan, wish, acting_user, now)
        _keep(plan)
        _say(Event.SHIFT_PLAN_CHANGED, plan, acting_user, now)
    return plan


def cancel_plan(plan_id: UUID, *, acting_user: User, now: datetime) -> PlannedShift:
    """Raises Absent, PlanCancelled, PlanBegun (409)."""
    found = plan_of_supervisor(acting_user, plan_id)
    with transaction.atomic(durable=True):
        plan = _lock_open(found, now)
        plan.cancelled_at = now
        plan.save(update_fields=["cancelled_at"])
        _say(Event.SHIFT_PLAN_CANCELLED, plan, acting_user, now)
    return plan


def copy_week(team_id: UUID, monday: date, to_monday: date, *, acting_user: User, now: datetime) -> Copied:
    """The same local times in another week. What does not fit there is left out and said, nothing is squeezed in.

    A time that happens twice in the other week means its first; copied again, nothing happens twice.
    """
    team = supervised_team(acting_user, team_id)
    if monday.weekday() or to_monday.weekday() or monday == to_monday:
        raise Invalid("A week is named by its Monday, and copied into another one.", field="to_week")
    copied = Copied([], [])
    with transaction.atomic(durable=True):
        for plan in _of_week(team, monday):
            _copy(plan, to_monday - monday, copied, acting_user, now)
        for person in {plan.person_id: plan.person for plan in copied.made}.values():
            notices.tell(person, PLAN_CHANGED, now=now)
    return copied


def _of_week(team: Team, monday: date) -> list[PlannedShift]:
    """Shifts that begin in that week."""
    zone = ZoneInfo(team.time_zone)
    begins, ends = day_begins(monday, zone), day_begins(monday + 7 * A_DAY, zone)
    plans = plans_between(team, begins, ends).filter(starts_at__gte=begins)
    return sorted(plans[:MOST_COPIED], key=lambda plan: (plan.person_id, plan.starts_at))


def _copy(plan: PlannedShift, by: timedelta, copied: Copied, actor: User, now: datetime) -> None:
    """One shift, in a savepoint of its own: one that is refused takes none of the others with it."""
    zone = ZoneInfo(plan.team.time_zone)
    begins, ends = plan.starts_at.astimezone(zone), plan.ends_at.astimezone(zone)
    limits = {name: getattr(plan, name) for name in (*CEILINGS, *LIMITS)}
    wish = Wish(begins.date() + by, begins.time(), ends.time(), Which.FIRST, limits)
    try:
        with transaction.atomic():
            new = PlannedShift(team=plan.team, person=member_to_plan(plan.team, plan.person_id))
            _lock(new.person)
            _fill(new, wish, actor, now)
            _keep(new)
            _record(Event.SHIFT_PLANNED, new, actor, now)
    except Refusal as refusal:
        copied.left.append(Left(plan, refusal.detail or refusal.title))
    else:
        copied.made.append(new)


def _lock(person: User) -> None:
    User.objects.select_for_update(no_key=True).only("pk").get(pk=person.pk)


def _lock_open(found: PlannedShift, now: datetime) -> PlannedShift:
    """Person, then plan; read again under the locks."""
    _lock(found.person)
    plan = PlannedShift.objects.select_for_update(no_key=True, of=("self",)).select_related("team", "person")
    locked = plan.get(pk=found.pk)
    if locked.cancelled_at is not None:
        raise PlanCancelled
    if locked.has_begun(now, early=EARLY):
        raise PlanBegun
    return locked


def _fill(plan: PlannedShift, wish: Wish, actor: User, now: datetime) -> None:
    policy = policy_of(plan.person_id)
    zone = ZoneInfo(plan.team.time_zone)
    plan.starts_at, plan.ends_at = _times(wish, zone)
    _check_times(plan, policy, zone, now)
    _check_limits(wish, policy, plan.length)
    plan.rest_until = plan.ends_at + timedelta(minutes=policy.rest_between_shifts_minutes)
    plan.time_zone, plan.planned_by, plan.planned_at = zone.key, actor, now
    for name in (*CEILINGS, *LIMITS):
        setattr(plan, name, wish.limits.get(name))


def _times(wish: Wish, zone: ZoneInfo) -> tuple[datetime, datetime]:
    try:
        return span(wish.day, wish.begins, wish.ends, zone, wish.which)
    except NoSuchTime as jumped:
        goes_on = jumped.goes_on_at.astimezone(zone)
        where = _blamed(wish, zone)
        raise NoSuchLocalTime(f"The clock goes on at {goes_on:%H:%M} then.", field=where, goes_on_at=goes_on) from None
    except Twice as both:
        raise LocalTimeTwice(field="which", first=both.first, second=both.second) from None


def _blamed(wish: Wish, zone: ZoneInfo) -> str:
    return "ends" if instants(wish.day, wish.begins, zone) else "begins"


def _check_times(plan: PlannedShift, policy: Policy, zone: ZoneInfo, now: datetime) -> None:
    """Real lengths: a night in which the clock is set back is an hour longer than it looks."""
    if plan.starts_at < now:
        raise Invalid("A shift is planned ahead of its start.", field="begins")
    if plan.starts_at > now + MOST_AHEAD:
        raise Invalid("This is more than a year away.", field="day")
    if plan.length < SHORTEST:
        raise Invalid("This is shorter than ten minutes.", field="ends")
    longest = timedelta(minutes=policy.shift_minutes)
    if plan.length > longest:
        words = f"This lasts {hours(plan.length)}, and a shift at most {hours(longest)}."
        raise Invalid(words + _why_so_long(plan, zone), field="ends", at_most=policy.shift_minutes)


def _why_so_long(plan: PlannedShift, zone: ZoneInfo) -> str:
    changed = plan.starts_at.astimezone(zone).utcoffset() != plan.ends_at.astimezone(zone).utcoffset()
    return " The clocks are changed during it." if changed else ""


def _check_limits(wish: Wish, policy: Policy, length: timedelta) -> None:
    """Every wish that would loosen the policy, by name. The person's own wishes are nobody's business here."""
    most = ceilings(policy, length // timedelta(minutes=1))
    allowed = dict(zip(CEILINGS, (most.clips, most.listening_minutes, most.heavy_minutes), strict=True))
    errors = {}
    for name, wished in wish.limits.items():
        limit = allowed[name] if name in allowed else int(getattr(policy, name))
        if wished is not None and _is_harsher(name, wished, limit):
            errors[name] = [f"The policy says {limit}."]
    if errors:
        raise Invalid("A shift can be gentler than the policy, never harsher.", errors=errors)


def _is_harsher(name: str, wished: int, than: int) -> bool:
    return wished > than if name in CEILINGS else is_harsher(name, wished, than)


def _keep(plan: PlannedShift) -> None:
    """Raises PlanOverlaps where PostgreSQL finds another plan of this person in the way; Invalid for odd limits."""
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if name == "one_planned_shift_at_a_time_and_rest":
            raise PlanOverlaps from error
        raise Invalid("These limits do not fit together.") from error


def _say(event: Event, plan: PlannedShift, actor: User, now: datetime) -> None:
    _record(event, plan, actor, now)
    notices.tell(plan.person, PLAN_CHANGED, now=now)


def _record(event: Event, plan: PlannedShift, actor: User, now: datetime) -> None:
    times = {"starts_at": plan.starts_at.astimezone(UTC), "ends_at": plan.ends_at.astimezone(UTC)}
    ledger.record(event, actor=actor, subject=plan, now=now, person=plan.person_id, team=plan.team_id, **times)
