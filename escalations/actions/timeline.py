"""Write what happened: the case's timeline for people, the ledger for proof, notices for whoever must know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from escalations.access import ALL_SUPERVISORS, ON_CALL
from escalations.models import Case, CaseEvent, Export, Report, Tie
from escalations.registrations import CASES
from escalations.states import Tier
from project import ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.ledger.events import Event
from project.notices.actions import tell
from project.notices.kinds import Kind
from project.notices.live import changed


def write_event(
    case: Case,
    kind: str,
    *,
    now: datetime,
    actor: User | None = None,
    report: Report | None = None,
    from_state: str = "",
    **facts: Any,
) -> CaseEvent:
    """One line of the timeline, and open boards look again. `facts`: tokens and numbers.

    A reporter's line names the report, never the account.
    """
    changed(CASES, case.pk)
    return CaseEvent.objects.create(
        case=case,
        at=now,
        kind=kind,
        actor=None if report else actor,
        report=report,
        from_state=from_state,
        to_state=case.state if from_state else "",
        facts=facts,
    )


def nudge_who_saw(case: Case, *, all_supervisors: bool = False) -> None:
    """The boards of those who may lose sight of it by what is being done look again, once it is committed.

    Called before the case changes: afterwards nobody could say any more who they were.
    """
    saw = team_supervisors(case)
    if all_supervisors or case.reach >= ALL_SUPERVISORS:
        saw += everybody_with(Role.SUPERVISOR, case)
    if case.reach >= ON_CALL and case.referred_at is None:
        saw += everybody_with(Role.LEGAL, case)
    for person_id in {one.pk for one in saw}:
        changed(CASES, person_id)


def record(event: Event, case: Case, *, now: datetime, actor: User | None = None, **facts: Any) -> None:
    """The ledger's entry about a case, in the caller's transaction."""
    ledger.record(event, actor=actor, subject=case, now=now, **facts)


def tell_all(people: Iterable[User], kind: Kind, *, now: datetime, about: Case | Export | None = None) -> int:
    """Tell each person once; of a case about danger to life (T0) also at night. Returns how many were told."""
    unique = {person.pk: person for person in people}
    case = about.case if isinstance(about, Export) else about
    urgent = case is not None and case.tier == Tier.T0
    for person in unique.values():
        tell(person, kind, now=now, about=about, urgent=urgent)
    return len(unique)


def reporters_of(case: Case) -> list[User]:
    """Who reported, for notices to themselves. Their names go nowhere else."""
    return list(User.objects.filter(reports_made__case=case, is_active=True).distinct())


def tell_reporters(case: Case, kind: Kind, *, now: datetime) -> None:
    """Told of their own report; without the case's id, which is not theirs to see."""
    tell_all(reporters_of(case), kind, now=now)


def team_supervisors(case: Case) -> list[User]:
    """The team's active supervisors who neither reported it nor declared a tie to it."""
    if case.team_id is None:
        return []
    return _unconcerned(case, User.objects.filter(supervised_teams=case.team_id))


def everybody_with(role: Role, case: Case) -> list[User]:
    """Everybody active in a role who neither reported it nor declared a tie to it."""
    return _unconcerned(case, User.objects.all(), role)


def _unconcerned(case: Case, people: Any, role: Role = Role.SUPERVISOR) -> list[User]:
    tied = Tie.objects.filter(case=case).values("person")
    fit = people.filter(is_active=True, roles__contains=[role.value]).exclude(reports_made__case=case)
    return list(fit.exclude(pk__in=tied).distinct())
