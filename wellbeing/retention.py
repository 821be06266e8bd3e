"""How long what is a person's own is kept, for the table of all of it. Times only: no row is reached from here."""

from datetime import timedelta
from typing import Final

from wellbeing.actions.checkins import KEPT as _ANSWERS_KEPT
from wellbeing.actions.shares import LONGEST_DAYS

OWN_ANSWERS: Final[timedelta] = _ANSWERS_KEPT
LEAVE_TO_READ_THEM: Final[timedelta] = timedelta(days=LONGEST_DAYS)
