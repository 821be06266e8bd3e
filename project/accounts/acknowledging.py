"""Which texts a person still has to read, asked on every request and answered from memory almost always.

A process keeps the ids of the texts in force for ten seconds, and a session remembers for which of them it was
found that nothing is owed: so a request costs no query, and a new text reaches everybody within ten seconds.
"""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

from project.accounts.models import Acknowledgement, HouseText, User

KEPT_SECONDS: Final = 10.0
SETTLED: Final = "texts_settled"
_kept: tuple[float, frozenset[str]] = (0.0, frozenset())


def in_force() -> frozenset[str]:
    """Ids of the newest version of each text."""
    global _kept  # one value a process, replaced whole
    if time.monotonic() >= _kept[0]:
        _kept = (time.monotonic() + KEPT_SECONDS, frozenset(str(pk) for pk in HouseText.objects.in_force()))
    return _kept[1]


def forget() -> None:
    """After a publication in this process; others notice within `KEPT_SECONDS`."""
    global _kept  # see above
    _kept = (0.0, frozenset())


def is_owing(session: Any, person: User) -> bool:
    """Is there a text in force that this person has not acknowledged?"""
    wanted = in_force()
    if not wanted or session.get(SETTLED) == sorted(wanted):
        return False
    given = Acknowledgement.objects.filter(person=person, text__in=[UUID(pk) for pk in wanted]).count()
    if given == len(wanted):
        session[SETTLED] = sorted(wanted)
    return given < len(wanted)
