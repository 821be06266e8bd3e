"""The erasure machine as data: deadlines, back-off, moves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.erasure_states import (
    AFTER_NO_RETURN,
    ALLOWANCE,
    BEFORE_NO_RETURN,
    BULK,
    LONGEST_RETRY,
    MOVES,
    TERMINAL,
    ErasureState,
    Reason,
    retry_after,
)


def test_critical_data_is_due_in_an_hour_and_an_accident_in_a_day():
    assert ALLOWANCE[Reason.CRITICAL_DATA] == timedelta(hours=1)
    assert ALLOWANCE[Reason.ACCIDENTAL] == timedelta(hours=24)


def test_every_reason_has_an_allowance():
    assert set(ALLOWANCE) == set(Reason)


def test_nothing_urgent_is_bulk():
    assert all(ALLOWANCE[reason] >= timedelta(hours=24) for reason in BULK)


def test_every_state_is_before_after_or_at_the_end():
    assert set(ErasureState) == BEFORE_NO_RETURN | AFTER_NO_RETURN | TERMINAL


def test_no_move_leads_back_over_the_point_of_no_return():
    assert not any(MOVES[state] & BEFORE_NO_RETURN for state in AFTER_NO_RETURN | TERMINAL)


def test_only_verifying_leads_to_a_certificate():
    assert [state for state in ErasureState if ErasureState.CERTIFIED in MOVES[state]] == [ErasureState.VERIFYING]


@given(attempts=st.integers(min_value=1, max_value=10_000))
def test_the_wait_grows_up_to_a_ceiling_and_never_shrinks(attempts):
    assert timedelta(0) < retry_after(attempts) <= retry_after(attempts + 1) <= LONGEST_RETRY


def test_an_hours_deadline_sees_several_attempts():
    assert sum((retry_after(n) for n in range(1, 8)), timedelta()) < timedelta(hours=1)


def test_there_is_no_attempt_zero():
    with pytest.raises(ValueError, match="first attempt"):
        retry_after(0)
