"""Where a person is signed in: how long it lasts, seeing it, ending it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from project.accounts.access import Role
from project.accounts.gate import BACKGROUND
from project.accounts.models import ApiToken, Session
from project.accounts.session_limits import OF_ROLE, WIDEST, limits_for
from project.accounts.tasks import clear_expired_sessions
from project.ledger.models import Entry
from tests.cast import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_sign_ins_counted_yet():
    cache.clear()


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def sign_in():
    def browser(user, agent=FIREFOX) -> Client:
        if not user.has_usable_password():  # a new password would end the sign-ins there are
            user.set_password(PASSWORD)
            user.save()
        client = Client(headers={"User-Agent": agent})
        assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
        return client

    return browser


def row_of(client: Client) -> Session:
    return Session.objects.get(session_key=client.session.session_key)


def aged(client: Client, **by: float) -> None:
    """As if everything that this session remembers had happened so much earlier."""
    session = client.session
    for name in ("began", "seen"):
        if name in by:
            session[name] -= by[name]
    session.save()


def test_a_sign_in_is_a_row_with_whose_it_is_and_no_address(sign_in, reviewer):
    row = row_of(sign_in(reviewer))
    assert (row.user, row.agent) == (reviewer, "Firefox on Linux")
    assert not [field.name for field in Session._meta.get_fields() if "ip" in field.name or "address" in field.name]


def test_limits_are_those_of_the_strictest_role():
    assert limits_for([]) == WIDEST
    assert limits_for([Role.REVIEWER, Role.LEGAL]) == OF_ROLE[Role.LEGAL]
    assert all(limits_for([role]).idle <= timedelta(hours=1) for role in Role)


HOURS_IN_ALL = {"service": 1}


@pytest.mark.parametrize(
    ("role", "idle_minutes"),
    [
        ("reviewer", 60), ("moderator", 60), ("supervisor", 30), ("works_council", 30), ("legal", 15), ("counsel", 15),
        ("auditor", 15), ("administrator", 15), ("service", 15),
    ],
)  # fmt: skip
def test_every_role_has_its_two_limits(client_of, role, idle_minutes):
    """Minutes and hours are those of docs/access.md."""
    client = client_of(make_user("limited", Role(role)))
    aged(client, seen=idle_minutes * 60 - 120)
    assert client.get("/").status_code == 200
    aged(client, seen=idle_minutes * 60 + 1)
    assert client.get("/")["Location"].startswith("/accounts/login/")
    busy = client_of(make_user("busy", Role(role)))
    whole = HOURS_IN_ALL.get(role, 12) * 3600
    aged(busy, began=whole - 120)
    assert busy.get("/").status_code == 200
    aged(busy, began=121)
    assert busy.get("/")["Location"].startswith("/accounts/login/")


def test_every_role_is_in_that_test():
    mark = next(one for one in test_every_role_has_its_two_limits.pytestmark if one.name == "parametrize")
    assert {role for role, _ in mark.args[1]} == set(Role.values)


def test_using_it_keeps_it_and_the_pages_own_polling_does_not(sign_in, reviewer):
    client = sign_in(reviewer)
    aged(client, seen=1800)
    before = row_of(client).seen_at
    client.get("/", headers={BACKGROUND: "1"})
    assert row_of(client).seen_at == before
    client.get("/")
    assert row_of(client).seen_at > before + timedelta(minutes=29)


def test_it_is_written_once_a_minute_at_most(sign_in, reviewer, django_assert_num_queries):
    client = sign_in(reviewer)
    client.get("/texts/")
    before = row_of(client).seen_at
    client.get("/texts/")
    assert row_of(client).seen_at == before


def test_limits_follow_a_role_that_was_given_meanwhile(sign_in, reviewer):
    client = sign_in(reviewer)
    reviewer.roles = [Role.REVIEWER.value, Role.LEGAL.value]
    reviewer.save()
    aged(client, seen=120)
    client.get("/")
    assert client.session.get_expiry_date() < timezone.now() + timedelta(minutes=16)


def test_the_cookie_goes_with_the_browser(sign_in, reviewer):
    cookie = sign_in(reviewer).cookies["earshot_session"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"]) == ("", "", True)


def test_the_page_shows_own_sign_ins_and_nobody_elses(sign_in, client_of, reviewer, other_reviewer):
    here = sign_in(reviewer)
    sign_in(reviewer, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    sign_in(other_reviewer, "Mozilla/5.0 (Windows NT 10.0) Edg/140")
    page = here.get("/sign-ins/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iOS" in page
    assert "Edge" not in page
    assert here.session.session_key not in page


def test_ending_one_ends_that_one(sign_in, reviewer):
    here, there = sign_in(reviewer), sign_in(reviewer)
    assert here.post(f"/sign-ins/{row_of(there).handle}/end/").status_code == 302
    assert there.get("/")["Location"].startswith("/accounts/login/")
    assert here.get("/").status_code == 200
    assert Entry.objects.filter(event="sessions.ended").count() == 1


def test_ending_wants_a_post_and_ones_own(sign_in, reviewer, other_reviewer):
    here, foreign = sign_in(reviewer), sign_in(other_reviewer)
    address = f"/sign-ins/{row_of(foreign).handle}/end/"
    assert here.get(address).status_code == 405
    assert here.post(address).status_code == 404
    assert foreign.get("/").status_code == 200


def test_ending_twice_is_absent(sign_in, reviewer):
    here, there = sign_in(reviewer), sign_in(reviewer)
    address = f"/sign-ins/{row_of(there).handle}/end/"
    assert [here.post(address).status_code for _ in range(2)] == [302, 404]


def test_everywhere_else_and_everywhere(sign_in, reviewer, other_reviewer):
    here, there, foreign = sign_in(reviewer), sign_in(reviewer), sign_in(other_reviewer)
    here.post("/sign-ins/end-others/")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    here.post("/sign-ins/end-all/")
    assert here.get("/").status_code == 302
    assert foreign.get("/").status_code == 200


def test_a_token_is_listed_without_what_opens_the_door_and_withdrawn(sign_in, api_of, reviewer):
    here, program = sign_in(reviewer), api_of(reviewer)
    token = ApiToken.objects.get(user=reviewer)
    assert token.token_key in here.get("/sign-ins/").content.decode()
    assert program.get("/api/v1/me/pace/").status_code == 200
    assert here.post(f"/tokens/{token.digest}/withdraw/").status_code == 302
    assert program.get("/api/v1/me/pace/").status_code == 401
    assert here.post(f"/tokens/{token.digest}/withdraw/").status_code == 404


def test_somebody_elses_token_is_not_theirs_to_withdraw(sign_in, api_of, reviewer, other_reviewer):
    api_of(other_reviewer)
    token = ApiToken.objects.get(user=other_reviewer)
    assert sign_in(reviewer).post(f"/tokens/{token.digest}/withdraw/").status_code == 404
    assert ApiToken.objects.filter(digest=token.digest).exists()


def test_what_is_over_is_cleared_away(sign_in, reviewer):
    client = sign_in(reviewer)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    clear_expired_sessions()
    assert not Session.objects.exists()
    assert client.get("/").status_code == 302


def test_asking_for_the_pace_is_the_pages_own_and_keeps_nothing_alive(sign_in, reviewer):
    client = sign_in(reviewer)
    aged(client, seen=1800)
    before = row_of(client).seen_at
    client.get("/api/v1/me/pace/")
    assert row_of(client).seen_at == before


def test_writing_in_a_room_keeps_the_sign_in_alive(sign_in, reviewer, now):
    from project.accounts.actions.sessions import keep_alive_by_key

    client = sign_in(reviewer)
    aged(client, seen=1800)
    key, before = client.session.session_key, row_of(client).seen_at
    keep_alive_by_key(key, reviewer, now=now)
    assert row_of(client).seen_at > before
    Session.objects.all().delete()
    keep_alive_by_key(key, reviewer, now=now)
    assert not Session.objects.exists()
