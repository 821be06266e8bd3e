"""POST exports/{id}/approve/: the second person's yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from escalations.models import Case, Export, Tie
from escalations.states import State
from project.accounts.models import ApiToken, Proposal
from project.accounts.twopeople import decline, expire_proposals, withdraw
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db


def where(export: Export) -> str:
    return f"/api/v1/exports/{export.pk}/approve/"


def test_a_second_legal_person_releases_it(legal_case, give, other_legal, api_of):
    export = give(legal_case, "proposed")
    answer = api_of(other_legal).post(where(export))
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert Entry.objects.filter(event="export.approved", actor_id=other_legal.pk, subject_id=str(export.pk)).exists()


def test_it_refuses_get(legal_case, give, other_legal, api_of):
    assert api_of(other_legal).get(where(give(legal_case, "proposed"))).status_code == 405


def test_whoever_asked_for_it_cannot(legal_case, give, legal, api_of):
    export = give(legal_case, "proposed")
    answer = api_of(legal).post(where(export))
    assert (answer.status_code, answer.json()["code"]) == (409, "same-person")
    assert Export.objects.get().state == "proposed"


def test_a_stranger_cannot_tell_it_from_nothing(legal_case, give, stranger, auditor, supervisor, api_of):
    export = give(legal_case, "proposed")
    for person in (stranger, auditor, supervisor):
        assert api_of(person).post(where(export)).status_code == 404


def test_the_reporter_cannot_even_as_legal(legal_case, give, reviewer, api_of):
    export = give(legal_case, "proposed")
    reviewer.roles = ["reviewer", "legal"]
    reviewer.save()
    assert api_of(reviewer).post(where(export)).status_code == 404


def test_the_reporters_line_of_command_cannot_even_as_legal(legal_case, give, supervisor, api_of):
    export = give(legal_case, "proposed")
    supervisor.roles = ["supervisor", "legal"]
    supervisor.save()
    answer = api_of(supervisor).post(where(export))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict-of-interest")


def test_whoever_declared_a_tie_cannot(legal_case, give, other_legal, api_of, now):
    export = give(legal_case, "proposed")
    Tie.objects.create(case=legal_case, person=other_legal, declared_at=now)
    assert api_of(other_legal).post(where(export)).status_code == 409


def test_it_needs_a_fresh_sign_in(legal_case, give, other_legal, api_of):
    export = give(legal_case, "proposed")
    client = api_of(other_legal)
    ApiToken.objects.update(created=timezone.now() - timedelta(minutes=6))
    assert client.post(where(export)).status_code == 403


def test_twice_is_once(legal_case, give, other_legal, api_of):
    export = give(legal_case, "proposed")
    assert [api_of(other_legal).post(where(export)).status_code for _ in range(2)] == [200, 409]
    assert Entry.objects.filter(event="export.approved").count() == 1


def test_not_after_the_case_was_dismissed(legal_case, give, other_legal, api_of, now):
    export = give(legal_case, "proposed")
    Case.objects.filter(pk=legal_case.pk).update(state=State.DISMISSED, ended_at=now)
    assert api_of(other_legal).post(where(export)).status_code == 409
    assert Export.objects.get().state == "proposed"


@pytest.mark.parametrize(
    ("end", "by", "ending"), [(decline, "other_legal", "declined"), (withdraw, "legal", "withdrawn")]
)
def test_a_no_ends_it(legal_case, give, request, now, end, by, ending):
    give(legal_case, "proposed")
    end(Proposal.objects.get(act="export").pk, acting_user=request.getfixturevalue(by), now=now)
    export = Export.objects.get()
    assert (export.state, export.ending) == ("failed", ending)
    assert Entry.objects.filter(event="export.lapsed").exists()


def test_nobody_deciding_ends_it_too(legal_case, give, now):
    give(legal_case, "proposed")
    expire_proposals(now=now + timedelta(days=8))
    assert Export.objects.get().ending == "expired"
