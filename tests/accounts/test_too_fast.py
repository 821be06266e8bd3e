"""A token or a person that sends too much waits; others don't."""

from __future__ import annotations

import pytest

from project import browsers
from project.allowance import Allowances

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_allowances(monkeypatch):
    monkeypatch.setattr(browsers, "_programs", Allowances(0.001, 3))
    monkeypatch.setattr(browsers, "_people", Allowances(0.001, 3))


def test_a_token_waits_and_is_told_how_long(api_of, reviewer, other_reviewer):
    program = api_of(reviewer)
    assert [program.get("/api/v1/me/pace/").status_code for _ in range(3)] == [200, 200, 200]
    answer = program.get("/api/v1/me/pace/")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many")
    assert 0 < int(answer["Retry-After"]) <= 1000
    assert api_of(other_reviewer).get("/api/v1/me/pace/").status_code == 200


def test_a_person_waits_in_all_browsers_together(client_of, reviewer, other_reviewer):
    one, two = client_of(reviewer), client_of(reviewer)
    assert [one.get("/texts/").status_code for _ in range(3)] == [200, 200, 200]
    answer = two.get("/texts/")
    assert answer.status_code == 429
    assert "wait a moment" in answer.content.decode()
    assert client_of(other_reviewer).get("/texts/").status_code == 200


def test_whoever_is_not_signed_in_is_counted_by_signing_in(client):
    assert {client.get("/accounts/login/").status_code for _ in range(6)} == {200}
