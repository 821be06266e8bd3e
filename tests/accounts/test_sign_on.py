"""Signing in through an OpenID Connect provider: a real one, in a process of its own, over real HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from project.accounts.access import NEVER_TOGETHER, Role
from project.accounts.checks import known_roles_only, sign_on_is_encrypted
from project.accounts.models import User
from project.accounts.oidc import StrictAdapter
from project.accounts.sign_on import roles_from
from project.ledger.models import Entry
from tests.accounts.provider import PASSWORD, SECRET
from tests.ports import free_port

pytestmark = pytest.mark.django_db(transaction=True)

MD5 = "django.contrib.auth.hashers.MD5PasswordHasher"
CALLBACK = "http://testserver/accounts/oidc/organisation/login/callback/"


class Provider:
    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def says(self, **people: dict[str, object]) -> None:
        """From now on the provider tells this of its people (by the name before the @)."""
        said = {f"{name}@earshot.example": claims for name, claims in people.items()}
        (self.folder / "people.json").write_text(json.dumps(said))


@pytest.fixture(scope="module")
def running_provider(tmp_path_factory) -> Iterator[Provider]:
    folder, port = tmp_path_factory.mktemp("provider"), free_port()
    (folder / "people.json").write_text("{}")
    environment = {**os.environ, "PROVIDER_FOLDER": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.accounts.provider", str(port), CALLBACK],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/.well-known/openid-configuration", process)
        yield Provider(url, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError("the provider did not start")


@pytest.fixture
def provider(running_provider, settings) -> Provider:
    running_provider.says()
    cache.clear()
    settings.OIDC_ISSUER = running_provider.url
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "organisation",
                    "name": "the provider",
                    "client_id": "earshot",
                    "secret": SECRET,
                    "settings": {"server_url": running_provider.url},
                }
            ],
        }
    }
    return running_provider


def come_back_with(client: Client, name: str, change: str = "", going: str = "") -> object:
    """The whole way: our button, the provider's sign-in page, and back to us with its answer."""
    away = client.post("/accounts/oidc/organisation/login/", {"next": going} if going else {})
    assert away.status_code == 302, away.content[:500]
    browser = requests.Session()
    page = browser.get(away["Location"], timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    form = {"login": f"{name}@earshot.example", "password": PASSWORD}
    if token:
        form["csrfmiddlewaretoken"] = token.group(1)
    answer = browser.post(page.url, data=form, allow_redirects=False, timeout=10)
    while not answer.headers["Location"].startswith("http://testserver/"):
        answer = browser.get(
            requests.compat.urljoin(answer.url, answer.headers["Location"]), allow_redirects=False, timeout=10
        )
    back = urlsplit(answer.headers["Location"])
    query = {key: values[0] for key, values in parse_qs(back.query).items()}
    if change:
        query[change] = "tampered"
    return client.get(back.path, query)


def test_the_page_offers_it_only_where_it_is_set_up(provider, settings):
    assert b"organisation/login/" in Client().get("/accounts/login/").content
    settings.OIDC_ISSUER = ""
    assert b"organisation/login/" not in Client().get("/accounts/login/").content


def test_somebody_new_gets_an_account_without_any_role(provider):
    client = Client()
    assert come_back_with(client, "new").status_code == 302
    person = User.objects.get(email="new@earshot.example")
    assert (person.roles, person.has_usable_password(), person.name) == ([], False, "")
    assert client.get("/desk/").status_code == client.get("/cases/").status_code == 404
    assert Entry.objects.filter(event="account.created").count() == 1


def test_somebody_known_by_their_address_keeps_account_and_roles(provider, reviewer):
    client = Client()
    come_back_with(client, "reviewer")
    assert client.get("/today/").status_code == 200
    assert User.objects.get(email=reviewer.email).roles == ["reviewer"]


def test_groups_become_roles_and_follow_the_provider(provider, settings):
    settings.OIDC_ROLES = (("listeners", "reviewer"), ("law", "legal"))
    provider.says(new={"groups": ["listeners", "canteen"]})
    come_back_with(Client(), "new")
    assert User.objects.get(email="new@earshot.example").roles == ["reviewer"]
    provider.says(new={"groups": ["law"]})
    come_back_with(Client(), "new")
    assert User.objects.get(email="new@earshot.example").roles == ["legal"]
    assert {"role.granted", "role.withdrawn"} <= set(Entry.objects.values_list("event", flat=True))


def test_without_a_mapping_the_providers_groups_give_nothing(provider):
    provider.says(new={"groups": ["administrator", "legal"], "roles": ["legal"]})
    come_back_with(Client(), "new")
    assert User.objects.get(email="new@earshot.example").roles == []


def test_an_address_that_was_never_confirmed_opens_no_account(provider):
    provider.says(new={"email_verified": "false"})  # in words, as some providers have it
    for name in ("unconfirmed", "new"):
        answer = come_back_with(Client(), name)
        assert answer["Location"] == "/accounts/login/"
    assert not User.objects.exists()


def test_nobody_takes_the_address_of_somebody_who_has_yet_to_come(provider, settings, far_reviewer):
    """They would come into that account, and it would have their roles."""
    settings.OIDC_ROLES, settings.PASSWORD_HASHERS = (("law", "legal"),), [MD5]
    far_reviewer.set_password(PASSWORD)
    far_reviewer.save()
    taker = Client()
    taker.post("/accounts/login/", {"login": far_reviewer.email, "password": PASSWORD})
    for act in ("action_add", "action_primary"):
        assert taker.post("/accounts/email/", {act: "", "email": "new@earshot.example"}).status_code == 404
    assert taker.get("/accounts/email/").status_code == 404
    provider.says(new={"groups": ["law"]})
    come_back_with(Client(), "new")
    assert User.objects.get(email="new@earshot.example").roles == ["legal"]
    assert User.objects.get(pk=far_reviewer.pk).roles == ["reviewer"]


def test_an_address_that_an_administrator_changed_brings_nobody_in(provider, reviewer, administrator, client_of):
    EmailAddress.objects.create(user=reviewer, email=reviewer.email, verified=True)  # as allauth notes it
    fields = {"email": "moved@earshot.example", "roles": "reviewer", "time_zone": "UTC", "is_active": "on"}
    client_of(administrator).post(f"/admin/accounts/user/{reviewer.pk}/change/", {**fields, "locales": "en-US"})
    come_back_with(Client(), "reviewer")
    assert User.objects.get(email="reviewer@earshot.example").pk != reviewer.pk
    assert User.objects.get(email="moved@earshot.example").pk == reviewer.pk


def test_a_closed_account_stays_closed(provider, reviewer):
    reviewer.is_active = False
    reviewer.save()
    client = Client()
    come_back_with(client, "reviewer")
    assert client.get("/today/").status_code == 302


@pytest.mark.parametrize("part", ["state", "code"])
def test_an_answer_that_was_tampered_with_opens_nothing(provider, part):
    client = Client()
    come_back_with(client, "new", change=part)
    assert client.get("/").status_code == 302
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("claim", "said"), [("nonce", "another"), ("iss", "https://evil.example"), ("aud", "another"), ("exp", 1)]
)
def test_a_token_for_something_else_opens_nothing(provider, claim, said):
    provider.says(new={claim: said})
    come_back_with(Client(), "new")
    assert not User.objects.exists()


