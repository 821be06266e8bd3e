"""Closing an account, by an identity provider or an administrator: within five seconds nothing of it opens anything."""

from __future__ import annotations

import json

import pytest

from project.accounts.actions.accounts import deactivate
from project.accounts.models import ApiToken, Session
from project.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

SCIM = "application/scim+json"
CLOSE = json.dumps(
    {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
)


@pytest.fixture
def provider(ingest_service, api_of):
    return api_of(ingest_service, scope="accounts")


def address(person) -> str:
    return f"/api/v1/scim/v2/Users/{person.pk}"


def test_the_provider_finds_somebody_by_address(provider, reviewer):
    found = provider.get("/api/v1/scim/v2/Users", {"filter": f'userName eq "{reviewer.email}"'}).json()
    assert found["Resources"] == [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": str(reviewer.pk),
            "userName": reviewer.email,
            "active": True,
        }
    ]
    assert provider.get(address(reviewer)).json()["active"] is True


@pytest.mark.parametrize("wrong", ["", 'userName co "a"', 'email eq "a@b.c"', 'userName eq "a" or "1"="1"'])
def test_there_is_no_list_of_everybody(provider, reviewer, wrong):
    assert provider.get("/api/v1/scim/v2/Users", {"filter": wrong}).status_code == 400


def test_closing_ends_sign_ins_and_tokens_at_once(provider, client_of, api_of, reviewer):
    browser, program = client_of(reviewer), api_of(reviewer)
    assert browser.get("/today/").status_code == program.get("/api/v1/me/pace/").status_code == 200
    answer = provider.patch(address(reviewer), CLOSE, content_type=SCIM)
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert browser.get("/today/")["Location"].startswith("/accounts/login/")
    assert program.get("/api/v1/me/pace/").status_code == 401
    assert not Session.objects.filter(user=reviewer).exists()
    assert not ApiToken.objects.filter(user=reviewer).exists()
    assert Entry.objects.filter(event="account.closed").count() == 1


def test_twice_is_once(provider, reviewer):
    for _ in range(2):
        assert provider.delete(address(reviewer)).status_code == 204
    assert Entry.objects.filter(event="account.closed").count() == 1


def test_it_can_be_opened_again_with_the_roles_it_had(provider, reviewer, client_of):
    provider.delete(address(reviewer))
    again = CLOSE.replace("false", "true")
    assert provider.patch(address(reviewer), again, content_type=SCIM).json()["active"] is True
    assert client_of(reviewer).get("/today/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"Operations": []},
        {"Operations": [{"op": "replace", "path": "roles", "value": ["legal"]}]},
        {"Operations": [{"op": "add", "path": "active", "value": True}]},
        {"Operations": [{"op": "replace", "value": {"active": False, "roles": []}}]},
        {"Operations": [{"op": "replace", "path": "active", "value": "perhaps"}]},
        {"Operations": [{"op": "replace", "path": "active", "value": False}] * 11},
        [],
    ],
)
def test_nothing_else_can_be_changed(provider, reviewer, wrong):
    assert provider.patch(address(reviewer), json.dumps(wrong), content_type=SCIM).status_code == 400
    reviewer.refresh_from_db()
    assert reviewer.is_active


def test_other_scopes_and_people_find_nothing_here(api_of, reviewer, ingest_service, administrator):
    for client in (api_of(reviewer), api_of(ingest_service, scope="ingest"), api_of(administrator)):
        assert client.patch(address(reviewer), CLOSE, content_type=SCIM).status_code == 404
        assert client.get("/api/v1/scim/v2/Users", {"filter": 'userName eq "a@b.c"'}).status_code == 404


def test_somebody_who_is_not_there_is_absent(provider):
    nowhere = "/api/v1/scim/v2/Users/00000000-0000-4000-8000-000000000000"
    assert [provider.get(nowhere).status_code, provider.delete(nowhere).status_code] == [404, 404]


def test_an_administrator_closes_the_same_way_and_it_is_recorded(client_of, administrator, reviewer, api_of):
    program = api_of(reviewer)
    fields = {"email": reviewer.email, "roles": "reviewer", "time_zone": "UTC", "locales": "en-US"}
    answer = client_of(administrator).post(f"/admin/accounts/user/{reviewer.pk}/change/", fields)
    assert answer.status_code == 302
    assert program.get("/api/v1/me/pace/").status_code == 401
    closed = Entry.objects.get(event="account.closed")
    assert closed.actor_id == administrator.pk


def test_roles_given_and_taken_are_recorded(client_of, administrator, reviewer):
    fields = {"email": reviewer.email, "roles": "legal", "time_zone": "UTC", "is_active": "on", "locales": "en-US"}
    client_of(administrator).post(f"/admin/accounts/user/{reviewer.pk}/change/", fields)
    events = set(Entry.objects.values_list("event", flat=True))
    assert {"role.granted", "role.withdrawn"} <= events


def test_what_ends_with_an_account_ends_although_one_part_fails(reviewer, now, monkeypatch):
    from project.accounts.actions import accounts

    def broken(person, at):
        raise RuntimeError

    ended = []
    monkeypatch.setattr(accounts, "_departures", [broken, lambda person, at: ended.append(person)])
    deactivate(reviewer.pk, acting_user=None, now=now)
    assert ended == [reviewer]
