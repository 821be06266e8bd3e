"""Acts that need two people: proposed by one, carried out once when another approves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections, transaction

from project.accounts import twopeople
from project.accounts.access import Can
from project.accounts.models import Proposal
from project.accounts.twopeople import (
    Act,
    AlreadyProposed,
    ConflictOfInterest,
    ProposalOver,
    Rule,
    SamePerson,
    approve,
    decline,
    expire_proposals,
    proposals_for,
    propose,
    withdraw,
)
from project.problems import Absent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(other_supervisor) -> Iterator[list[str]]:
    """What the act did, in order; `other_supervisor` has a conflict."""
    carried_out: list[str] = []
    before = twopeople._rules.get(Act.DISMISS.value)
    twopeople.register(
        Act.DISMISS,
        Rule(
            can=Can.TRIAGE,
            execute=lambda proposal, user, now: carried_out.append(str(user.pk)),
            conflict=lambda proposal, user: "You know them." if user.pk == other_supervisor.pk else None,
            expires=timedelta(hours=1),
        ),
    )
    yield carried_out
    if before is not None:
        twopeople.register(Act.DISMISS, before)


@pytest.fixture
def proposal(done, supervisor, team, now) -> Proposal:
    with transaction.atomic():
        return propose(Act.DISMISS, subject=team, acting_user=supervisor, now=now)


@pytest.fixture
def second(team):
    from project.accounts.access import Role
    from tests.cast import make_user

    return make_user("second", Role.SUPERVISOR)


def test_the_second_person_carries_it_out(proposal, done, second, now):
    assert approve(proposal.pk, acting_user=second, now=now).state == "executed"
    assert done == [str(second.pk)]


def test_nobody_approves_their_own(proposal, done, supervisor, now):
    with pytest.raises(SamePerson):
        approve(proposal.pk, acting_user=supervisor, now=now)
    assert done == []


def test_whoever_is_too_close_is_told_why(proposal, done, other_supervisor, now):
    with pytest.raises(ConflictOfInterest) as refused:
        approve(proposal.pk, acting_user=other_supervisor, now=now)
    assert refused.value.detail == "You know them."
    assert done == []


def test_the_wrong_role_cannot_tell_it_from_nothing(proposal, reviewer, now):
    with pytest.raises(Absent):
        approve(proposal.pk, acting_user=reviewer, now=now)


def test_twice_is_once(proposal, done, second, now):
    approve(proposal.pk, acting_user=second, now=now)
    with pytest.raises(ProposalOver):
        approve(proposal.pk, acting_user=second, now=now)
    assert len(done) == 1


def test_one_open_proposal_per_subject(proposal, team, second, now):
    with pytest.raises(AlreadyProposed), transaction.atomic():
        propose(Act.DISMISS, subject=team, acting_user=second, now=now)


def test_an_expired_one_cannot_be_approved(proposal, done, second, now):
    with pytest.raises(ProposalOver):
        approve(proposal.pk, acting_user=second, now=now + timedelta(hours=2))
    assert expire_proposals(now=now + timedelta(hours=2)) == 1
    proposal.refresh_from_db()
    assert (proposal.state, done) == ("expired", [])


def test_declined_and_withdrawn_do_nothing(proposal, done, supervisor, second, team, now):
    decline(proposal.pk, acting_user=second, now=now)
    with transaction.atomic():
        again = propose(Act.DISMISS, subject=team, acting_user=supervisor, now=now)
    with pytest.raises(Absent):
        withdraw(again.pk, acting_user=second, now=now)
    assert withdraw(again.pk, acting_user=supervisor, now=now).state == "withdrawn"
    assert done == []


def test_only_who_may_approve_sees_it_waiting(proposal, supervisor, other_supervisor, second, reviewer):
    assert [one.pk for one in proposals_for(second)] == [proposal.pk]
    assert proposals_for(supervisor) == proposals_for(other_supervisor) == proposals_for(reviewer) == []


def test_an_act_that_fails_leaves_the_proposal_open(proposal, second, now):
    def fail(*_):
        raise RuntimeError("the act failed")

    twopeople.register(Act.DISMISS, Rule(can=Can.TRIAGE, execute=fail))
    with pytest.raises(RuntimeError):
        approve(proposal.pk, acting_user=second, now=now)
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def _approve_at_once(proposal, people, now) -> list[BaseException | None]:
    barrier, outcomes = threading.Barrier(len(people)), []

    def one(person):
        barrier.wait()
        try:
            approve(proposal.pk, acting_user=person, now=now)
            outcomes.append(None)
        except ProposalOver as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_eight_approvers_at_once_one_carries_it_out(proposal, done, now):
    from project.accounts.access import Role
    from tests.cast import make_user

    people = [make_user(f"approver{number}", Role.SUPERVISOR) for number in range(8)]
    outcomes = _approve_at_once(proposal, people, now)
    assert outcomes.count(None) == 1
    assert len(done) == 1


def test_without_the_lock_several_carry_it_out(proposal, done, now, monkeypatch):
    """The control: if this fails, the race test above proves nothing."""
    from project.accounts.access import Role
    from tests.cast import make_user

    people = [make_user(f"approver{number}", Role.SUPERVISOR) for number in range(8)]
    all_read = threading.Barrier(8)

    def read_without_lock(proposal_id, *, acting_user, now):
        found = Proposal.objects.get(pk=proposal_id)
        all_read.wait()
        return found, twopeople._rules[found.act]

    monkeypatch.setattr(twopeople, "_open_proposal", read_without_lock)
    assert _approve_at_once(proposal, people, now).count(None) > 1
    assert len(done) > 1
