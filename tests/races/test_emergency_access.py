"""Emergency access under contention: one of many approvals begins the minutes, one of two askings asks."""

from __future__ import annotations

import pytest

from escalations.actions.emergency_access import propose_access
from escalations.models import EmergencyAccess
from project.accounts.access import Role
from project.accounts.models import Proposal
from project.accounts.twopeople import approve
from project.ledger.models import Entry
from tests.cast import make_user
from tests.escalations.conftest import case, clip, make_clip, report, sounds

__all__ = ["case", "clip", "make_clip", "report", "sounds"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_many_ask_and_many_agree_at_once_and_it_happens_once(case, legal, now, together):
    """That the mechanism's lock is what makes it once is shown in tests/accounts/test_twopeople.py."""

    def ask():
        return propose_access(case.number, minutes=30, reason="it cannot wait", acting_user=legal, now=now)

    assert sum(outcome.succeeded for outcome in together(*[ask] * 4)) == 1
    proposal = Proposal.objects.get()
    people = [make_user(f"legal-{number}", Role.LEGAL) for number in range(4)]

    def agree(person):
        return lambda: approve(proposal.pk, acting_user=person, now=now)

    assert sum(outcome.succeeded for outcome in together(*map(agree, people))) == 1
    access = EmergencyAccess.objects.get()
    assert access.granted_by in people
    assert Entry.objects.filter(event="emergency-access.began").count() == 1
