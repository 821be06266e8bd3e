"""What people can do: skills that a clip may ask of its listener, `adjudicator` among them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from project import ledger
from project.accounts.access import Role
from project.accounts.models import User
from project.accounts.skills import checked
from project.ledger.events import Event
from project.problems import Absent


def people_of(supervisor: User) -> QuerySet[User]:
    """The reviewers whom this supervisor leads, by name."""
    people = User.objects.filter(team__supervisors=supervisor, is_active=True, roles__contains=[Role.REVIEWER.value])
    return people.order_by("name", "email")


def set_skills(person_id: UUID, skills: Iterable[str], *, acting_user: User, now: datetime) -> User:
    """What a person of one's own team holds from now on, the whole list. Raises Absent, Invalid (400).

    It holds from the next claim on; what is on a desk stays there.
    """
    wanted = checked(skills)
    with transaction.atomic(durable=True):
        person = people_of(acting_user).select_for_update(of=("self",), no_key=True).filter(pk=person_id).first()
        if person is None:
            raise Absent
        if person.skills != wanted:
            person.skills = wanted
            person.save(update_fields=["skills"])
            ledger.record(Event.SKILLS_SET, actor=acting_user, subject=person, now=now, skills=wanted)
    return person
