"""A whole shift in a minute. The instance under test is a real one: it has no setting, header or variable that moves
its clock, and shall have none, because a door like that would open in production too. What a test can move is the past:
the person's rows in the database are moved back, and then it is that much later for them.

`works(m)`: m minutes of work went by (the shift, the day and the stretch began earlier; the last sound is just now).
`rests(m)`: m minutes without any work went by (everything lies m minutes further back).
`has_left(m)`: the shift ends in m minutes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from tests.platform.running import Running

_MOVE = """
from datetime import timedelta
from django.db.models import DateTimeField, F
from django.utils import timezone
from project.accounts.models import User
from reviews.models import Lease, Review, Shift
from wellbeing.models import Break, Heard, WorkingDay
person = User.objects.get(email={email!r})

def times(model, only=None):
    return [f.name for f in model._meta.get_fields()
            if isinstance(f, DateTimeField) and (only is None or f.name in only)]

def back(rows, by, only=None):
    rows.update(**{{name: F(name) - by for name in times(rows.model, only)}})

shifts = Shift.objects.filter(person=person).exclude(state="ended")
days = WorkingDay.objects.filter(person=person)
"""


_JOIN = """
from project.accounts.models import User
like = User.objects.get(email="{like}@earshot.example")
User.objects.create(email="{name}@earshot.example", name="{name}", roles=like.roles, team=like.team,
    password=like.password, locales=["{locale}"])
"""


@dataclass(frozen=True)
class MovedClock:
    """Of one person of the demo."""

    instance: Running
    name: str

    @classmethod
    def of_somebody_new(cls, instance: Running, like: str, locale: str) -> MovedClock:
        """Somebody in the team of a demo person who takes one language alone: no day, shift or clip of another test."""
        name = f"{like}-{uuid.uuid4().hex[:6]}"
        instance.manage("shell", "--no-imports", "-c", _JOIN.format(like=like, name=name, locale=locale))
        return cls(instance, name)

    def run(self, code: str) -> str:
        head = _MOVE.format(email=f"{self.name}@earshot.example")
        return self.instance.manage("shell", "--no-imports", "-c", head + code).strip()

    def works(self, minutes: int) -> None:
        self.run(
            f"by = timedelta(minutes={minutes})\n"
            "back(shifts, by, ('started_at', 'ends_at'))\n"
            "back(days, by, ('began_at', 'working_since', 'shift_began_at'))\n"
        )

    def rests(self, minutes: int) -> None:
        self.run(
            f"by = timedelta(minutes={minutes})\n"
            "back(shifts, by)\n"
            "back(days, by)\n"
            "back(Heard.objects.filter(person=person), by)\n"
            "back(Break.objects.filter(person=person), by)\n"
        )

    def has_left(self, minutes: int) -> None:
        self.run(
            f"left = timezone.now() + timedelta(minutes={minutes})\n"
            "for shift in shifts:\n"
            "    by = shift.ends_at - left\n"
            "    back(shifts, by, ('started_at', 'ends_at'))\n"
        )

    def leases(self) -> list[str]:
        """Clip and state of each lease of this person, oldest first."""
        code = "for l in Lease.objects.filter(person=person).order_by('claimed_at'): print(l.clip_id, l.state)"
        return self.run(code).splitlines()

    def reviews(self) -> list[str]:
        return self.run("for r in Review.objects.filter(person=person): print(r.clip_id)").splitlines()

    def used(self) -> int:
        """Clips of the running shift's quota."""
        return int(self.run("print(shifts.get().clips_used)"))
