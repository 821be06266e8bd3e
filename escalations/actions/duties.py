"""The on-call roster: who answers missed clocks and when. Supervisors plan it; a gap is everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from escalations.models import OnCallDuty
from escalations.notices import DUTY_CANCELLED, DUTY_PLANNED
from escalations.roster import Span, gaps
from project import ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.problems import Absent, Conflict, Invalid

# Our own bounds: a duty of more than two weeks is a mistake or no duty, and nobody knows what is in a year.
LONGEST: Final = timedelta(days=14)
FURTHEST_AHEAD: Final = timedelta(days=366)
MOST_WEEKS: Final = 52
# A roster that has had no duty for so long is not in use any more.
IN_USE_FOR: Final = timedelta(days=30)
SHOWN_AHEAD: Final = timedelta(days=28)
ANSWERS: Final = (Role.SUPERVISOR, Role.LEGAL)


class AlreadyPlanned(Conflict):
    code = "already-planned"
    title = "This person is planned for exactly that time already."


class DutyOver(Conflict):
    code = "duty-over"
    title = "This duty has ended or was cancelled already."


def people_to_plan() -> QuerySet[User]:
    """Whoever may act on a case that has climbed: supervisors and legal."""
    return User.objects.filter(is_active=True, roles__overlap=[role.value for role in ANSWERS]).order_by("name", "pk")


def plan_duty(person_id: UUID, span: Span, *, time_zone: str, acting_user: User, now: datetime) -> OnCallDuty:
    """Somebody is on call for a time, and is told. Duties may overlap. Raises Invalid, AlreadyPlanned."""
    return plan_duties(person_id, [span], time_zone=time_zone, acting_user=acting_user, now=now)[0]


def plan_duties(
    person_id: UUID, spans: Sequence[Span], *, time_zone: str, acting_user: User, now: datetime
) -> list[OnCallDuty]:
    """All of them or none, and the person is told once; several are one series. Raises Invalid, AlreadyPlanned."""
    if not 1 <= len(spans) <= MOST_WEEKS:
        raise Invalid(f"A duty repeats for {MOST_WEEKS} weeks at most.", field="weeks")
    for span in spans:
        _refuse_span(span, now)
    series = uuid4() if len(spans) > 1 else None
    with transaction.atomic(durable=True):
        person = people_to_plan().filter(pk=person_id).first()
        if person is None:
            raise Invalid("Only supervisors and legal can be on call.", field="person")
        try:
            with transaction.atomic():
                planned = OnCallDuty.objects.bulk_create(
                    OnCallDuty(
                        person=person, starts_at=span.starts_at, ends_at=span.ends_at, time_zone=time_zone,
                        planned_by=acting_user, planned_at=now, series=series,
                    )
                    for span in spans
                )  # fmt: skip
        except IntegrityError:  # the constraint: of two who plan the same at once one is told
            raise AlreadyPlanned from None
        for duty in planned:
            _record(Event.ON_CALL_PLANNED, duty, acting_user, now)
        tell(person, DUTY_PLANNED, now=now)
    return planned


def _refuse_span(span: Span, now: datetime) -> None:
    if span.ends_at <= now or span.starts_at > now + FURTHEST_AHEAD:
        raise Invalid("A duty ends in the future and begins within a year.", field="starts_at")
    if not timedelta(0) < span.ends_at - span.starts_at <= LONGEST:
        raise Invalid(f"A duty ends after it began, {LONGEST.days} days later at most.", field="ends_at")


def cancel_duty(duty_id: UUID, *, acting_user: User, now: datetime, following: bool = False) -> OnCallDuty:
    """A duty is taken back, one that has begun from now on; with `following` its series' later ones too.

    The person is told once. Raises Absent, DutyOver.
    """
    with transaction.atomic(durable=True):
        rows = OnCallDuty.objects.select_for_update(of=("self",), no_key=True).select_related("person")
        duty = rows.filter(pk=duty_id).first()
        if duty is None:
            raise Absent
        if duty.cancelled_at is not None or duty.ends_at <= now:
            raise DutyOver
        for one in [duty, *(_after(duty) if following else ())]:
            one.cancelled_at = now
            one.save(update_fields=["cancelled_at"])
            _record(Event.ON_CALL_CANCELLED, one, acting_user, now)
        tell(duty.person, DUTY_CANCELLED, now=now)
    return duty


def _after(duty: OnCallDuty) -> list[OnCallDuty]:
    """The later duties of its series that are still planned, locked in the order of their beginnings."""
    if duty.series is None:
        return []
    rows = OnCallDuty.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    later = rows.filter(series=duty.series, cancelled_at=None, starts_at__gt=duty.starts_at)
    return list(later.order_by("starts_at", "pk"))


def _record(event: Event, duty: OnCallDuty, actor: User, now: datetime) -> None:
    ledger.record(
        event, actor=actor, subject=duty, now=now,
        person=duty.person_id, starts_at=duty.starts_at, ends_at=duty.ends_at,
    )  # fmt: skip


def duties_between(start: datetime, end: datetime) -> QuerySet[OnCallDuty]:
    """Duties in force at some time between two instants. Somebody who has left or lost the role is on no duty."""
    still = Q(person__is_active=True, person__roles__overlap=[role.value for role in ANSWERS])
    rows = OnCallDuty.objects.filter(still, cancelled_at=None, starts_at__lt=end, ends_at__gt=start)
    return rows.select_related("person", "planned_by")


def on_call_at(at: datetime) -> set[UUID]:
    """The ids of whoever is on call at an instant."""
    return set(duties_between(at, at + timedelta(microseconds=1)).values_list("person", flat=True))


def gaps_between(start: datetime, end: datetime) -> list[Span]:
    rows = duties_between(start, end).values_list("starts_at", "ends_at")
    return gaps((Span(*row) for row in rows), start, end)


def is_in_use(now: datetime) -> bool:
    """Whether anybody plans a roster at all. Where nobody does, all are told, and that is no fault."""
    return OnCallDuty.objects.filter(cancelled_at=None, ends_at__gt=now - IN_USE_FOR).exists()


def nobody_on_call(now: datetime) -> str | None:
    """For /status: red while a planned roster has a gap."""
    if not is_in_use(now) or on_call_at(now):
        return None
    return "nobody is on call: a missed clock tells all supervisors and legal"
