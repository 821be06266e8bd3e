"""A whole shift at the desk, with a moved clock: clips, a break, a grave one, rest, the last half hour, the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import clips, decide, is_ahead, is_open, judge, listen, rests, start_shift, tone, watch
from tests.browser.test_pages import overflow, serious

pytestmark = pytest.mark.timeout(300)


def looks_again(page: Page) -> None:
    """What a browser tells a page that somebody comes back to."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def label(page: Page) -> str:
    return str(page.locator("#clip-labels").text_content())


def test_a_whole_shift(alone, source, picture):
    clips(source, "cy", 1, 0, 3, 3, 0, 1)
    page, clock = alone("reviewer5", "cy")
    the_day_begins(page)
    a_break_falls_due_and_is_taken(page, clock, picture)
    a_grave_one_and_a_quiet_moment(page, clock, picture)
    nothing_heavy_in_the_last_half_hour(page, clock, source)
    the_shift_ends_by_itself(page, clock, picture)


def the_day_begins(page):
    """One clip after the other."""
    start_shift(page)
    is_open(page)
    listen(page)
    is_ahead(page)
    judge(page, 1)
    is_open(page)


def a_break_falls_due_and_is_taken(page, clock, picture):
    """After fifty minutes. What was fetched ahead, a grave one, goes back unheard; afterwards nothing opens."""
    listen(page)
    is_ahead(page)
    used = clock.used()
    clock.works(50)
    judge(page, 0)
    rests(page, "Time for a break")
    assert clock.used() == used - 1
    expect(page.get_by_role("button", name="Not now")).to_be_visible()
    picture(page, "desk-break-due")
    page.get_by_role("button", name="Start the break").click()
    rests(page, "Your break")
    assert str(page.locator("#rest-left").text_content()).startswith(("9:", "10:"))
    assert serious(page) == []
    clock.rests(11)
    looks_again(page)
    rests(page, "Ready when you are")
    seen = watch(page)
    page.wait_for_timeout(500)
    assert "POST shifts/current/claim/" not in seen
    page.get_by_role("button", name="Take the next clip").click()
    is_open(page)


def a_grave_one_and_a_quiet_moment(page, clock, picture):
    """With ways to help and the shift's end in reach. Then no other grave one, though one waits with more priority."""
    assert "gravest" in label(page)
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
    listen(page)
    judge(page, 3)
    rests(page, "A quiet moment")
    assert str(page.locator("#rest-left").text_content()).startswith(("14:", "15:"))
    for name in ("Support room", "Help for you", "How am I doing?"):
        expect(page.locator("#desk").get_by_role("link", name=name).locator("visible=true")).to_have_count(1)
    expect(page.get_by_role("button", name="End shift")).to_be_visible()
    assert serious(page) == []
    picture(page, "desk-quiet")
    clock.rests(16)
    looks_again(page)
    rests(page, "Ready when you are")
    page.get_by_role("button", name="Take the next clip").click()
    is_open(page)
    assert "ordinary" in label(page)


def nothing_heavy_in_the_last_half_hour(page, clock, source):
    """Though it waits first in line."""
    heavy = source.hand_in(tone(), locale="cy", priority="9", predicted_severity="2")["id"]
    clock.has_left(20)
    listen(page)
    is_ahead(page)
    judge(page, 0)
    is_open(page)
    assert "uneasy" in label(page)
    assert not any(heavy in line for line in clock.leases())


def the_shift_ends_by_itself(page, clock, picture):
    """The clip that was begun may be finished."""
    listen(page)
    clock.has_left(0)
    judge(page, 1)
    expect(page.get_by_role("heading", name="Your shift is over")).to_be_visible()
    assert serious(page) == []
    picture(page, "desk-over")
    page.set_viewport_size({"width": 320, "height": 700})
    assert overflow(page) <= 0
    wait = "import time\nfor _ in range(90):\n    if not shifts.exists():\n        break\n    time.sleep(1)\n"
    assert clock.run(wait + "print(shifts.count())") == "0"


def test_a_clip_that_was_lighter_by_guess_and_grave_in_truth(alone, source):
    """Pace wins always: the next clip is here already, and goes back."""
    first, second = clips(source, "ga", 1, 1)
    page, clock = alone("reviewer6", "ga")
    start_shift(page)
    is_open(page)
    listen(page)
    is_ahead(page)
    answer = judge(page, 3)
    assert answer["next"]["may_open"] is False
    rests(page, "A quiet moment")
    assert clock.leases() == [f"{first} reviewed", f"{second} released"]
    assert clock.used() == 1


def test_a_break_that_falls_due_between_the_label_and_the_sound(alone, source, troubles):
    clips(source, "gd", 0, 0)
    page, clock = alone("reviewer4", "gd")
    start_shift(page)
    is_open(page)
    listen(page)
    is_ahead(page)
    judge(page)
    is_open(page)
    clock.works(50)
    page.keyboard.press("o")
    rests(page, "Time for a break")
    assert clock.used() == 1
    troubles.clear()  # the browser complains of the refusal


def test_ending_the_shift_leaves_nothing_on_the_desk(alone, source):
    clips(source, "kw", 0, 0)
    page, clock = alone("reviewer2", "kw")
    start_shift(page)
    is_open(page)
    is_ahead(page)
    page.get_by_role("button", name="End shift").click()
    expect(page.get_by_role("heading", name="Your shift is over")).to_be_visible()
    assert [line.split()[1] for line in clock.leases()[-2:]] == ["released", "released"]
    page.get_by_role("button", name="Start another shift").click()
    expect(page.get_by_role("button", name="Start my shift")).to_be_visible()
    decide(page)  # keys of the desk do nothing here
