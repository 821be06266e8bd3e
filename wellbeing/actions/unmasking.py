"""Lifting a pseudonym: two moderators, a reason, a ledger entry, and the person is told."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models, transaction

from project import ledger
from project.accounts.access import Can, may
from project.accounts.models import Proposal, User
from project.accounts.twopeople import Act, Rule, propose, register
from project.ledger.events import Event
from project.notices.actions import tell
from wellbeing.models import Membership, Unmasking
from wellbeing.room_errors import OwnAct
from wellbeing.room_notices import PSEUDONYM_LIFTED
from wellbeing.rooms_access import member_to_moderate

READABLE: Final = timedelta(days=1)


class Why(models.TextChoices):
    DANGER = "danger-to-life"
    ABUSE = "abuse-of-others"
    LEAK = "leak-of-clips"


def propose_unmasking(membership_id: UUID, why: Why, *, acting_user: User, now: datetime) -> Proposal:
    """Ask a second moderator to agree that this pseudonym is lifted. Raises Absent, OwnAct, AlreadyProposed."""
    with transaction.atomic(durable=True):
        membership = member_to_moderate(acting_user, membership_id)
        if membership.person_id == acting_user.pk:
            raise OwnAct
        return propose(
            Act.UNMASK_PSEUDONYM, subject=membership, acting_user=acting_user, now=now, facts={"why": why.value}
        )


def conflict(proposal: Proposal, approver: User) -> str | None:
    """Only another moderator of the same room, and never the person whose name it is."""
    membership = Membership.objects.filter(pk=proposal.subject_id).first()
    if membership is None or membership.person_id == approver.pk:
        return "This is about yourself, or nothing that you moderate."
    own = Membership.objects.filter(room=membership.room_id, person=approver, left_at=None)
    return None if own.exists() and may(approver, Can.MODERATE) else "You do not moderate this room."


def unmask(proposal: Proposal, approver: User, now: datetime) -> None:
    """Let the two moderators read the name for a day, tell the person, and write it down; the caller's transaction."""
    membership = Membership.objects.select_related("person", "room").get(pk=proposal.subject_id)
    unmasking = Unmasking.objects.create(
        membership=membership,
        proposer=proposal.proposer,
        approver=approver,
        reason=proposal.facts["why"],
        unmasked_at=now,
        readable_until=now + READABLE,
    )
    tell(membership.person, PSEUDONYM_LIFTED, about=membership.room, now=now)
    ledger.record(
        Event.PSEUDONYM_UNMASKED,
        actor=approver,
        subject=unmasking,
        now=now,
        proposer=proposal.proposer_id,
        why=proposal.facts["why"],
    )


def readable_names(reader: User, now: datetime) -> list[Unmasking]:
    """The unmaskings whose names this person may read now: one of the two, within a day."""
    mine = models.Q(proposer=reader) | models.Q(approver=reader)
    return list(
        Unmasking.objects.filter(mine, readable_until__gt=now).select_related("membership__person", "membership__room")
    )


def register_rule() -> None:
    """Called once when the app is ready."""
    register(Act.UNMASK_PSEUDONYM, Rule(can=Can.MODERATE, execute=unmask, conflict=conflict, expires=timedelta(days=1)))
