"""The annotation feed: what may be learnt from, in an order that misses nothing, and what must be dropped again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction
from rest_framework.test import APIClient

from project.accounts.models import User
from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.erasures import order_erasure
from reviews.actions.feed import read_feed
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.cursors import START
from reviews.erasure_states import Reason
from reviews.models import Clip, Lease, Review, Shift
from reviews.states import Activation, FlagKind
from tests.reviews.conftest import Ingest

pytestmark = pytest.mark.django_db
FEED = "/api/v1/annotations/"


@pytest.fixture
def feed(feed_service: User, api_of: Callable[..., APIClient]) -> APIClient:
    return api_of(feed_service, scope="feed")


@pytest.fixture
def reviewed(reviewer: User, shift: Shift, ingest: Ingest, now: datetime) -> Callable[..., Clip]:
    def one(findings: Findings | None = None, **fields: Any) -> Clip:
        clip = ingest(**fields)
        lease = leases.claim(acting_user=reviewer, now=now).lease
        assert lease is not None
        review_clip(lease.pk, findings or Findings(Activation.RIGHT, 1), acting_user=reviewer, now=now)
        return clip

    return one


def test_it_carries_what_was_found_with_the_corrected_transcript(
    feed: APIClient, reviewed: Callable[..., Clip]
) -> None:
    clip = reviewed(Findings(Activation.RIGHT, 0, transcript="call mum", labels=["call"]), transcript="call mom")
    (entry,) = feed.get(FEED).json()["results"]
    assert entry["kind"] == "annotation"
    assert entry["clip"] == str(clip.pk)
    assert (entry["transcript"], entry["machine_transcript"]) == ("call mum", "call mom")
    assert (entry["labels"], entry["activation"], entry["locale"]) == (["call"], "right", "en-US")


def test_flagged_and_accidental_ones_never_get_there(feed: APIClient, reviewed: Callable[..., Clip]) -> None:
    reviewed(Findings(Activation.RIGHT, 1, flags=[Raised(FlagKind.CRITICAL, "phone")]))
    reviewed(Findings(Activation.RIGHT, 1, flags=[Raised(FlagKind.CRIMINAL, "threat")]))
    reviewed(Findings(Activation.FALSE, 0))
    assert feed.get(FEED).json() == {"results": [], "next": str(START), "has_more": False}


def test_the_cursor_goes_on_where_it_was(feed: APIClient, reviewed: Callable[..., Clip]) -> None:
    clips = [str(reviewed().pk) for _ in range(3)]
    first = feed.get(FEED, {"limit": 2}).json()
    assert first["has_more"]
    second = feed.get(FEED, {"after": first["next"], "limit": 2}).json()
    assert not second["has_more"]
    assert sorted(entry["clip"] for entry in first["results"] + second["results"]) == sorted(clips)
    assert feed.get(FEED, {"after": second["next"]}).json()["results"] == []


def test_a_clip_that_is_erased_later_comes_as_a_withdrawal_and_is_not_shown_again(
    feed: APIClient, reviewed: Callable[..., Clip], now: datetime
) -> None:
    clip = reviewed(transcript="my secret")
    cursor = feed.get(FEED).json()["next"]
    order_erasure(Clip.objects.select_for_update().get(pk=clip.pk), Reason.SOURCE_WITHDRAWN, actor=None, now=now)
    later = feed.get(FEED, {"after": cursor}).json()
    assert [(entry["kind"], entry["clip"]) for entry in later["results"]] == [("withdrawal", str(clip.pk))]
    from_the_start = feed.get(FEED)
    assert {entry["kind"] for entry in from_the_start.json()["results"]} == {"withdrawal"}
    assert b"secret" not in from_the_start.content
    assert feed.get(FEED, {"after": later["next"]}).json()["results"] == []


def test_every_read_is_in_the_ledger_without_content(
    feed: APIClient, reviewed: Callable[..., Clip], feed_service: User
) -> None:
    reviewed(transcript="hello")
    first = feed.get(FEED).json()
    feed.get(FEED, {"after": first["next"]})
    reads = Entry.objects.filter(event="feed.read").order_by("at", "pk")
    assert [read.facts["entries"] for read in reads] == [1, 0]
    assert reads[0].facts["after"] == 0
    assert reads[0].facts["upto"] == reads[1].facts["after"] == reads[1].facts["upto"] > 0
    assert all(read.actor_id == feed_service.pk for read in reads)
    assert "hello" not in str([read.facts for read in reads])


def test_it_refuses_strangers_other_scopes_and_odd_cursors(
    feed: APIClient, ingest_service: User, reviewer: User, api_of: Callable[..., APIClient]
) -> None:
    assert APIClient().get(FEED).status_code == 401
    assert api_of(ingest_service, scope="ingest").get(FEED).status_code == 404
    assert api_of(reviewer).get(FEED).status_code == 404
    assert feed.post(FEED).status_code == 405
    odd = ({"after": "x"}, {"after": -1}, {"after": "A" * 22 + "!"}, {"limit": 0}, {"limit": 201}, {"page": 2})
    for query in odd:
        assert feed.get(FEED, query).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_review_that_commits_late_is_not_missed(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, ingest: Ingest, now: datetime
) -> None:
    """One review is written first and commits last; a reader who came in between still gets it afterwards."""
    late, early = ingest(), ingest()
    mine = _reviewed(late, shift, now)
    written, may_commit = Event(), Event()

    def commits_late() -> None:
        with transaction.atomic():
            mine.save(force_insert=True)
            written.set()
            may_commit.wait(20)
        connections.close_all()

    thread = Thread(target=commits_late)
    thread.start()
    written.wait(20)
    _reviewed(early, other_shift, now).save(force_insert=True)
    first = read_feed(START, limit=10, acting_user=reviewer, now=now)
    may_commit.set()
    thread.join()
    second = read_feed(first.cursor, limit=10, acting_user=reviewer, now=now)
    assert [entry["clip"] for entry in first.entries] == [str(early.pk)]
    assert [entry["clip"] for entry in second.entries] == [str(late.pk)]


def _reviewed(clip: Clip, shift: Shift, now: datetime) -> Review:
    """An unsaved review of this clip by the person on this shift."""
    Clip.objects.filter(pk=clip.pk).update(state="reviewed", reviewed_at=now)
    lease = Lease.objects.create(
        clip=clip,
        shift=shift,
        person=shift.person,
        state="reviewed",
        claimed_at=now,
        expires_at=now + timedelta(minutes=9),
        ended_at=now,
    )
    return Review(
        clip=clip, lease=lease, person=shift.person, reviewed_at=now, activation="right", severity=0, is_offered=True
    )
