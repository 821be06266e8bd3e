"""Roles with power over others need a second factor; it lies sealed."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from project.accounts.access import Role
from project.accounts.gate import NEED_SECOND_FACTOR
from project.accounts.models import Session
from project.ledger.models import Entry
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

CODE = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def no_sign_ins_counted_yet():
    cache.clear()


@pytest.fixture(autouse=True)
def demanded(settings):
    """Half a minute may end between making a code and sending it: the neighbouring one is good too here."""
    settings.SECOND_FACTOR, settings.MFA_TOTP_TOLERANCE = True, 1
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def signed_in(user) -> Client:
    if not user.has_usable_password():  # a new password would end the sign-ins there are
        user.set_password(PASSWORD)
        user.save()
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def code_for(secret: str) -> str:
    _, now, _ = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def enrol(client: Client) -> str:
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)}).status_code == 302
    return secret


def test_those_who_need_one_are_named():
    assert {
        "supervisor",
        "legal",
        "counsel",
        "moderator",
        "auditor",
        "administrator",
        "works_council",
    } == NEED_SECOND_FACTOR
    assert set(Role.values) - NEED_SECOND_FACTOR == {"reviewer", "service"}


@pytest.mark.parametrize(
    "role", sorted({"supervisor", "legal", "counsel", "moderator", "auditor", "administrator", "works_council"})
)
def test_without_one_only_the_own_account_and_help_are_open(request, role):
    client = signed_in(request.getfixturevalue(role))
    for page in ("/", "/notices/", "/cases/", "/admin/", "/ledger/"):
        assert client.get(page)["Location"] == "/accounts/2fa/", page
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.get("/help/").status_code == 200
    answer = client.get("/api/v1/cases/")
    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor")


def test_a_reviewer_may_have_one_and_need_not(reviewer):
    assert signed_in(reviewer).get("/").status_code == 200


def test_enrolling_opens_the_door_in_that_browser(supervisor):
    client = signed_in(supervisor)
    enrol(client)
    assert client.get("/").status_code == 200
    assert Entry.objects.filter(event="second-factor.added").count() == 1


def test_a_browser_that_signed_in_without_stays_outside(supervisor):
    before = signed_in(supervisor)
    enrol(signed_in(supervisor))
    assert before.get("/cases/")["Location"] == "/accounts/2fa/"


def test_the_next_sign_in_asks_for_the_code(supervisor):
    secret = enrol(signed_in(supervisor))
    client = Client()
    answer = client.post("/accounts/login/", {"login": supervisor.email, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/")["Location"].startswith("/accounts/login/")
    Authenticator.objects.update(last_used_at=None)
    cache.clear()  # a code is good once; the next one would come in half a minute
    assert client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)}).status_code == 302
    assert client.get("/").status_code == 200


def test_a_wrong_code_opens_nothing(supervisor):
    enrol(signed_in(supervisor))
    client = Client()
    client.post("/accounts/login/", {"login": supervisor.email, "password": PASSWORD})
    assert client.post(CODE, {"code": "no code"}).status_code == 200
    assert client.get("/").status_code == 302


def test_a_role_given_meanwhile_asks_at_once(reviewer):
    client = signed_in(reviewer)
    assert client.get("/").status_code == 200
    reviewer.roles = [Role.SUPERVISOR.value]
    reviewer.save()
    assert client.get("/")["Location"] == "/accounts/2fa/"


def test_secrets_and_recovery_codes_lie_sealed(supervisor):
    secret = enrol(signed_in(supervisor))
    rows = {row.type: str(row.data) for row in Authenticator.objects.filter(user=supervisor)}
    assert set(rows) == {"totp", "recovery_codes"}
    assert all("sealed:" in row and secret not in row for row in rows.values())


def test_nothing_of_it_is_in_the_session_after_enrolling(supervisor):
    client = signed_in(supervisor)
    secret = enrol(client)
    assert secret not in str(Session.objects.get(session_key=client.session.session_key).get_decoded())


def test_codes_work_once(supervisor):
    secret = enrol(signed_in(supervisor))
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert asked_for_a_code(supervisor).post(CODE, {"code": recovery}).status_code == 302
    assert asked_for_a_code(supervisor).post(CODE, {"code": recovery}).status_code == 200
    cache.clear()  # enrolling used one already; as if half a minute had passed
    code = code_for(secret)
    first, again = asked_for_a_code(supervisor), asked_for_a_code(supervisor)
    assert [client.post(CODE, {"code": code}).status_code for client in (first, again)] == [302, 200]
    assert [client.get("/").status_code for client in (first, again)] == [200, 302]


def test_a_new_password_by_mail_passes_no_second_factor(supervisor):
    enrol(signed_in(supervisor))
    link, new = link_mailed_to(supervisor), "seven green kettles on a shelf"
    client = Client()
    form = client.get(link)["Location"]
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert client.get("/")["Location"].startswith("/accounts/login/")
    again = Client().get(link, follow=True)
    assert b"password1" not in again.content  # the link is used up
    answer = client.post("/accounts/login/", {"login": supervisor.email, "password": new})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")


def asked_for_a_code(person) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer["Location"].startswith(CODE)
    return client


def link_mailed_to(person) -> str:
    Client().post("/accounts/password/reset/", {"email": person.email})
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found.group(1)
