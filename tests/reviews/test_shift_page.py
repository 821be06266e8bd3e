"""The page of the own shift works without scripts."""

from collections.abc import Callable

import pytest
from django.test import Client

from project.accounts.models import User
from reviews.models import Lease, Shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(reviewer: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(reviewer)


def test_it_starts_pauses_resumes_and_ends(browser: Client) -> None:
    assert b"at most 638 clips" in browser.get("/shifts/").content
    assert browser.post("/shifts/start/", {"max_clips": "20", "minutes": ""}).status_code == 302
    assert b"0 of at most 20 clips" in browser.get("/shifts/").content
    browser.post("/shifts/pause/")
    assert b"Paused" in browser.get("/shifts/").content
    browser.post("/shifts/resume/")
    assert b"Running" in browser.get("/shifts/").content
    browser.post("/shifts/end/")
    assert Shift.objects.get().state == "ended"


def test_more_than_the_policy_is_said_beside_the_field(browser: Client) -> None:
    answer = browser.post("/shifts/start/", {"max_clips": "900"})
    assert answer.status_code == 422
    assert b"At most 638." in answer.content
    assert browser.post("/shifts/start/", {"max_clips": "many"}).status_code == 422
    assert not Shift.objects.exists()


def test_pressing_twice_is_no_error(browser: Client, shift: Shift) -> None:
    assert browser.post("/shifts/start/").status_code == 302
    for _ in range(2):
        answer = browser.post("/shifts/pause/", follow=True)
        assert answer.status_code == 200
    assert Shift.objects.count() == 1


def test_verbs_are_posts(browser: Client) -> None:
    for verb in ("start", "pause", "resume", "end"):
        assert browser.get(f"/shifts/{verb}/").status_code == 405


def test_strangers_sign_in_and_other_roles_find_nothing(
    supervisor: User, client_of: Callable[[User], Client], lease: Lease
) -> None:
    assert Client().get("/shifts/").status_code == 302
    assert client_of(supervisor).get("/shifts/").status_code == 404
