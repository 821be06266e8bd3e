"""How long a sign-in lasts: idle and in all, the strictest of a person's roles. Pure.

Numbers: NIST SP 800-63B-4 section 2.2.3 and 2.3.3 (12 hours in all; an hour without activity at assurance level 2,
15 minutes at level 3); half an hour for supervisors, whose board must stay open while clocks run (63B revision 3,
section 4.2.3). What a page asks by itself in the background is no activity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from project.accounts.access import Role


@dataclass(frozen=True, slots=True)
class Limits:
    idle: timedelta
    whole: timedelta


WHOLE: Final = timedelta(hours=12)
WIDEST: Final = Limits(timedelta(hours=1), WHOLE)
OF_ROLE: Final[Mapping[str, Limits]] = {
    Role.REVIEWER: WIDEST,
    Role.MODERATOR: WIDEST,
    Role.SUPERVISOR: Limits(timedelta(minutes=30), WHOLE),
    Role.WORKS_COUNCIL: Limits(timedelta(minutes=30), WHOLE),
    Role.LEGAL: Limits(timedelta(minutes=15), WHOLE),
    Role.COUNSEL: Limits(timedelta(minutes=15), WHOLE),
    Role.AUDITOR: Limits(timedelta(minutes=15), WHOLE),
    Role.ADMINISTRATOR: Limits(timedelta(minutes=15), WHOLE),
    Role.SERVICE: Limits(timedelta(minutes=15), timedelta(hours=1)),
}


def limits_for(roles: Iterable[str]) -> Limits:
    """The strictest of these roles' limits; without a role, or with one that nobody knows, the widest there are."""
    held = [OF_ROLE[role] for role in roles if role in OF_ROLE] or [WIDEST]
    return Limits(min(one.idle for one in held), min(one.whole for one in held))
