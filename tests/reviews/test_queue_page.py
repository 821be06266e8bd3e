"""The supervisor's queue: figures, priority, recall; whose desk it is stays unsaid."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from project.accounts.models import User
from project.problems import Absent
from reviews.actions import queues
from reviews.models import Clip, Lease
from tests.reviews.conftest import Ingest

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(supervisor: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(supervisor)


def test_it_shows_depth_age_and_desks_and_no_names(
    browser: Client, lease: Lease, ingest: Ingest, reviewer: User
) -> None:
    ingest(locale="de-DE", transcript="ganz geheim")
    page = browser.get("/queue/").content.decode()
    assert "de-DE" in page
    assert str(lease.clip_id)[:8] in page
    for hidden in (reviewer.email, "geheim", "light"):
        assert hidden not in page
    desks, _, people = page.partition("What your team can do")
    assert reviewer.name not in desks  # whose desk it is stays unsaid; that they are in the team does not
    assert reviewer.name in people


def test_an_empty_queue_says_so(browser: Client) -> None:
    assert b"Nothing waits" in browser.get("/queue/").content


def test_a_locale_can_be_moved_forward(
    browser: Client, ingest: Ingest, lease: Lease, events: Callable[[], list[str]]
) -> None:
    queued, other = ingest(), ingest(locale="de-DE")
    assert browser.post("/queue/prioritise/", {"locale": "en-US", "priority": "9"}).status_code == 302
    assert Clip.objects.get(pk=queued.pk).priority == 9
    assert Clip.objects.get(pk=other.pk).priority == Clip.objects.get(pk=lease.clip_id).priority == 0
    assert "clip.prioritised" in events()
    assert browser.post("/queue/prioritise/", {"locale": "en-US", "priority": "10"}).status_code == 422
    assert browser.post("/queue/prioritise/", {"locale": "LĆÉ·C", "priority": "1"}).status_code == 400


def test_a_single_clip_too_but_only_while_it_waits(
    supervisor: User, ingest: Ingest, lease: Lease, now: datetime
) -> None:
    queued = ingest()
    assert queues.prioritise(queued.pk, 7, acting_user=supervisor, now=now).priority == 7
    with pytest.raises(queues.NotQueued):
        queues.prioritise(lease.clip_id, 7, acting_user=supervisor, now=now)
    with pytest.raises(Absent):
        queues.prioritise(lease.pk, 7, acting_user=supervisor, now=now)


def test_recall_is_for_the_own_team_and_twice_is_said(
    browser: Client, lease: Lease, other_supervisor: User, client_of: Callable[[User], Client]
) -> None:
    url = f"/queue/leases/{lease.pk}/recall/"
    assert client_of(other_supervisor).post(url).status_code == 404
    assert browser.post(url).status_code == 302
    assert browser.post(url).status_code == 404
    assert Clip.objects.get().state == "queued"


def test_reviewers_find_nothing_here(reviewer: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(reviewer).get("/queue/").status_code == 404
    assert Client().get("/queue/").status_code == 302