@pytest.mark.parametrize("how", ["a byte is changed", "nobody signed it", "a shared secret signed it"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(provider, how, monkeypatch):
    """Although it comes from the provider's own address."""
    believed = StrictAdapter._decode_id_token

    def forged(adapter, app, id_token):
        head, body, _ = id_token.split(".")
        claims = jwt.decode(id_token, options={"verify_signature": False})
        named = {"kid": jwt.get_unverified_header(id_token)["kid"]}
        other = {
            "a byte is changed": f"{head}.{body}.{'A' * 342}",
            "nobody signed it": jwt.encode(claims, None, "none", headers=named),
            "a shared secret signed it": jwt.encode(claims, SECRET * 2, "HS256", headers=named),
        }
        return believed(adapter, app, other[how])

    monkeypatch.setattr(StrictAdapter, "_decode_id_token", forged)
    come_back_with(Client(), "new")
    assert not User.objects.exists()


def test_a_provider_that_is_another_or_away_is_said(provider, settings):
    settings.OIDC_ISSUER = "https://another.example"
    assert Client().post("/accounts/oidc/organisation/login/")["Location"] == "/accounts/login/"
    settings.OIDC_ISSUER = away = f"http://127.0.0.1:{free_port()}"
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = away
    answer = Client().post("/accounts/oidc/organisation/login/", follow=True)
    assert b"cannot be used right now" in answer.content


def test_it_leads_on_to_where_one_was_going_and_to_no_other_site(provider):
    assert come_back_with(Client(), "new", going="/today/preferences/")["Location"] == "/today/preferences/"
    for elsewhere in ("https://evil.example/", "//evil.example/"):
        assert come_back_with(Client(), "new", going=elsewhere)["Location"] == "/"


def test_a_second_factor_at_the_provider_counts_and_its_absence_too(provider, supervisor, settings):
    settings.SECOND_FACTOR = True
    client = Client()
    come_back_with(client, "supervisor")
    assert client.get("/cases/")["Location"] == "/accounts/2fa/"
    provider.says(supervisor={"amr": ["pwd", "mfa"]})
    client = Client()
    come_back_with(client, "supervisor")
    assert client.get("/cases/").status_code == 200


def test_who_came_by_it_confirms_there_who_they_are(provider, settings):
    """They have no password to confirm it with."""
    settings.OIDC_ROLES, settings.SECOND_FACTOR = (("law", "legal"),), False
    provider.says(new={"groups": ["law"]})
    client = Client()
    come_back_with(client, "new")
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 400
    session.save()
    asked = client.post("/emergency-access/propose/", {})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    page = client.get(asked["Location"], follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/oidc/organisation/login/?next=")
    away = client.post(page.redirect_chain[-1][0])["Location"]
    assert parse_qs(urlsplit(away).query)["prompt"] == ["login"]
    come_back_with(client, "new", going="/emergency-access/")
    assert client.post("/emergency-access/propose/", {}).status_code == 400  # heard, and nothing was filled in


def test_nothing_of_a_person_is_kept_but_who_they_are(provider):
    from allauth.socialaccount.models import SocialAccount, SocialToken

    provider.says(new={"name": "A full name", "picture": "http://a.picture", "groups": ["canteen"]})
    come_back_with(Client(), "new")
    assert set(SocialAccount.objects.get().extra_data) <= {"sub", "iss", "email"}
    assert not SocialToken.objects.exists()


def test_it_wants_a_press_of_the_button(provider):
    assert Client().get("/accounts/oidc/organisation/login/").status_code == 200


def test_an_unencrypted_provider_or_a_misspelt_role_stops_the_start(settings):
    settings.SECURE, settings.OIDC_ISSUER = True, "http://provider.example"
    settings.OIDC_ROLES = (("listeners", "reviwer"),)
    found = [*sign_on_is_encrypted(None), *known_roles_only(None)]
    assert [one.id for one in found] == ["accounts.E001", "accounts.E002"]
    settings.OIDC_ISSUER, settings.OIDC_ROLES = "https://provider.example", (("listeners", "reviewer"),)
    assert [*sign_on_is_encrypted(None), *known_roles_only(None)] == []


@given(
    st.lists(st.sampled_from(["a", "b", "c", "x"])), st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=9)))
)
def test_only_mapped_groups_give_roles(groups, mapping):
    mapping = [*mapping, ("a", "legal"), ("b", "moderator"), ("c", "reviewer")]
    roles = set(roles_from({"groups": groups}, "groups", mapping))
    assert roles <= set(Role.values)
    assert "legal" not in roles or "a" in groups
    moderator, powers = NEVER_TOGETHER
    assert moderator.value not in roles or not roles & {power.value for power in powers}


@pytest.mark.parametrize("claims", [{}, {"groups": None}, {"groups": {"a": 1}}, {"groups": 7}])
def test_claims_that_are_no_groups_give_nothing(claims):
    assert roles_from(claims, "groups", [("a", "legal")]) == []
