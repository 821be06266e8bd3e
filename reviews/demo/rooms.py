"""The demo's support room: everybody who reviews or moderates, and a moderator on duty round the clock."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from project.accounts.access import Role
from project.accounts.models import User
from reviews.demo.people import DOMAIN, address
from wellbeing.actions.rooms import add_member, create_room, roster
from wellbeing.models import Room

SLUG: Final = "all-hands"


def make_rooms() -> None:
    now = timezone.now()
    room = Room.objects.filter(slug=SLUG).first() or create_room(slug=SLUG, name="All hands", acting_user=None, now=now)
    people = User.objects.filter(email__endswith=f"@{DOMAIN}", roles__overlap=[Role.REVIEWER, Role.MODERATOR])
    for person in people.exclude(room_memberships__room=room):
        add_member(room.pk, person.pk, acting_user=None, now=now)
    for name in ("moderator1", "moderator2"):
        roster(
            room.pk, User.objects.get(email=address(name)).pk, starts_at=now, ends_at=None, acting_user=None, now=now
        )
