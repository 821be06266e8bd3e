"""Open pages are nudged: whose they are, when, and that nothing about the matter goes along."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from escalations.access import cases_for
from escalations.actions.moves import Words, act
from escalations.models import Case
from project.accounts.access import Role
from project.accounts.models import Team, User
from project.accounts.tokens import issue_token
from project.notices import tell
from project.notices.actions import mark_all_read
from project.notices.hub import MOST_OF_ONE_PERSON, TOO_MANY
from project.notices.kinds import PROPOSAL_WAITS
from project.notices.live import parsed
from tests.cast import make_user
from tests.realtime.server import Client, Server
from tests.realtime.test_session import cookie

pytestmark = pytest.mark.django_db(transaction=True)
PageOf = Callable[..., Client]
NUDGE = {"type": "changed", "topics": ["notices"]}
SIGNED_OUT = 4401


def opened(web: Server, browser: Browser, query: str = "", **options: Any) -> Client:
    options = {"origin": f"http://127.0.0.1:{web.port}", **options}
    return Client(web.open_at(f"/ws/live/?{query}", cookie(browser), **options))


@pytest.fixture
def page_of(web: Server, client_of: Callable[[User], Browser], auditor: User) -> Iterator[PageOf]:
    """`page_of(browser)`: the socket of one more open page of theirs; it hears already.

    A page of somebody else's is open all the time: once it was nudged, the process is subscribed. Either this nudge
    comes, or the one to every page that is there when a subscription begins.
    """
    first = opened(web, client_of(auditor))
    first.until("live")
    told(auditor)
    first.until("changed")

    def page(browser: Browser, query: str = "") -> Client:
        client = opened(web, browser, query)
        client.until("live")
        return client

    yield page
    first.leave()


def told(user: User) -> None:
    tell(user, PROPOSAL_WAITS, now=timezone.now(), about=user)


def test_every_open_page_of_theirs_hears_that_something_changed_and_nobody_elses(
    page_of: PageOf, client_of: Callable[[User], Browser], reviewer: User, legal: User
) -> None:
    browser = client_of(reviewer)
    own, theirs = [page_of(browser), page_of(browser), page_of(client_of(reviewer))], page_of(client_of(legal))
    told(reviewer)
    assert [page.read() for page in own] == [NUDGE] * 3
    mark_all_read(acting_user=reviewer, now=timezone.now())
    assert [page.read() for page in own] == [NUDGE] * 3
    told(legal)
    # In the order of happening: had the other person's notices reached this page, it would have heard of them first.
    assert theirs.read() == NUDGE
    assert [len(page.frames) for page in [*own, theirs]] == [3, 3, 3, 2]


def test_only_a_session_of_our_own_origin_with_a_role_is_let_in_and_it_has_nothing_to_say(
    web: Server, page_of: PageOf, client_of: Callable[[User], Browser], reviewer: User, stranger: User
) -> None:
    browser = client_of(reviewer)
    assert opened(web, browser, origin=None).closed_with() == SIGNED_OUT
    assert opened(web, client_of(stranger)).closed_with() == SIGNED_OUT
    token = {"Authorization": f"Token {issue_token(reviewer)}"}
    assert Client(web.open_at("/ws/live/", token)).closed_with() == SIGNED_OUT
    with pytest.raises(Exception, match="403"):
        opened(web, browser, origin="https://elsewhere.example")
    page = page_of(browser, "show=cases&show=everything")
    page.send(type="post", text="anything")
    assert page.closed_with() == 1003
    assert page.frames[0]["topics"] == ["cases", "notices"]


def test_a_change_of_a_case_nudges_the_boards_of_those_who_may_see_it_and_no_other(
    page_of: PageOf,
    client_of: Callable[[User], Browser],
    report: Callable[..., Case],
    team: Team,
    supervisor: User,
    other_supervisor: User,
    legal: User,
) -> None:
    """Not another team's, not legal's before it is referred, and not the board of whoever reported it themselves."""
    reporter = make_user("reporting", Role.REVIEWER, Role.SUPERVISOR, team=team)
    team.supervisors.add(reporter)
    board_of = {
        user: page_of(client_of(user), "show=cases") for user in (supervisor, other_supervisor, legal, reporter)
    }
    elsewhere = page_of(client_of(supervisor))  # no board: a page hears of what it shows
    case = report(reporter=reporter)
    hears_of_cases(board_of[supervisor])
    act(case.pk, "acknowledge", Words(), acting_user=supervisor, now=timezone.now())
    hears_of_cases(board_of[supervisor])
    # Whoever was nudged together with this board was sent their frame; what they say now ends their socket behind it.
    heard = {user: topics_until_the_end(page) for user, page in board_of.items()}
    assert {user for user, topics in heard.items() if "cases" in topics} == {supervisor}
    assert "notices" in heard[reporter]  # of their own report, as any reporter
    assert "cases" not in topics_until_the_end(elsewhere)
    assert str(case.pk) not in str([page.frames for page in board_of.values()])


def test_whoever_loses_sight_of_a_case_is_nudged_too(
    page_of: PageOf,
    client_of: Callable[[User], Browser],
    report: Callable[..., Case],
    other_team: Team,
    supervisor: User,
    other_supervisor: User,
    legal: User,
) -> None:
    case = report()
    board_of = {user: page_of(client_of(user), "show=cases") for user in (supervisor, other_supervisor, legal)}
    act(case.pk, "hand-over", Words(team=other_team.pk), acting_user=supervisor, now=timezone.now())
    committed = time.monotonic()
    hears_of_cases(board_of[supervisor])
    print(f"from the commit to a board: {time.monotonic() - committed:.3f} s")
    hears_of_cases(board_of[other_supervisor])
    assert not cases_for(supervisor).exists()
    assert "cases" not in topics_until_the_end(board_of[legal])


def hears_of_cases(page: Client) -> None:
    while "cases" not in page.until("changed")["topics"]:
        pass


def topics_until_the_end(page: Client) -> set[str]:
    page.send(type="anything")
    assert page.closed_with() == 1003
    return {topic for frame in page.frames if frame["type"] == "changed" for topic in frame["topics"]}


def test_whoever_signs_out_or_loses_the_account_is_disconnected(
    page_of: PageOf, client_of: Callable[[User], Browser], reviewer: User, legal: User
) -> None:
    browser = client_of(reviewer)
    here, elsewhere, other = page_of(browser), page_of(client_of(reviewer)), page_of(client_of(legal))
    browser.logout()
    assert here.closed_with() == SIGNED_OUT
    told(reviewer)
    assert elsewhere.read() == NUDGE  # another sign-in of the same person goes on
    User.objects.filter(pk=legal.pk).update(is_active=False)
    assert other.closed_with() == SIGNED_OUT


def test_one_person_cannot_hold_pages_without_end(
    page_of: PageOf, client_of: Callable[[User], Browser], reviewer: User
) -> None:
    browser = client_of(reviewer)
    pages = [page_of(browser) for _ in range(MOST_OF_ONE_PERSON + 1)]
    assert pages[0].closed_with() == TOO_MANY
    told(reviewer)
    assert pages[1].read() == pages[-1].read() == NUDGE
    for page in pages[1:]:
        page.leave()


@pytest.mark.parametrize("said", ["", "cases", "cases nonsense", "nonsense 00000000000040008000000000000000", "\ufffd"])
def test_what_another_version_says_between_our_processes_is_nothing(said: str) -> None:
    assert parsed(said) is None
