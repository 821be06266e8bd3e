"""What Hypothesis draws from: every policy a row may hold, every wish a person may write."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.wellbeing.people import MONDAY, shift_of
from wellbeing.day import BreakKind, Day
from wellbeing.limits import Policy, Preferences, gentlest


def policies() -> st.SearchStrategy[Policy]:
    rows = st.builds(
        Policy,
        shift_minutes=st.integers(10, 540),
        max_clips=st.integers(0, 1000),
        clip_cap=st.integers(0, 1000),
        break_after_minutes=st.integers(5, 50),
        break_minutes=st.integers(10, 120),
        meal_minutes=st.integers(60, 240),
        wellbeing_minutes=st.integers(45, 240),
        heavy_day_minutes=st.integers(0, 240),
        heavy_run_minutes=st.integers(0, 120),
        heavy_rest_minutes=st.integers(30, 540),
        heavy_days=st.integers(0, 2),
        heaviest=st.integers(0, 3),
        cool_down_minutes=st.integers(15, 540),
        wind_down_minutes=st.integers(30, 540),
        rest_between_shifts_minutes=st.integers(660, 2880),
        unplanned_shifts=st.integers(0, 1),
    )
    return st.just(Policy()) | rows.map(lambda row: gentlest((row,)))


def preferences() -> st.SearchStrategy[Preferences]:
    """Harsher wishes too: they must change nothing."""

    def wish(least: int, most: int) -> st.SearchStrategy[int | None]:
        return st.none() | st.integers(least, most)

    return st.builds(
        Preferences,
        opt_out=st.frozensets(st.sampled_from(["child", "violence", "threat"])),
        max_clips=wish(0, 2000),
        break_after_minutes=wish(5, 300),
        break_minutes=wish(1, 120),
        heavy_day_minutes=wish(0, 900),
        heavy_run_minutes=wish(0, 900),
        heaviest=wish(0, 3),
        cool_down_minutes=wish(0, 300),
        wind_down_minutes=wish(0, 300),
    )


def instants() -> st.SearchStrategy:
    return st.integers(-600, 3000).map(lambda count: MONDAY + timedelta(minutes=count))


def windows() -> st.SearchStrategy:
    return st.none() | st.builds(
        shift_of,
        length=st.integers(10, 540),
        begins=instants(),
        max_clips=st.integers(1, 638),
        clips_used=st.integers(0, 638),
        paused_since=st.none() | instants(),
        max_listening_minutes=st.none() | st.integers(0, 345),
        max_heavy_minutes=st.none() | st.integers(0, 240),
    )


def days() -> st.SearchStrategy[Day]:
    """Any Day at all, coherent or not: the rules must be monotone for every one."""
    maybe = st.none() | instants()
    ms = st.integers(0, 6 * 3600 * 1000)
    return st.builds(
        Day,
        began_at=maybe,
        working_since=maybe,
        last_work_at=maybe,
        stretch_ms=ms,
        work_ms=ms,
        clips=st.integers(0, 700),
        deferred=st.booleans(),
        heavy_ms=ms,
        heavy_run_ms=ms,
        heavy_since=maybe,
        last_heavy_at=maybe,
        heavy_days_before=st.integers(0, 4),
        gravest_at=maybe,
        gravest_asked_at=maybe,
        break_kind=st.sampled_from(["", *BreakKind]),
        break_ends_at=maybe,
        shift_began_at=maybe,
        shift_work_ms=ms,
        shift_heavy_ms=ms,
        shift_limits=shift_limits(),
    )


def shift_limits() -> st.SearchStrategy[dict[str, int] | None]:
    """What one shift may be planned with: any of the policy's limits, gentler or harsher, and a name nobody knows."""
    wishes = {
        "break_after_minutes": st.integers(5, 90),
        "break_minutes": st.integers(1, 60),
        "heavy_run_minutes": st.integers(0, 200),
        "heaviest": st.integers(0, 3),
        "cool_down_minutes": st.integers(1, 90),
        "wind_down_minutes": st.integers(1, 90),
        "of_a_later_version": st.integers(0, 9),
    }
    return st.none() | st.fixed_dictionaries({}, optional=wishes)
