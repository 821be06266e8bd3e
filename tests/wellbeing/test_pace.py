"""The rules of pace one by one, on the numbers of the design."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.wellbeing.people import Listener, minutes, shift_of
from wellbeing import day as days
from wellbeing.day import BreakKind
from wellbeing.limits import Policy, Preferences
from wellbeing.pace import Decision


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_a_fresh_day_is_go_with_everything_allowed(listener: Listener) -> None:
    answer = listener.ask()
    assert (answer.decision, answer.max_severity, answer.code) == (Decision.GO, 3, "go")
    assert answer.break_due_at == listener.now + minutes(50)


def test_without_a_shift_it_is_stop(listener: Listener) -> None:
    listener.window = None
    assert (listener.ask().decision, listener.ask().code) == (Decision.STOP, "no_shift")


def test_at_the_end_of_the_shift_it_is_stop(listener: Listener) -> None:
    listener.waits(540)
    assert (listener.ask().decision, listener.ask().code) == (Decision.STOP, "shift_over")


def test_a_break_is_due_after_fifty_minutes(listener: Listener) -> None:
    answer = listener.listens_until_told()
    assert (answer.decision, answer.code) == (Decision.BREAK, "break_due")
    assert listener.now == listener.heard[0].begins + minutes(50)
    assert answer.until == listener.now + minutes(10)


def test_ten_minutes_without_sound_are_the_break(listener: Listener) -> None:
    listener.listens_until_told()
    listener.waits(9.9)
    assert listener.ask().decision is Decision.BREAK
    listener.waits(0.1)
    assert listener.ask().decision is Decision.GO


def test_short_pauses_count_as_work(listener: Listener) -> None:
    for _ in range(10):
        listener.listens(1)
        listener.waits(4)
    assert listener.ask().code == "break_due"


def test_hearing_one_long_clip_is_no_rest(listener: Listener) -> None:
    listener.listens(30)
    listener.listens(20)
    assert listener.ask().code == "break_due"


def test_sound_that_no_player_reported_may_still_be_playing(listener: Listener) -> None:
    listener.fetches(30)
    listener.waits(30)
    listener.fetches(30)
    listener.waits(25)
    assert listener.ask().code == "break_due"
    listener.waits(14.9)
    assert listener.ask().code == "break_due"
    listener.waits(0.1)
    assert listener.ask().may_go


def test_a_long_gap_is_rest_without_being_announced(listener: Listener) -> None:
    listener.listens(40)
    listener.waits(10)
    listener.listens(20)
    assert listener.ask().may_go


def test_a_break_put_off_comes_at_a_hundred_and_is_twice_as_long(listener: Listener) -> None:
    listener.listens(50)
    listener.puts_off()
    assert listener.ask().may_go
    listener.listens_until_told()
    assert listener.now == listener.heard[0].begins + minutes(100)
    assert listener.ask().until == listener.now + minutes(20)
    listener.waits(19)
    assert listener.ask().code == "break_due"
    listener.waits(1)
    assert listener.ask().may_go


def test_ten_minutes_do_not_pay_for_a_break_put_off(listener: Listener) -> None:
    listener.listens(50)
    listener.puts_off()
    listener.listens(49)
    listener.waits(10)
    listener.listens(1)
    assert listener.ask().code == "break_due"


def test_on_a_break_nothing_comes_until_it_ends(listener: Listener) -> None:
    listener.takes_a_break()
    answer = listener.ask()
    assert (answer.decision, answer.code, answer.until) == (Decision.BREAK, "on_break", listener.now + minutes(10))
    listener.waits(10)
    assert listener.ask().may_go


def test_a_break_ended_early_is_no_rest_yet(listener: Listener) -> None:
    listener.listens(50)
    listener.takes_a_break()
    listener.waits(4)
    listener.day = days.off_break(listener.day)
    assert listener.ask().until == listener.now + minutes(6)


def test_a_meal_lasts_an_hour_and_is_rest(listener: Listener) -> None:
    listener.listens(50)
    listener.takes_a_break(BreakKind.MEAL)
    listener.waits(59)
    assert listener.ask().code == "on_break"


def test_a_paused_shift_waits_for_the_person(listener: Listener) -> None:
    listener.window = shift_of(paused_since=listener.now)
    assert (listener.ask().decision, listener.ask().until) == (Decision.BREAK, None)


def test_after_a_gravest_clip_comes_a_cool_down_of_fifteen_minutes(listener: Listener) -> None:
    listener.listens(1, 3)
    answer = listener.ask()
    assert (answer.decision, answer.until) == (Decision.COOL_DOWN, listener.now + minutes(15))
    listener.waits(15)
    assert (listener.ask().decision, listener.ask().max_severity) == (Decision.GO, 2)


def test_another_gravest_comes_only_when_asked_for(listener: Listener) -> None:
    listener.listens(1, 3)
    listener.waits(15)
    listener.day = days.asked_for_gravest(listener.day, listener.now)
    assert listener.ask().max_severity == 3
    listener.listens(1, 3)
    listener.waits(15)
    assert listener.ask().max_severity == 2


def test_asking_does_not_shorten_the_cool_down(listener: Listener) -> None:
    listener.listens(1, 3)
    listener.day = days.asked_for_gravest(listener.day, listener.now)
    assert listener.ask().decision is Decision.COOL_DOWN


def test_a_new_shift_is_not_asking(listener: Listener) -> None:
    listener.listens(1, 3)
    listener.waits(30)
    listener.window = shift_of(begins=listener.now)
    assert listener.ask().max_severity == 2


def test_the_persons_own_word_starts_the_cool_down(listener: Listener) -> None:
    listener.listens(1, 0, says=3)
    assert listener.ask().decision is Decision.COOL_DOWN


def test_the_persons_own_word_ends_a_cool_down_that_was_only_predicted(listener: Listener) -> None:
    listener.listens(1, 3, says=1)
    assert (listener.ask().decision, listener.ask().max_severity) == (Decision.GO, 3)


def test_heavy_material_ends_after_two_hours_on_end(listener: Listener) -> None:
    listener.preferences = Preferences()
    while listener.ask().max_severity >= 2:
        if not listener.ask().may_go:
            listener.waits(10)
        else:
            listener.listens(5, 2)
    assert listener.ask().code in {"break_due", "heavy_run_spent"}
    heavy = sum((heard.ends - heard.begins for heard in listener.heard), timedelta())
    assert heavy == minutes(120)
    listener.waits(29.9)
    assert listener.ask().max_severity == 1
    listener.waits(0.1)
    assert listener.ask().max_severity == 3


def test_heavy_material_ends_after_four_hours_a_day(listener: Listener) -> None:
    for _ in range(8):
        listener.listens(30, 2)
        listener.waits(30)
    assert (listener.ask().code, listener.ask().max_severity) == ("heavy_day_spent", 1)


def test_nothing_heavy_in_the_last_half_hour(listener: Listener) -> None:
    listener.waits(509.9)
    assert listener.ask().max_severity == 3
    listener.waits(0.2)
    assert (listener.ask().code, listener.ask().max_severity) == ("winding_down", 1)


def test_nothing_heavy_on_a_third_day_running(listener: Listener) -> None:
    for _ in range(2):
        listener.listens(10, 2)
        listener.waits(24 * 60 - 10)
        listener.window = shift_of(begins=listener.now)
    assert (listener.ask().code, listener.ask().max_severity) == ("heavy_days_spent", 1)
    listener.listens(10, 0)
    listener.waits(24 * 60)
    listener.window = shift_of(begins=listener.now)
    assert listener.ask().max_severity == 3


def test_every_other_day_is_not_running(listener: Listener) -> None:
    for _ in range(4):
        listener.listens(10, 2)
        listener.waits(48 * 60 - 10)
        listener.window = shift_of(begins=listener.now)
    assert listener.ask().max_severity == 3


def test_the_quota_of_the_shift_is_a_ceiling(listener: Listener) -> None:
    listener.window = shift_of(max_clips=20, clips_used=20)
    assert (listener.ask().decision, listener.ask().code) == (Decision.STOP, "clips_spent")


def test_a_second_shift_does_not_bring_a_second_quota(listener: Listener) -> None:
    listener.day = days.replace(days.Day(began_at=listener.now, last_work_at=listener.now), clips=638)
    assert listener.ask().code == "clips_spent"
    listener.waits(11 * 60)
    listener.window = shift_of(begins=listener.now)
    assert listener.ask().may_go


def test_listening_ends_when_its_minutes_are_spent(listener: Listener) -> None:
    for _ in range(7):
        listener.listens(49.5)
        listener.waits(10)
    assert listener.ask().code == "minutes_spent"


def test_a_clock_that_goes_back_frees_nobody(listener: Listener) -> None:
    listener.listens(50, 3)
    listener.waits(-45)
    assert listener.ask().decision is Decision.COOL_DOWN
    listener.listens(1, 0)
    assert listener.ask().decision is Decision.COOL_DOWN


def test_a_shifts_own_policy_counts_rests_too(listener: Listener) -> None:
    """Planned with breaks of 20 after 40: twelve minutes are no rest, whatever the team's policy calls one."""
    listener.begins_a_shift(540, {"break_after_minutes": 40, "break_minutes": 20})
    listener.listens(25)
    listener.waits(12)
    listener.listens(3)
    assert listener.ask().code == "break_due"
    listener.waits(20)
    assert listener.ask().may_go


