"""A case goes to another team: its people are told, its clocks are counted by that team's calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from escalations.access import ALL_SUPERVISORS
from escalations.actions.recounting import recount
from escalations.actions.timeline import everybody_with, team_supervisors, tell_all
from escalations.models import Case
from escalations.notices import CASE_HANDED_OVER
from project.accounts.access import Role
from project.accounts.models import Team
from project.problems import Invalid


def hand_over(case: Case, team_id: UUID | None, *, now: datetime) -> dict[str, Any]:
    """Set the team, in the move's transaction and under the case's lock. Returns what timeline and ledger say of it.

    Who was reached by a missed clock stays reached while it is missed: handing over is no answer to it. A team in which
    nobody is free to act is no dead end: all supervisors see the case. Raises Invalid for the same or no team.
    """
    team = Team.objects.filter(pk=team_id).first() if team_id else None
    if team is None or team.pk == case.team_id:
        raise Invalid("That is no other team.", field="team")
    case.team = team
    free = team_supervisors(case)
    if not free:
        case.reach = max(case.reach, ALL_SUPERVISORS)
    elif not case.clocks.running().filter(due_at__lte=now).exists():
        case.reach = 0
    case.save(update_fields=["team", "reach"])
    moved = recount(case, now=now)
    tell_all(free or everybody_with(Role.SUPERVISOR, case), CASE_HANDED_OVER, now=now, about=case)
    return {"team": team.slug, "team_id": str(team.pk), **({"clocks": moved} if moved else {})}
