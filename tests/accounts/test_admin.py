"""The administrator's tool: accounts, teams and policies, and no content of any kind."""

from __future__ import annotations

import pytest
from django.contrib import admin

from project.accounts.models import User

pytestmark = pytest.mark.django_db


def test_it_shows_nothing_but_accounts_teams_and_policies():
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert shown == {"accounts.user", "accounts.team", "wellbeing.wellbeingpolicy"}


def test_an_administrator_opens_it(client_of, administrator):
    page = client_of(administrator).get("/admin/")
    assert page.status_code == 200
    assert b"Accounts, teams, policies" in page.content


def test_authenticators_and_their_secrets_have_no_page(client_of, administrator):
    assert client_of(administrator).get("/admin/mfa/authenticator/").status_code == 404


def test_people_are_never_deleted_here(client_of, administrator, reviewer):
    browser = client_of(administrator)
    assert browser.post(f"/admin/accounts/user/{reviewer.pk}/delete/", {"post": "yes"}).status_code in {403, 404}
    assert User.objects.filter(pk=reviewer.pk).exists()


def test_a_moderator_given_another_power_is_refused(client_of, administrator, moderator):
    fields = {"email": moderator.email, "roles": "moderator,supervisor", "time_zone": "UTC", "is_active": "on"}
    answer = client_of(administrator).post(f"/admin/accounts/user/{moderator.pk}/change/", fields)
    moderator.refresh_from_db()
    assert answer.status_code == 200
    assert moderator.roles == ["moderator"]