def test_a_second_short_shift_has_ceilings_of_its_own(listener: Listener) -> None:
    listener.begins_a_shift(100)
    listener.listens(49)
    listener.waits(10)
    listener.listens(20)
    assert listener.ask().code == "minutes_spent"
    listener.waits(30)
    listener.begins_a_shift(100)
    assert listener.ask().may_go


def test_short_shifts_do_not_add_up_to_more_than_a_day(listener: Listener) -> None:
    spent = 0.0
    for _ in range(12):
        listener.begins_a_shift(100)
        while listener.ask().may_go:
            listener.listens(10)
            spent += 10
            if listener.ask().code == "break_due":
                listener.waits(10)
        listener.waits(10)
    assert 345 <= spent < 355


def test_heavy_minutes_shrink_with_the_shift(listener: Listener) -> None:
    listener.begins_a_shift(90)
    listener.listens(38, 2)
    assert listener.ask().max_severity == 3
    listener.listens(2, 2)
    assert (listener.ask().code, listener.ask().max_severity) == ("heavy_day_spent", 1)


def test_fetched_ahead_and_not_played_is_no_gravest_clip(listener: Listener) -> None:
    listener.fetches_ahead(2, 3)
    assert (listener.ask().decision, listener.ask().max_severity) == (Decision.GO, 3)


def test_a_clock_set_back_serves_nothing_until_it_has_caught_up(listener: Listener) -> None:
    listener.listens(5)
    listener.waits(-30)
    answer = listener.ask()
    assert (answer.decision, answer.code, answer.until) == (Decision.BREAK, "clock_behind", listener.heard[0].ends)
    listener.waits(29.5)
    assert listener.ask().may_go


def test_two_machines_clocks_may_differ_a_little(listener: Listener) -> None:
    listener.listens(5)
    listener.waits(-0.5)
    assert listener.ask().may_go


def test_a_clock_set_back_does_not_lengthen_a_shift(listener: Listener) -> None:
    listener.waits(539)
    listener.listens(0.5)
    listener.day = days.replace(listener.day, last_work_at=listener.window.ends_at)
    listener.waits(-300)
    assert listener.ask().code == "shift_over"


def test_a_report_under_a_clock_set_back_is_believed(listener: Listener) -> None:
    listener.listens(10, jump=-60)
    assert listener.day.work_ms == 600_000


def test_a_policy_made_gentler_during_a_shift_ends_it_earlier(listener: Listener) -> None:
    listener.waits(200)
    listener.policy = Policy(shift_minutes=180)
    assert listener.ask().code == "shift_over"
