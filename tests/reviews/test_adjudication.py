"""Several reviews of one clip: independent of each other, one of them stands, and who decides when they disagree."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from project.accounts.access import Role
from project.accounts.models import Team, User
from reviews.actions import leases, returns
from reviews.actions.feed import list_new
from reviews.actions.findings import Findings, Raised
from reviews.actions.reviews import review_clip
from reviews.actions.shifts import start_shift
from reviews.agreement import Opinion, disagree, the_one_that_stands
from reviews.models import Clip, Erasure, FeedEntry, Lease, Review
from reviews.states import Activation, ClipState, FlagKind
from tests.cast import make_user
from tests.reviews.conftest import Ingest

pytestmark = pytest.mark.django_db
RIGHT, FALSE, UNCLEAR = Activation.RIGHT, Activation.FALSE, Activation.UNCLEAR
Review1 = Callable[..., Review]


@pytest.fixture
def people(team: Team, now: datetime) -> list[User]:
    """Four reviewers on shifts; the last one may decide."""
    found = [make_user(f"listener{number}", Role.REVIEWER, team=team) for number in range(3)]
    found.append(make_user("judge", Role.REVIEWER, team=team, skills=["adjudicator"]))
    for person in found:
        start_shift(acting_user=person, now=now)
    return found


@pytest.fixture
def judged(now: datetime) -> Callable[..., Review]:
    """One person claims what comes and says so much of it."""

    def say(person: User, activation: Activation = RIGHT, severity: int = 0, **more: Any) -> Review:
        lease = take(person, now)
        review_clip(lease.pk, Findings(activation, severity, **more), acting_user=person, now=now)
        return Review.objects.get(lease=lease)

    return say


def take(person: User, now: datetime) -> Lease:
    lease = leases.claim(acting_user=person, now=now).lease
    assert lease is not None
    return lease


def test_two_that_agree_are_enough_and_one_of_them_stands(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime
) -> None:
    clip = ingest(reviews_wanted=2)
    first = judged(people[0], severity=1)
    assert Clip.objects.get().state == ClipState.QUEUED
    list_new(now=now)
    assert not FeedEntry.objects.exists()  # one opinion of two is nothing to learn from
    second = judged(people[1], severity=0)
    clip.refresh_from_db()
    assert (clip.state, clip.is_disputed, clip.reviews_done) == (ClipState.REVIEWED, False, 2)
    assert list(Review.objects.filter(is_offered=True)) == [first]
    assert not second.is_decision
    list_new(now=now)
    assert FeedEntry.objects.get().review_id == first.pk


@pytest.mark.parametrize(
    ("one", "other"),
    [((RIGHT, 0), (FALSE, 0)), ((RIGHT, 0), (UNCLEAR, 0)), ((RIGHT, 0), (RIGHT, 2)), ((RIGHT, 3), (RIGHT, 1))],
)
def test_those_that_disagree_wait_for_somebody_who_may_decide(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime, events: Callable[[], list[str]],
    one: tuple[Activation, int], other: tuple[Activation, int],
) -> None:  # fmt: skip
    clip = ingest(reviews_wanted=2)
    judged(people[0], *one)
    judged(people[1], *other)
    clip.refresh_from_db()
    assert (clip.state, clip.is_disputed, clip.needs) == (ClipState.QUEUED, True, "adjudicator:")
    assert not Review.objects.filter(is_offered=True).exists()
    assert not Erasure.objects.exists()
    assert "clip.disputed" in events()
    assert leases.claim(acting_user=people[2], now=now).lease is None  # has not had it, but may not decide
    decision = judged(people[3], RIGHT, 1)
    clip.refresh_from_db()
    assert (clip.state, clip.reviews_done) == (ClipState.REVIEWED, 2)
    assert decision.is_decision
    assert list(Review.objects.filter(is_offered=True)) == [decision]


def test_one_step_apart_in_heaviness_is_no_disagreement(ingest: Ingest, people: list[User], judged: Review1) -> None:
    ingest(reviews_wanted=3)
    for person, severity in zip(people[:3], (1, 2, 1), strict=True):
        judged(person, RIGHT, severity)
    assert Clip.objects.get().state == ClipState.REVIEWED
    assert Review.objects.get(is_offered=True).severity == 1


def test_the_adjudicator_sees_what_was_found_and_not_by_whom(
    ingest: Ingest, people: list[User], judged: Review1, api_of: Callable[[User], APIClient]
) -> None:
    ingest(reviews_wanted=2, transcript="turn on the light")
    judged(people[0], RIGHT, 0, transcript="turn off the light", labels=["command"])
    answer = api_of(people[1]).post("/api/v1/shifts/current/claim/")
    assert "adjudication" not in answer.json()["lease"]
    assert b"turn off" not in answer.content  # independent: nothing of the other's
    api_of(people[1]).post(
        f"/api/v1/leases/{answer.json()['lease']['id']}/review/",
        {"activation": "unclear", "severity": 0},
        format="json",
    )
    judge = api_of(people[3])
    answer = judge.post("/api/v1/shifts/current/claim/")
    found = answer.json()["lease"]["adjudication"]["reviews"]
    assert sorted(found, key=lambda one: one["activation"]) == [
        {
            "activation": "right",
            "severity": 0,
            "blind": False,
            "transcript": "turn off the light",
            "labels": ["command"],
        },
        {"activation": "unclear", "severity": 0, "blind": False, "transcript": None, "labels": []},
    ]
    for person in people[:3]:
        for name in (person.email, person.name, str(person.pk)):
            assert name.encode() not in answer.content
    again = judge.get("/api/v1/desk/").json()["leases"][0]  # a page that is opened again shows it again
    assert len(again["adjudication"]["reviews"]) == 2


def test_nobody_decides_on_what_they_reviewed_themselves(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime
) -> None:
    ingest(reviews_wanted=2)
    judged(people[3], RIGHT, 0)  # who may decide is one of the two this time
    judged(people[0], RIGHT, 3)
    assert Clip.objects.get().is_disputed
    assert leases.claim(acting_user=people[3], now=now).lease is None
    other = make_user("other-judge", Role.REVIEWER, team=people[0].team, skills=["adjudicator"])
    start_shift(acting_user=other, now=now)
    assert leases.claim(acting_user=other, now=now).lease is not None


def test_handed_back_it_waits_for_the_next_adjudicator(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime
) -> None:
    ingest(reviews_wanted=2)
    judged(people[0], RIGHT)
    judged(people[1], UNCLEAR)
    returns.skip(take(people[3], now).pk, acting_user=people[3], now=now)
    clip = Clip.objects.get()
    assert (clip.state, clip.is_disputed) == (ClipState.QUEUED, True)
    assert leases.claim(acting_user=people[3], now=now).lease is None


def test_who_decides_must_also_hold_the_skill_that_the_clip_asks_for(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime
) -> None:
    ingest(reviews_wanted=2, skill="medical")
    for person in people[:2]:
        person.skills = ["medical"]
    judged(people[0], RIGHT)
    judged(people[1], UNCLEAR)
    assert leases.claim(acting_user=people[3], now=now).lease is None
    people[3].skills = ["adjudicator", "medical"]
    assert leases.claim(acting_user=people[3], now=now).lease is not None


def test_a_false_activation_is_erased_once_it_stands(ingest: Ingest, people: list[User], judged: Review1) -> None:
    ingest(reviews_wanted=2)
    judged(people[0], FALSE)
    assert not Erasure.objects.exists()  # the other opinion is still to come
    judged(people[1], FALSE)
    assert Erasure.objects.get().reason == "accidental"
    assert not Review.objects.filter(is_offered=True).exists()


def test_or_once_it_was_decided(ingest: Ingest, people: list[User], judged: Review1) -> None:
    ingest(reviews_wanted=2)
    judged(people[0], FALSE)
    judged(people[1], RIGHT)
    judged(people[3], FALSE)
    assert Erasure.objects.get().reason == "accidental"
    assert not Review.objects.filter(is_offered=True).exists()


def test_a_flag_acts_at_once_whatever_others_would_say(
    ingest: Ingest, people: list[User], judged: Review1, now: datetime
) -> None:
    ingest(reviews_wanted=3)
    judged(people[0], RIGHT, 0, flags=[Raised(FlagKind.CRITICAL, "phone")])
    assert Clip.objects.get().state == ClipState.QUARANTINED
    assert Erasure.objects.get().reason == "critical_data"
    assert all(leases.claim(acting_user=person, now=now).lease is None for person in people)


# The plain rule.

opinions = st.lists(
    st.builds(
        Opinion,
        id=st.uuids(version=4),
        activation=st.sampled_from(["right", "false", "unclear"]),
        severity=st.integers(0, 3),
        reviewed_at=st.datetimes(timezones=st.just(UTC)),
    ),
    min_size=2, max_size=3,
)  # fmt: skip


@given(opinions, st.randoms())
def test_the_order_of_reviews_decides_nothing(found: list[Opinion], chance: Any) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert disagree(shuffled) == disagree(found)
    assert the_one_that_stands(shuffled) == the_one_that_stands(found)


def test_of_two_that_agree_the_graver_stands() -> None:
    at = datetime(2026, 11, 18, tzinfo=UTC)
    light, grave = Opinion(uuid4(), "right", 1, at), Opinion(UUID(int=1), "right", 2, at)
    assert the_one_that_stands([light, grave]) == grave.id
