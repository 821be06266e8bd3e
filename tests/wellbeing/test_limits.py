"""Ceilings and what policy and preferences make of each other."""

from hypothesis import given
from hypothesis import strategies as st

from tests.wellbeing.strategies import policies, preferences
from wellbeing.limits import (
    FIELDS,
    Policy,
    Preferences,
    clip_ceiling,
    gentlest,
    is_harsher,
    listening_minutes,
)

MINUTES = st.integers(0, 900)


def test_a_full_shift_leaves_345_minutes_of_listening() -> None:
    assert listening_minutes(Policy(), 540) == 345


def test_a_full_shift_has_a_ceiling_of_638_clips() -> None:
    assert clip_ceiling(Policy(), Preferences.none(), 540) == 638


def test_half_a_shift_has_half_the_ceiling() -> None:
    assert clip_ceiling(Policy(), Preferences.none(), 270) == 318


def test_longer_breaks_shrink_the_ceiling() -> None:
    assert clip_ceiling(Policy(), Preferences(break_minutes=20), 540) < 638


def test_a_wished_number_of_clips_is_an_outright_cap() -> None:
    assert clip_ceiling(Policy(), Preferences(max_clips=100), 540) == 100


def test_a_wish_for_more_changes_nothing() -> None:
    assert clip_ceiling(Policy(), Preferences(max_clips=5000, break_minutes=1), 540) == 638


@given(policy=policies(), wishes=preferences())
def test_no_field_gets_harsher(policy: Policy, wishes: Preferences) -> None:
    made = policy.made_gentler_by(wishes)
    assert not any(is_harsher(name, getattr(made, name), getattr(policy, name)) for name in FIELDS)


@given(policy=policies(), wishes=preferences(), minutes=MINUTES)
def test_a_preference_never_raises_the_ceiling(policy: Policy, wishes: Preferences, minutes: int) -> None:
    assert clip_ceiling(policy, wishes, minutes) <= clip_ceiling(policy, Preferences.none(), minutes)


@given(policy=policies(), shorter=MINUTES, longer=MINUTES)
def test_a_shorter_shift_never_allows_more(policy: Policy, shorter: int, longer: int) -> None:
    shorter, longer = sorted((shorter, longer))
    assert listening_minutes(policy, shorter) <= listening_minutes(policy, longer)


@given(policy=policies(), minutes=st.integers(0, 10_000))
def test_no_policy_gets_past_a_thousand_clips(policy: Policy, minutes: int) -> None:
    assert clip_ceiling(policy, Preferences.none(), minutes) <= 638


@given(one=policies(), other=policies())
def test_merging_does_not_depend_on_the_order(one: Policy, other: Policy) -> None:
    assert gentlest((one, other)) == gentlest((other, one))
