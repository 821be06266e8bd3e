"""What a claim's choice costs, counted in buffers and rows, which have no noise: flat in everything that grows."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from project.accounts.models import User
from reviews.models import Clip
from reviews.queue import WINDOW, Wanted, next_statement
from reviews.turns import needs_met_by
from tests.reviews.queue_rows import a_million, many_clips, without_statistics

pytestmark = pytest.mark.django_db
QUEUED, DONE = 30_000, 30_000
MOST_BUFFERS = 50


def explain(wanted: Wanted) -> dict[str, Any]:
    """As the claim sends it: prepared, and planned for whatever values may come (settings: force_generic_plan)."""
    sql, parameters = next_statement(wanted)
    names = list(parameters)
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", sql)
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone()[0] == "force_generic_plan"
        cursor.execute(f"PREPARE choice AS {numbered}")
        values = ", ".join(["%s"] * len(names))
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE choice({values})", list(parameters.values()))
        found = cursor.fetchone()[0]
        cursor.execute("DEALLOCATE choice")
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def buffers(plan: dict[str, Any]) -> int:
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in nodes(plan) if node.get("Relation Name") == "reviews_clip"]


def check(wanted: Wanted, index: str) -> dict[str, Any]:
    """Twice, since the first look at fresh pages also sets their hint bits; then the plan and its cost."""
    explain(wanted)
    plan = explain(wanted)
    used = {node.get("Index Name") for node in scans(plan)}
    assert used == {index, "reviews_clip_pkey"}, used
    assert buffers(plan) <= MOST_BUFFERS, buffers(plan)
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans(plan)) <= 20
    return plan


def lock_next(wanted: Wanted, *, window: int | None = None) -> Clip | None:
    """What the claim would choose, in the bounded look or in the whole lane."""
    found = list(Clip.objects.raw(*next_statement(wanted, window)))
    return found[0] if found else None


@pytest.fixture(autouse=True)
def fresh_table() -> None:
    """Other tests' rolled-back rows would still lie in the indexes; a truncated table is a new file until rollback."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reviews_clip CASCADE")


@pytest.fixture
def me(reviewer: User) -> Wanted:
    return Wanted(reviewer.pk, ("en-US", "und"), max_severity=3)


def with_severity(me: Wanted, severity: int) -> Wanted:
    return Wanted(me.person_id, me.locales, severity, me.opt_out)


def test_it_stays_on_the_queues_index_however_much_is_queued_or_done(me: Wanted) -> None:
    many_clips(DONE, state="reviewed", severity=0)
    many_clips(QUEUED)
    for statistics in (without_statistics, analyze):
        statistics()
        for severity, index in ((3, "queue_open_to_3"), (2, "queue_open_to_2"), (1, "queue_open_to_1")):
            check(with_severity(me, severity), index)


def test_it_costs_the_same_for_a_hundred_clips_and_for_many(me: Wanted) -> None:
    many_clips(100)
    analyze()
    few = buffers(check_cost(me))
    many_clips(QUEUED, severity=0)
    analyze()
    assert buffers(check_cost(me)) <= few + 12  # a deeper index, no more


def test_it_does_not_walk_past_what_somebody_cannot_take(me: Wanted) -> None:
    """20,000 grave clips stand before the only light one."""
    many_clips(20_000, severity=3)
    many_clips(1, severity=1)
    for statistics in (without_statistics, analyze):
        statistics()
        check(with_severity(me, 2), "queue_open_to_2")
    found = lock_next(with_severity(me, 2))
    assert found is not None
    assert found.predicted_severity == 1


def test_it_does_not_walk_past_categories_that_somebody_opted_out_of(me: Wanted) -> None:
    """20,000 clips of that category stand before the only other one, and the person gets that."""
    many_clips(20_000, categories=["violence"])
    many_clips(1)
    analyze()
    gentle = Wanted(me.person_id, me.locales, 3, frozenset({"violence"}))
    explain(gentle)
    assert buffers(explain(gentle)) <= MOST_BUFFERS  # one bounded look at the lane of predicted categories
    found = lock_next(gentle)
    assert found is not None
    assert found.predicted_categories == []


def test_it_does_not_walk_past_other_locales(me: Wanted) -> None:
    many_clips(20_000, locale="de-DE")
    many_clips(1)
    without_statistics()
    check(me, "queue_open_to_3")


def test_with_nothing_but_unwanted_clips_it_still_finds_the_last_one(me: Wanted) -> None:
    """The bounded look finds nothing; the look through the whole lane, which only then comes, does."""
    many_clips(300, seen_by=[me.person_id])
    many_clips(1, categories=["violence"], seen_by=[me.person_id])
    assert lock_next(me) is None
    many_clips(1, severity=0, seen_by=[uuid4()])
    Clip.objects.filter(predicted_severity=0).update(priority=0, queued_at=timezone.now())
    assert lock_next(me, window=WINDOW) is None
    found = lock_next(me)
    assert found is not None
    assert found.predicted_severity == 0


@pytest.mark.timeout(300)
def test_at_a_million_queued_and_half_a_million_done_it_reads_fifty_pages_at_most(me: Wanted) -> None:
    """For anybody; for who reviewed all that is done; and for one who opted out of what every tenth clip is."""
    a_million(me.person_id)
    gentle = Wanted(me.person_id, me.locales, 3, frozenset({"violence"}))
    fresh = Wanted(uuid4(), me.locales, 3)
    for statistics in (without_statistics, analyze):
        statistics()
        for wanted in (me, gentle, fresh):
            for severity, index in ((3, "queue_open_to_3"), (2, "queue_open_to_2"), (1, "queue_open_to_1")):
                plan = explain(replace(wanted, max_severity=severity))
                assert {node.get("Index Name") for node in scans(plan)} == {index, "reviews_clip_pkey"}
                assert buffers(plan) <= MOST_BUFFERS, buffers(plan)


def check_cost(wanted: Wanted) -> dict[str, Any]:
    explain(wanted)
    return explain(wanted)


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reviews_clip")


def test_a_skill_is_a_lane_like_any_other(me: Wanted) -> None:
    """One skill and two languages, the usual case: eight lanes. Clips that ask for another are never looked at."""
    many_clips(20_000, skill="legalese")
    many_clips(QUEUED, skill="medical")
    many_clips(QUEUED)
    skilled = Wanted(me.person_id, me.locales, 3, me.opt_out, needs_met_by(["medical"]))
    for statistics in (without_statistics, analyze):
        statistics()
        check(me, "queue_open_to_3")
        check(skilled, "queue_open_to_3")
    found = lock_next(me)
    assert found is not None
    assert found.skill == ""


def test_deciding_looks_at_lanes_that_are_nearly_always_empty(me: Wanted) -> None:
    """An adjudicator, one language and what names none: eight lanes again."""
    many_clips(QUEUED)
    deciding = Wanted(me.person_id, me.locales, 3, me.opt_out, needs_met_by(["adjudicator"]))
    for statistics in (without_statistics, analyze):
        statistics()
        check(deciding, "queue_open_to_3")
