"""The desk: suggestions, keys, and how it looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import clips, complaints, decide, is_open, judge, start_shift, watch
from tests.browser.test_pages import overflow

pytestmark = pytest.mark.timeout(300)

CARD = "my card number is four one one one, one one one one, one one one one, one one one one"


# --- suggested spans


def test_a_suggestion_is_a_help_and_never_a_decision(alone, source, picture, troubles):
    page, _ = alone("reviewer1", "mt")
    clips(source, "mt", 1, transcript=CARD)
    start_shift(page)
    is_open(page)
    expect(page.locator("#suggestions")).to_be_hidden()
    assert "four one" not in page.content()
    page.keyboard.press("t")
    expect(page.locator("#suggestions li")).to_have_text(re.compile(r"A payment card\? Perhaps 0:\d\d to 0:\d\d"))
    expect(page.locator("#transcript-box mark")).to_have_text(CARD.removeprefix("my card number is "))
    expect(page.locator("#flag-critical")).not_to_be_checked()
    seen = watch(page)
    page.keyboard.press("a")
    expect(page.locator("#flag-critical")).to_be_checked()
    expect(page.locator("#critical-category")).to_have_value("payment_card")
    expect(page.locator("#spans li")).to_have_count(1)
    assert seen == []
    assert complaints(page, troubles) == []
    picture(page, "desk-suggestion")

    # It can be moved with the keyboard, and is sent with the review, as the person left it.
    page.get_by_label("From, in seconds, span 1").fill("0.5")
    page.get_by_label("To, in seconds, span 1").fill("2.5")
    page.get_by_label("To, in seconds, span 1").press("Tab")
    page.locator("#clip-title").focus()
    decide(page, 1)
    with page.expect_request(re.compile(r"/review/$")) as sent:
        page.keyboard.press("Control+Enter")
    flag = {"kind": "critical", "category": "payment_card", "start_ms": 500, "end_ms": 2500}
    assert sent.value.post_data_json["flags"] == [flag]
    expect(page.locator("#thanks")).to_contain_text("will be erased")


def test_a_suggestion_that_is_wrong_is_left_alone(alone, source):
    page, _ = alone("reviewer1", "ht")
    clips(source, "ht", 0, transcript=CARD)
    start_shift(page)
    is_open(page)
    page.keyboard.press("t")
    expect(page.locator("#suggestions li")).to_have_count(1)
    with page.expect_request(re.compile(r"/review/$")) as sent:
        judge(page)
    assert sent.value.post_data_json["flags"] == []


# --- keys


def test_the_card_holds_every_key_and_letters_can_be_switched_off(alone, source, picture, troubles):
    page, _ = alone("reviewer2", "mi")
    clips(source, "mi", 0)
    start_shift(page)
    is_open(page)
    page.keyboard.press("?")
    card = page.locator("#keys")
    expect(card).to_be_visible()
    assert complaints(page, troubles) == []
    picture(page, "desk-keys")
    on_card = set(card.locator("dt").all_text_contents())
    on_buttons = page.locator("#desk [aria-keyshortcuts]")
    for place in range(on_buttons.count()):
        one = on_buttons.nth(place)
        holder = one.locator("xpath=ancestor-or-self::*[self::label or self::button][1]")
        assert " ".join(holder.locator("kbd").all_text_contents()) in on_card
    card.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("t")
    page.keyboard.press("c")
    expect(page.locator("#transcript-box")).to_be_hidden()
    expect(page.locator("#flag-critical")).not_to_be_checked()
    page.get_by_role("button", name="Keys").click()
    card.get_by_role("checkbox").check()
    card.get_by_role("button", name="Close").click()
    page.keyboard.press("c")
    expect(page.locator("#flag-critical")).to_be_checked()


def test_keys_leave_to_fields_and_buttons_what_is_theirs(alone, source):
    page, _ = alone("reviewer2", "sm")
    clips(source, "sm", 0)
    start_shift(page)
    is_open(page)
    page.locator("#labels").fill("")
    page.locator("#labels").press_sequentially("crfx s")
    expect(page.locator("#labels")).to_have_value("crfx s")
    expect(page.locator("#flag-critical")).not_to_be_checked()
    page.locator("#activation-right").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#activation-false")).to_be_checked()
    page.keyboard.press("Shift+R")  # shifted letters are nobody's
    expect(page.locator("#activation-false")).to_be_checked()
    page.keyboard.press("Alt+r")
    expect(page.locator("#activation-false")).to_be_checked()
    page.keyboard.press("r")
    expect(page.locator("#activation-right")).to_be_checked()
    page.locator("#step-transcript").focus()
    page.keyboard.press("Space")
    expect(page.locator("#transcript-box")).to_be_visible()


# --- looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_desk_with_a_clip_is_for_everybody(alone, source, scheme, picture, troubles):
    page, _ = alone("reviewer6", "sn", color_scheme=scheme, reduced_motion="reduce")
    clips(source, "sn", 2, transcript=CARD, predicted_categories="threat")
    start_shift(page)
    is_open(page)
    found = []
    for keys in ("", "t", "a", "v"):
        for key in keys:
            page.keyboard.press(key)
        found += [f"{keys}: {one}" for one in complaints(page, troubles)]
    picture(page, f"desk-{scheme}-wide")
    page.set_viewport_size({"width": 320, "height": 700})
    assert overflow(page) <= 0
    picture(page, f"desk-{scheme}-narrow")
    page.keyboard.press("?")
    found += [f"card: {one}" for one in complaints(page, troubles)]
    assert overflow(page) <= 0
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator("#rest-title")).to_have_text("Your break")
    found += [f"break: {one}" for one in complaints(page, troubles)]
    assert overflow(page) <= 0
    picture(page, f"desk-{scheme}-break-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, f"desk-{scheme}-break")
    page.get_by_role("button", name="I am back").click()
    assert found == []
