"""Whose turn it is: the plain rules, and that the claim's SQL follows them on random queues."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from project.accounts.models import User
from reviews.models import Clip
from reviews.queue import Wanted, next_statement
from reviews.turns import (
    HEAD_START,
    HOLD_FOR,
    JUST_BEGUN_MS,
    Load,
    Place,
    Seeker,
    fits,
    is_held,
    may_be_held,
    mean_share,
    needs_met_by,
    next_for,
    turn_at,
)  # fmt: skip

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
ME = "me"
ANYBODY = Seeker(ME, frozenset({"en-US"}))


def place(number: int, hours_ago: float, priority: int = 0) -> Place:
    return Place(str(number), "en-US", NOON - timedelta(hours=hours_ago), priority)


def test_priority_comes_first_then_age_within_its_head_start() -> None:
    ordinary, urgent, ancient = place(1, 10), place(2, 0, 9), place(3, 55)
    assert next_for(ANYBODY, [ordinary, urgent]) == urgent
    assert next_for(ANYBODY, [ordinary, urgent, ancient]) == ancient


@settings(max_examples=200, deadline=None)
@given(
    old_priority=st.integers(0, 9),
    newcomers=st.lists(st.tuples(st.integers(0, 9), st.floats(0, 400)), max_size=120),
    claims_an_hour=st.integers(1, 5),
)
def test_nothing_starves_whatever_arrives(
    old_priority: int, newcomers: list[tuple[int, float]], claims_an_hour: int
) -> None:
    """An adversary hands in whatever it likes, whenever it likes: the old clip is only ever overtaken by what came
    within the head start that nine points of priority are worth, so it goes no later than that and what stood then."""
    old = place(0, 0, old_priority)
    waiting = {place(number, -hours, priority) for number, (priority, hours) in enumerate(newcomers, start=1)}
    bound = 9 * HEAD_START / timedelta(hours=1)
    overtaking = sum(hours <= bound for _, hours in newcomers)
    served_before = 0
    for claim in range(2000):
        now = NOON + timedelta(hours=claim / claims_an_hour)
        here = [old, *(one for one in waiting if one.queued_at <= now)]
        found = next_for(ANYBODY, here)
        if found == old:
            break
        assert found is not None
        waiting.discard(found)
        served_before += 1
    assert found == old
    assert served_before <= overtaking


def test_skills_open_lanes_and_deciding_is_one_of_them() -> None:
    assert needs_met_by([]) == ("",)
    assert needs_met_by(["medical"]) == ("", "medical")
    assert needs_met_by(["medical", "adjudicator"]) == ("", "medical", "adjudicator:", "adjudicator:medical")


def test_somebody_above_the_mean_waits_and_never_longer_than_that() -> None:
    mine = Load(sound_ms=600_000, heavy_ms=120_000, last_heavy_at=NOON)
    assert is_held(mine, 0.1, NOON + timedelta(minutes=1))
    assert not is_held(mine, 0.2, NOON + timedelta(minutes=1))
    assert not is_held(mine, 0.1, NOON + HOLD_FOR)
    assert not may_be_held(Load(600_000, 0), NOON)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 1)), min_size=1, max_size=50))
def test_somebody_is_always_free_to_take_the_next_heavy_one(desks: list[tuple[int, float]]) -> None:
    loads = [Load(sound, int(sound * share), NOON) for sound, share in desks]
    counting = [load for load in loads if load.counts]
    mean = mean_share(loads)
    assert not counting or any(not is_held(load, mean, NOON) for load in counting)


def test_who_has_had_much_and_nothing_heavy_is_not_counted() -> None:
    assert mean_share([Load(JUST_BEGUN_MS * 2, 0), Load(1000, 500, NOON)]) == 0.5
    assert mean_share([Load(), Load(1000, 500, NOON)]) == 0.25
    assert mean_share([]) == 0


# The database says the same.

COLUMNS = (
    "id, state, locale, duration_ms, sample_rate, channels, audio_format, byte_size, external_ref_hmac, trigger, "
    "predicted_severity, predicted_categories, priority, skill, is_disputed, ingested_at, queued_at, reviews_wanted, "
    "reviews_done, seen_by, is_in_feed"
)


def a_place(chance: random.Random, people: list[UUID]) -> Place:
    skill = chance.choice(["", "", "medical", "legalese"])
    disputed = chance.random() < 0.2
    return Place(
        id=str(UUID(int=chance.getrandbits(128), version=4)),
        locale=chance.choice(["en-US", "de-DE", "und"]),
        queued_at=NOON - timedelta(minutes=chance.randrange(0, 5000)),
        priority=chance.randrange(10),
        needs=f"adjudicator:{skill}" if disputed else skill,
        severity=chance.choice([None, 0, 1, 2, 3]),
        categories=frozenset(chance.sample(["violence", "phone", "threat"], chance.choice([0, 0, 1, 2]))),
        seen_by=frozenset(map(str, chance.sample(people, chance.randrange(3)))),
    )


def insert(places: list[Place]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO reviews_clip ({COLUMNS}) VALUES (%s, 'queued', %s, 5000, 16000, 1, 'wav', 1, %s, 'button', "
            "%s, %s::varchar[], %s, %s, %s, now(), %s, 2, 0, %s::uuid[], false)",
            [
                (
                    one.id, one.locale, UUID(one.id).bytes * 2, one.severity, sorted(one.categories), one.priority,
                    one.needs.removeprefix("adjudicator:"), one.needs.startswith("adjudicator:"), one.queued_at,
                    sorted(one.seen_by),
                )
                for one in places
            ],
        )  # fmt: skip


def seeker(chance: random.Random, people: list[UUID]) -> Wanted:
    skills = chance.sample(["medical", "legalese", "adjudicator"], chance.randrange(4))
    locales = tuple({*chance.sample(["en-US", "de-DE"], chance.randrange(3)), "und"})
    opt_out = frozenset(chance.sample(["violence", "threat"], chance.randrange(3)))
    return Wanted(chance.choice(people), locales, chance.randrange(4), opt_out, needs_met_by(skills))


def as_seeker(wanted: Wanted) -> Seeker:
    return Seeker(
        str(wanted.person_id), frozenset(wanted.locales), frozenset(wanted.needs), wanted.max_severity, wanted.opt_out
    )


@pytest.mark.django_db
def test_the_claims_sql_chooses_what_the_plain_rules_choose(reviewer: User) -> None:
    """Forty random queues of up to sixty clips, five people each."""
    chance = random.Random(20190410)
    people = [uuid4() for _ in range(6)]
    chosen = 0
    for _ in range(40):
        Clip.objects.all().delete()
        places = [a_place(chance, people) for _ in range(chance.randrange(60))]
        insert(places)
        for wanted in (seeker(chance, people) for _ in range(5)):
            expected = next_for(as_seeker(wanted), places)
            found = list(Clip.objects.raw(*next_statement(wanted, None)))
            assert [str(clip.pk) for clip in found] == ([expected.id] if expected else [])
            chosen += expected is not None
            assert expected is None or fits(expected, as_seeker(wanted))
    assert chosen > 100  # the comparison was about something


@pytest.mark.django_db
def test_turns_are_stored_as_the_plain_rule_says() -> None:
    chance = random.Random(7)
    places = [a_place(chance, [uuid4() for _ in range(3)]) for _ in range(50)]
    insert(places)
    by_id = {str(clip.pk): clip for clip in Clip.objects.all()}
    for one in places:
        clip = by_id[one.id]
        assert (clip.turn_at, clip.needs) == (turn_at(one.queued_at, one.priority), one.needs)
