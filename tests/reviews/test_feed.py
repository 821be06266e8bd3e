"""The annotation feed: what may be learnt from, in an order that misses nothing, and what must be dropped again."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from project.accounts.models import User
from project.ledger.models import Entry
from reviews.actions import leases
from reviews.actions.erasures import order_erasure
from reviews.actions.feed import read_feed
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.actions.shifts import start_shift
from reviews.cursors import START, Cursor
from reviews.erasure_states import Reason
from reviews.models import Clip, FeedEntry, Lease, Review, Shift
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


def test_a_clip_that_comes_back_is_listed_again(feed: APIClient, reviewed: Callable[..., Clip]) -> None:
    clip = reviewed(transcript="hello")
    cursor = feed.get(FEED).json()["next"]
    for state, kind in (("quarantined", "withdrawal"), ("reviewed", "annotation"), ("quarantined", "withdrawal")):
        Clip.objects.filter(pk=clip.pk).update(state=state)
        later = feed.get(FEED, {"after": cursor}).json()
        assert [entry["kind"] for entry in later["results"]] == [kind]
        cursor = later["next"]


def test_a_cursor_of_a_restored_database_is_noticed(feed: APIClient, reviewed: Callable[..., Clip]) -> None:
    reviewed()
    cursor = feed.get(FEED).json()["next"]
    other = reviewed()
    FeedEntry.objects.update(clip=other)
    answer = feed.get(FEED, {"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor-unknown")


def test_a_page_costs_the_same_however_many_entries_it_has(feed: APIClient, reviewed: Callable[..., Clip]) -> None:
    for _ in range(6):
        reviewed(transcript="hello")
    feed.get(FEED)
    with CaptureQueriesContext(connections["default"]) as one, CaptureQueriesContext(connections["keys"]) as one_key:
        feed.get(FEED, {"limit": 1})
    with CaptureQueriesContext(connections["default"]) as six, CaptureQueriesContext(connections["keys"]) as six_keys:
        assert len(feed.get(FEED, {"limit": 6}).json()["results"]) == 6
    assert (len(six), len(six_keys)) == (len(one), len(one_key))
    assert len(one_key) == 1


def test_following_it_amid_reviews_flags_and_erasures_ends_with_exactly_the_right_set(
    reviewer: User, now: datetime
) -> None:
    """2,000 clips come and go at random while a consumer reads pages of odd sizes by the loop of docs/clips.md."""
    chance = random.Random(7)
    clips = feed_rows(2_000, reviewer, now)
    kept: set[str] = set()
    cursor = START
    for turn in range(40):
        some = chance.sample(clips, 150)
        Clip.objects.filter(pk__in=some[:100], state="queued").update(state="reviewed")
        Clip.objects.filter(pk__in=some[:25], state="reviewed").update(state="quarantined")
        Clip.objects.filter(pk__in=some[100:120], state="quarantined").update(state="reviewed")
        Clip.objects.filter(pk__in=some[120:], state="quarantined").update(state="erasing")
        cursor = follow(cursor, kept, reviewer, now, pages=1 + turn % 3, limit=chance.choice([1, 7, 60, 200]))
    follow(cursor, kept, reviewer, now, pages=1_000, limit=200)
    right = Clip.objects.filter(state="reviewed").values_list("pk", flat=True)
    assert kept == {str(pk) for pk in right}
    assert len(kept) > 300
    anew: set[str] = set()
    follow(START, anew, reviewer, now, pages=1_000, limit=200)
    assert anew == kept, "a consumer that begins today has the same"


def follow(cursor: Cursor, kept: set[str], reader: User, now: datetime, *, pages: int, limit: int) -> Cursor:
    for _ in range(pages):
        page = read_feed(cursor, limit=limit, acting_user=reader, now=now)
        for entry in page.entries:
            kept.add(entry["clip"]) if entry["kind"] == "annotation" else kept.discard(entry["clip"])
        cursor = page.cursor
        if not page.has_more:
            break
    return cursor


def feed_rows(count: int, person: User, now: datetime) -> list[Any]:
    """Queued clips that one person has reviewed already, so that only their state decides."""
    shift = start_shift(acting_user=person, now=now)
    clips = [
        Clip(
            external_ref_hmac=number.to_bytes(32, "big"), duration_ms=1, sample_rate=8_000, channels=1,
            audio_format="wav", byte_size=1, ingested_at=now, queued_at=now,
        )
        for number in range(count)
    ]  # fmt: skip
    Clip.objects.bulk_create(clips)
    over = {"state": "reviewed", "claimed_at": now, "expires_at": now + timedelta(minutes=9), "ended_at": now}
    leases = [Lease(clip=clip, shift=shift, person=person, **over) for clip in clips]
    Lease.objects.bulk_create(leases)
    Review.objects.bulk_create(
        Review(
            clip=lease.clip, lease=lease, person=person, reviewed_at=now, activation="right", severity=0,
            is_offered=True,
        )
        for lease in leases
    )  # fmt: skip
    return [clip.pk for clip in clips]
