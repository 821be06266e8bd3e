"""Nobody sends more than they may, whatever the order of time, and nobody pays for somebody else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from project.allowance import Allowances

moments = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=300).map(sorted)


@given(moments, st.integers(1, 20), st.integers(1, 50))
def test_never_more_than_the_burst_and_what_filled_since(times, a_second, at_once):
    allowances = Allowances(a_second, at_once)
    passed = [time for time in times if allowances.take("one", time) == 0.0]
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            span = passed[last] - passed[first]
            assert last - first + 1 <= at_once + span * a_second + 1.001


@given(moments)
def test_a_clock_that_jumps_back_gives_nothing_away(times):
    allowances = Allowances(1, 5)
    for time in [*times, *reversed(times)]:
        allowances.take("one", time)
    assert allowances._buckets["one"].left <= 5


def test_waiting_as_long_as_was_said_is_enough():
    allowances = Allowances(2, 3)
    assert [allowances.take("one", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    wait = allowances.take("one", 0.0)
    assert wait == 0.5
    assert allowances.take("one", wait) == 0.0


def test_one_does_not_pay_for_another():
    allowances = Allowances(1, 1)
    assert allowances.take("one", 0.0) == 0.0
    assert allowances.take("other", 0.0) == 0.0
    assert allowances.take("one", 0.0) > 0


def test_memory_is_bounded():
    allowances = Allowances(1, 1, most_kept=10)
    for number in range(1000):
        allowances.take(str(number), 0.0)
    assert len(allowances._buckets) == 10
