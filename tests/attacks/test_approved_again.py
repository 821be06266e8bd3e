"""An approval that was sent once and is sent again, by page and API, approves nothing more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from escalations.models import Case, Export
from project.accounts.models import Proposal, User
from project.ledger.models import Entry
from tests.escalations.conftest import bring, clip, make_clip, report, sounds
from tests.escalations.export_fixtures import Give, give, identity, legal_case, recorded

__all__ = ["bring", "clip", "give", "identity", "legal_case", "make_clip", "recorded", "report", "sounds"]  # fixtures

pytestmark = pytest.mark.django_db


def approvals() -> int:
    return Entry.objects.filter(event="proposal.approved", facts__act="export").count()


def test_the_same_request_again(
    legal_case: Case, give: Give, other_legal: User, client_of: Callable[..., Client], api_of: Callable[..., APIClient]
) -> None:
    export = give(legal_case, "proposed")
    proposal = Proposal.objects.get(state=Proposal.State.PROPOSED)
    page, by_hand = f"/exports/{export.pk}/approve/", f"/proposals/{proposal.pk}/approve/"
    browser, api, before = client_of(other_legal), api_of(other_legal), approvals()
    assert browser.post(page).status_code == 302
    approved = Export.objects.get(pk=export.pk)
    assert (approvals(), approved.state) == (before + 1, Export.State.APPROVED)  # the first one did
    answers = [browser.post(page), browser.post(by_hand), api.post(f"/api/v1{page}"), client_of(other_legal).post(page)]
    assert [answer.status_code for answer in answers] == [409, 409, 409, 409]
    assert approvals() == before + 1
    again = Export.objects.get(pk=export.pk)
    assert (again.approved_at, again.approved_by_id) == (approved.approved_at, approved.approved_by_id)


def test_an_old_approval_is_none_of_a_new_proposal(
    legal_case: Case, give: Give, legal: User, other_legal: User, client_of: Callable[..., Client]
) -> None:
    first = give(legal_case, "proposed")
    proposal = Proposal.objects.get(state=Proposal.State.PROPOSED)
    assert client_of(legal).post(f"/proposals/{proposal.pk}/withdraw/").status_code == 302
    second = give(legal_case, "proposed")
    for address in (f"/proposals/{proposal.pk}/approve/", f"/exports/{first.pk}/approve/"):
        assert client_of(other_legal).post(address).status_code == 409
    assert Export.objects.get(pk=second.pk).state == Export.State.PROPOSED
