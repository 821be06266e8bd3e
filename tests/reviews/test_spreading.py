"""Heavy clips go evenly to the people who take them; what came to whose desk shows nowhere."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from project.accounts.models import User
from reviews.actions import leases
from reviews.actions.findings import Findings
from reviews.actions.reviews import review_clip
from reviews.actions.shifts import start_shift
from reviews.actions.spreading import mean_share
from reviews.models import Clip, Shift
from reviews.states import Activation
from reviews.turns import HOLD_FOR, Load
from reviews.turns import mean_share as plain_mean
from tests.reviews.queue_rows import many_clips
from wellbeing.models import WellbeingPreferences

pytestmark = pytest.mark.django_db


def work(person: User, now: datetime) -> int | None:
    """Claim the next and be done with it. How heavy it was predicted, None when nothing came."""
    lease = leases.claim(acting_user=person, now=now).lease
    if lease is None:
        return None
    review_clip(lease.pk, Findings(Activation.RIGHT, severity=0), acting_user=person, now=now)
    return lease.clip.predicted_severity


def heavy_first(heavies: int, lights: int) -> None:
    """The heavy ones have waited longest."""
    many_clips(heavies, severity=2)
    many_clips(lights, severity=0)
    Clip.objects.update(priority=0)
    Clip.objects.filter(predicted_severity=2).update(queued_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))


def test_the_first_at_the_desk_does_not_carry_them_all(
    reviewer: User, other_reviewer: User, shift: Shift, other_shift: Shift, now: datetime
) -> None:
    heavy_first(10, 40)
    mine = [work(reviewer, now) for _ in range(12)]
    assert mine.count(2) == 1  # then lighter ones, while it is the other's turn
    theirs = [work(other_reviewer, now) for _ in range(12)]
    assert 1 <= theirs.count(2) <= 3
    shares = [Shift.objects.get(pk=one.pk).heavy_ms for one in (shift, other_shift)]
    assert max(shares) <= 3 * min(shares)


def test_somebody_alone_takes_what_comes(reviewer: User, shift: Shift, now: datetime) -> None:
    heavy_first(3, 10)
    assert [work(reviewer, now) for _ in range(4)] == [2, 2, 2, 0]


def test_with_nothing_lighter_they_are_not_left_with_nothing(
    reviewer: User, shift: Shift, other_shift: Shift, now: datetime
) -> None:
    heavy_first(3, 0)
    assert [work(reviewer, now) for _ in range(4)] == [2, 2, 2, None]


def test_it_is_nobodys_turn_for_ever(reviewer: User, shift: Shift, other_shift: Shift, now: datetime) -> None:
    heavy_first(2, 10)
    assert [work(reviewer, now), work(reviewer, now)] == [2, 0]
    Shift.objects.filter(pk=shift.pk).update(last_heavy_at=now - HOLD_FOR)
    assert work(reviewer, now) == 2


def test_people_of_other_languages_do_not_hold_anybody_back(
    reviewer: User, far_reviewer: User, shift: Shift, now: datetime
) -> None:
    far_reviewer.locales = ["de-DE"]
    start_shift(acting_user=far_reviewer, now=now)
    heavy_first(3, 10)
    assert [work(reviewer, now) for _ in range(3)] == [2, 2, 2]


def test_who_takes_none_does_not_count(reviewer: User, other_reviewer: User, shift: Shift, now: datetime) -> None:
    WellbeingPreferences.objects.create(person=other_reviewer, heaviest=1)
    assert not start_shift(acting_user=other_reviewer, now=now).takes_heavy
    heavy_first(3, 10)
    assert [work(reviewer, now) for _ in range(3)] == [2, 2, 2]


def test_handed_back_unheard_it_does_not_count(api: APIClient, reviewer: User, shift: Shift, now: datetime) -> None:
    heavy_first(1, 0)
    lease = leases.claim(acting_user=reviewer, now=now).lease
    assert lease is not None
    shift.refresh_from_db()
    assert (shift.sound_ms, shift.heavy_ms, shift.last_heavy_at) == (5000, 5000, now)
    api.post(f"/api/v1/leases/{lease.pk}/release/")
    shift.refresh_from_db()
    assert (shift.sound_ms, shift.heavy_ms, shift.clips_used) == (0, 0, 0)


def test_the_mean_is_the_plain_rules_mean(shift: Shift, other_shift: Shift, now: datetime) -> None:
    Shift.objects.filter(pk=shift.pk).update(sound_ms=400_000, heavy_ms=100_000, last_heavy_at=now)
    Shift.objects.filter(pk=other_shift.pk).update(sound_ms=900_000, heavy_ms=0)
    loads = [Load(one.sound_ms, one.heavy_ms) for one in Shift.objects.all()]
    assert mean_share(("en-US", "und"), now) == plain_mean(loads) == 0.25
    Shift.objects.filter(pk=other_shift.pk).update(sound_ms=1000)
    assert mean_share(("en-US", "und"), now) == 0.125
    assert mean_share(("en-US", "und"), now + timedelta(hours=10)) == 0  # nobody is at work any more


def test_only_who_had_a_heavy_one_pays_a_statement_more(
    reviewer: User, shift: Shift, other_shift: Shift, now: datetime
) -> None:
    many_clips(5, severity=0)
    many_clips(5, severity=2)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            leases.claim(acting_user=reviewer, now=now)
        return len(captured)

    light = statements()
    Shift.objects.filter(pk=shift.pk).update(sound_ms=5000, heavy_ms=5000, last_heavy_at=now)
    assert statements() <= light + 1


def test_no_page_and_no_answer_has_anybodys_load(
    reviewer: User, supervisor: User, shift: Shift, now: datetime, api: APIClient, api_of: Callable[..., APIClient],
    client_of: Callable[[User], Client],
) -> None:  # fmt: skip
    Shift.objects.filter(pk=shift.pk).update(sound_ms=7_654_321, heavy_ms=1_234_567, last_heavy_at=now)
    answers = [
        api.get("/api/v1/shifts/current/"),
        api.get("/api/v1/desk/"),
        api_of(supervisor).get("/api/v1/queue/"),
        client_of(supervisor).get("/queue/"),
        client_of(reviewer).get("/shifts/"),
        client_of(reviewer).get("/desk/"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for hidden in (b"7654321", b"1234567", b"heavy_ms", b"takes_heavy", b"last_heavy"):
            assert hidden not in answer.content
