"""What the desk says when there is nothing to do, when others have it all, when a clip is taken back, and to whoever
decides between colleagues."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import clips, complaints, is_open, judge, start_shift
from tests.browser.test_pages import overflow

pytestmark = pytest.mark.timeout(300)


def waits(page: Page, title: str) -> None:
    expect(page.locator("#desk[data-state=waiting]")).to_have_count(1)
    expect(page.locator("#wait-title")).to_have_text(title)


def test_nothing_there_and_everything_taken_are_two_messages(alone, source, picture, troubles):
    one, _ = alone("reviewer1", "lb")
    two, _ = alone("reviewer2", "lb")
    start_shift(one)
    waits(one, "Nothing to do")
    assert complaints(one, troubles) == []
    one.set_viewport_size({"width": 320, "height": 700})
    assert overflow(one) <= 0
    picture(one, "desk-nothing")
    clips(source, "lb", 0)
    one.get_by_role("button", name="Look again").click()
    is_open(one)
    start_shift(two)
    waits(two, "Everything is taken")
    two.get_by_role("button", name="End shift").click()
    expect(two.get_by_role("heading", name="Your shift is over")).to_be_visible()


def test_a_clip_that_a_supervisor_takes_back_says_so_kindly(alone, sits_down, source, troubles):
    page, clock = alone("reviewer3", "li")
    clips(source, "li", 0)
    start_shift(page)
    is_open(page)
    boss = sits_down("supervisor1")
    boss.goto("/queue/")
    lease = page.locator("#desk").get_attribute("data-lease")
    boss.locator(f"form[action='/queue/leases/{lease}/recall/']").get_by_role("button").click()
    boss.wait_for_load_state()
    assert clock.leases()[-1].endswith("recalled")
    expect(page.locator("#trouble")).to_contain_text("says nothing about you", timeout=30_000)
    waits(page, "Nothing to do")
    troubles.clear()  # the browser complains of the refusal


def test_whoever_decides_sees_what_colleagues_found_and_no_names(alone, source, picture, troubles):
    (clip,) = clips(source, "ho", 1, transcript="good morning", reviews_wanted="2")
    for name, severity in (("reviewer4", 0), ("reviewer5", 2)):
        page, _ = alone(name, "ho")
        start_shift(page)
        is_open(page)
        page.keyboard.press("t")
        page.locator("#transcript").fill(f"heard by {severity}")
        page.locator("#clip-title").focus()
        expect(page.locator("#opinions")).to_be_hidden()
        judge(page, severity)
    page, clock = alone("reviewer6", "ho")
    clock.run("User.objects.filter(pk=person.pk).update(skills=['adjudicator'])")
    start_shift(page)
    is_open(page)
    expect(page.locator("#opinions li")).to_have_count(2)
    expect(page.locator("#opinions")).not_to_contain_text("heard by")  # words come with the transcript's step
    page.keyboard.press("t")
    expect(page.locator("#opinions")).to_contain_text("Wrote: heard by 2")
    expect(page.locator("#opinions")).not_to_contain_text("reviewer")
    assert complaints(page, troubles) == []
    picture(page, "desk-decide")
    judge(page, 1)
    state = "from reviews.models import Clip\nprint(Clip.objects.get(pk={!r}).state)"
    assert clock.run(state.format(clip)) == "reviewed"
