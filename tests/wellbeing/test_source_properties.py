"""What counts as heard, whatever the player and the clocks say."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.wellbeing.people import MONDAY
from wellbeing.day import Source

SERVED = st.integers(0, 3_600_000)
HEARD = st.integers(0, 20 * 3_600_000)
AFTER = st.integers(0, 3_600_000)
STEPS = st.lists(st.tuples(st.booleans(), SERVED, HEARD, AFTER), max_size=12)


def at(ms: int) -> datetime:
    return MONDAY + timedelta(milliseconds=ms)


@given(served=st.lists(SERVED))
def test_served_without_a_word_is_heard_to_the_last_byte(served: list[int]) -> None:
    source = Source(MONDAY)
    for ms in served:
        source = source.served(ms)
    assert source.heard_ms == sum(served)


@given(steps=STEPS)
def test_a_report_is_bounded_by_the_clock_and_never_takes_back_what_was_reported(
    steps: list[tuple[bool, int, int, int]],
) -> None:
    source, clock = Source(MONDAY), 0
    for is_report, served_ms, heard_ms, passed_ms in steps:
        clock += passed_ms
        before = source
        source = source.reported(heard_ms, at(clock)) if is_report else source.served(served_ms)
        assert source.reported_ms >= before.reported_ms
        assert source.reported_ms <= clock
        assert source.unreported_ms == (0 if is_report else before.unreported_ms + served_ms)


@given(served=SERVED, heard=HEARD, passed=AFTER, back=st.integers(60_001, 10 * 3_600_000))
def test_a_clock_set_back_hides_nothing(served: int, heard: int, passed: int, back: int) -> None:
    last_work_at = at(passed)
    source = Source(MONDAY).served(served).reported(heard, last_work_at - timedelta(milliseconds=back), last_work_at)
    assert source.heard_ms == heard


@given(served=SERVED, heard=HEARD, passed=AFTER, apart=st.integers(0, 60_000))
def test_clocks_of_two_machines_bound_it_by_the_later(served: int, heard: int, passed: int, apart: int) -> None:
    last_work_at = at(passed)
    source = Source(MONDAY).served(served).reported(heard, last_work_at - timedelta(milliseconds=apart), last_work_at)
    assert source.heard_ms == min(heard, passed)


@given(severity=st.none() | st.integers(0, 3))
def test_unknown_weighs_one(severity: int | None) -> None:
    assert Source(MONDAY, severity=severity).weight == (1 if severity is None else severity)
