"""Who may see which sends. Whose they are and that they fail; what they are about is only their person's to see."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from project.accounts.access import Can, Role, may
from project.accounts.models import User
from project.notices.kinds import codes_of_teams
from project.notices.models import Send

OUTWARD = (Send.Channel.EMAIL, Send.Channel.APPRISE)


def failing_sends_for(user: User, person_id: UUID | None) -> QuerySet[Send]:
    """Those of one person, or (None) of the organisation, that do not get through, as far as this person may see."""
    sends = all_failing_for(user)
    if person_id is None:
        return sends.filter(channel=Send.Channel.APPRISE)
    return sends.filter(channel=Send.Channel.EMAIL, notice__user=person_id)


def all_failing_for(user: User) -> QuerySet[Send]:
    """Everybody's own; an administrator's, everything; a supervisor's, what their teams' members are told of work."""
    failing = Send.objects.filter(
        Q(state=Send.State.FAILED) | Q(state=Send.State.WAITING, error__gt=""), channel__in=OUTWARD
    )
    visible = Q(channel=Send.Channel.EMAIL, notice__user=user)
    if may(user, Can.ADMINISTER):
        return failing
    if may(user, Can.READ_SENDS) and user.has_role(Role.SUPERVISOR):
        work = Q(channel=Send.Channel.EMAIL, notice__code__in=codes_of_teams())
        visible |= work & Q(notice__user__team__in=user.supervised_teams.all())
    return failing.filter(visible)
