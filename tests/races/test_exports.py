"""Exports under contention: one build, one download, one release, whoever comes at the same moment."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.utils import timezone

from escalations.actions import exports, holds
from escalations.actions.approvals import approve
from escalations.actions.export_builds import claim
from escalations.actions.export_downloads import BeingCollected, Handout, begin_transfer
from escalations.actions.exports import approve_export
from escalations.actions.holds import ExportUnderWay, lift_hold, place_hold
from escalations.actions.moves import Words, act
from escalations.models import Export, Hold
from escalations.states import Decision
from project.accounts.access import Role
from project.accounts.twopeople import ProposalOver
from project.ledger.models import Entry
from tests.cast import make_user
from tests.escalations.conftest import bring, give, identity, legal_case, recorded

__all__ = ["bring", "give", "identity", "legal_case", "recorded"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROUNDS = 20


def test_of_two_downloads_at_once_exactly_one_begins(legal_case, give, legal, other_legal, together):
    export = give(legal_case)
    for _ in range(ROUNDS):
        Export.objects.update(transfers=0, serving_token=None, serving_until=None)
        outcomes = together(
            *(
                lambda person=person: begin_transfer(export.pk, acting_user=person, now=timezone.now())
                for person in (legal, other_legal)
            )
        )
        assert sorted(outcome.succeeded for outcome in outcomes) == [False, True]
        assert any(isinstance(outcome.error, BeingCollected) for outcome in outcomes)


def test_without_the_lock_both_can_begin(legal_case, give, legal, other_legal, together, monkeypatch):
    """If this fails, the test above proves nothing. Both have read the row before either writes."""
    from escalations.actions import export_downloads

    export, meeting = give(legal_case), Barrier(2)

    def unlocked(pk):
        row = Export.objects.select_related("case").get(pk=pk)
        meeting.wait(timeout=50)
        return row

    monkeypatch.setattr(export_downloads, "lock_export", unlocked)
    outcomes = together(
        *(
            lambda person=person: begin_transfer(export.pk, acting_user=person, now=timezone.now())
            for person in (legal, other_legal)
        )
    )
    assert [outcome.error for outcome in outcomes] == [None, None]


def test_of_two_transfers_that_overlapped_one_collects(legal_case, give, legal, other_legal, together):
    export = give(legal_case)
    first = Handout(begin_transfer(export.pk, acting_user=legal, now=timezone.now()))
    second = Handout(begin_transfer(export.pk, acting_user=other_legal, now=timezone.now() + timedelta(minutes=2)))
    together(lambda: list(first), lambda: list(second))
    assert Entry.objects.filter(event="export.collected").count() == 1
    assert Export.objects.get().collected_by == other_legal


def test_of_eight_workers_one_builds(legal_case, give, together):
    export = give(legal_case, "approved")
    now = timezone.now() + timedelta(seconds=1)
    outcomes = together(*[lambda: claim(export.pk, now=now)] * 8)
    assert sum(outcome.result is not None for outcome in outcomes) == 1
    assert Export.objects.get().attempts == 1


def test_of_two_second_persons_one_releases_it(legal_case, give, other_legal, together):
    export = give(legal_case, "proposed")
    third = make_user("third-legal", Role.LEGAL)
    outcomes = together(
        *(
            lambda person=person: approve_export(export.pk, acting_user=person, now=timezone.now())
            for person in (other_legal, third)
        )
    )
    assert sum(outcome.succeeded for outcome in outcomes) == 1
    assert Entry.objects.filter(event="export.approved").count() == 1


@pytest.fixture
def one_hold(legal_case, legal, other_legal, now):
    """A closed case, so that nothing but one hold of legal keeps its evidence. Makes that hold anew each time."""
    words = Words(decision=Decision.REPORT, reason="an offence is likely")
    act(legal_case.pk, "decide", words, acting_user=legal, now=now)
    approve(legal_case.pk, acting_user=other_legal, now=now)
    act(legal_case.pk, "close", Words(), acting_user=legal, now=now)

    def make() -> Hold:
        Export.objects.update(state="failed", destroyed_at=now)
        placed = {"reason": "asked for", "review_at": now + timedelta(days=9)}
        hold = place_hold(legal_case.pk, **placed, acting_user=legal, now=timezone.now())
        Hold.objects.exclude(pk=hold.pk).filter(ended_at=None).update(ended_at=now, ended_by=legal, ending="lifted")
        return hold

    return make


def released_and_lifted(together, export, hold, legal, other_legal):
    return together(
        lambda: approve_export(export.pk, acting_user=other_legal, now=timezone.now()),
        lambda: lift_hold(hold.pk, reason="done", acting_user=legal, now=timezone.now()),
    )


def test_a_release_and_the_lifting_of_the_last_hold_never_both_happen(
    legal_case, give, one_hold, legal, other_legal, together
):
    """Else the evidence could be erased from under the build, or its copy outlive it."""
    for _ in range(ROUNDS):
        hold = one_hold()
        export = give(legal_case, "proposed")
        released, lifted = released_and_lifted(together, export, hold, legal, other_legal)
        assert released.succeeded != lifted.succeeded
        assert isinstance(released.error or lifted.error, ProposalOver if lifted.succeeded else ExportUnderWay)


def test_without_the_cases_lock_both_can_happen(legal_case, give, one_hold, legal, other_legal, together, monkeypatch):
    """If this fails, the test above proves nothing. Both have asked about the other before either writes."""
    from escalations.models import Case

    meeting = Barrier(2)

    def met_before(act):
        def wait_and_act(*args, **kwargs):
            meeting.wait(timeout=50)
            return act(*args, **kwargs)

        return wait_and_act

    hold = one_hold()
    export = give(legal_case, "proposed")
    monkeypatch.setattr(holds, "lock_case", lambda pk: Case.objects.get(pk=pk))
    monkeypatch.setattr(holds, "seal_words", met_before(holds.seal_words))
    monkeypatch.setattr(exports, "_approve", met_before(exports._approve))
    outcomes = released_and_lifted(together, export, hold, legal, other_legal)
    assert [outcome.error for outcome in outcomes] == [None, None]
