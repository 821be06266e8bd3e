"""May a clip that is on somebody's desk be opened to their ears now?

Limits are asked at the claim; but a person may hold three clips, and what the first one was decides whether the second
may follow. So they are asked once more before the first sound of each. A clip that was begun may be finished.
"""

from datetime import datetime

from project.accounts.models import User
from reviews.actions.pacing import Standing, standing_of
from reviews.errors import PaceForbids
from reviews.models import Clip, Lease, Shift
from reviews.models.clips import UNKNOWN_SEVERITY
from wellbeing.actions.pace import locked_day


def standing_with(lease: Lease, person: User, *, now: datetime) -> Standing:
    """How the person stands, with this lease's place in the quota counted as free: they would use that very one."""
    shift = Shift.objects.get(pk=lease.shift_id)
    shift.clips_used = max(0, shift.clips_used - 1)
    return standing_of(person, shift, now=now)


def may_open(standing: Standing, clip: Clip) -> bool:
    """Would the queue give out a clip of this kind now? An opt-out that came meanwhile counts too."""
    severity = UNKNOWN_SEVERITY if clip.predicted_severity is None else clip.predicted_severity
    wanted = standing.wanted
    unwanted = wanted.opt_out.intersection(clip.predicted_categories)
    return standing.pace.may_go and severity <= wanted.max_severity and not unwanted


def check_first_sound(lease: Lease, person: User, *, now: datetime) -> None:
    """In the caller's transaction, under the lock of the person's day, so that of two first sounds at the same moment
    the second sees what the first was. Raises PaceForbids (409).
    """
    locked_day(person.pk)
    standing = standing_with(lease, person, now=now)
    if not may_open(standing, lease.clip):
        raise PaceForbids(pace=standing.pace.as_json())
