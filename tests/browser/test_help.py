"""The help card, in front of a person who uses the keyboard: there on every page, without the network, and silent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import overflow, serious

pytestmark = pytest.mark.timeout(240)
MOVING = """() => document.getAnimations().filter((one) => one.playState === "running").length
  + [...document.querySelectorAll("#help-card *")].filter((o) => getComputedStyle(o).animationName !== "none").length"""


def inside(page: Page) -> bool:
    return page.evaluate("document.getElementById('help-card').contains(document.activeElement)")


def walks_through(page: Page) -> None:
    """Every summary is reached by Tab and opened by Enter; nothing in the card is out of reach."""
    summaries = page.locator("#help-card summary")
    wanted = {summaries.nth(place).inner_text() for place in range(summaries.count())}
    reached: set[str] = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        here = page.evaluate("document.activeElement.matches('summary') ? document.activeElement.innerText : ''")
        if here in wanted - reached and inside(page):
            reached.add(here)
            page.keyboard.press("Enter")
        if reached == wanted:
            break
    assert reached == wanted
    for step in ("Put both feet on the floor.", "Breathe out while you count to six", "Press your palms together"):
        expect(page.locator("#help-card li", has_text=step)).to_be_visible()


def keys_stay_inside(page: Page) -> None:
    """A key that means something to the page behind is not heard there while the card is open."""
    page.wait_for_function("!document.getElementById('help-card').contains(document.activeElement)")
    page.evaluate("heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.keyboard.press("k")
    page.keyboard.press("F1")
    page.keyboard.press("k")
    expect(page.locator("#help-card")).to_be_visible()
    assert page.evaluate("heard") == ["k"]


def test_help_is_one_key_away_everywhere_works_offline_and_asks_nobody(sits_down, picture):
    page = sits_down("reviewer6", reduced_motion="reduce")
    for address in ("/", "/desk/", "/today/", "/check-ins/", "/rooms/all-hands/", "/help/"):
        page.goto(address)
        expect(page.locator("#help-card")).to_be_hidden()
        page.keyboard.press("F1")
        expect(page.locator("#help-card")).to_be_visible()
        assert inside(page), address
        page.keyboard.press("Escape")
        expect(page.locator("#help-card")).to_be_hidden()
    keys_stay_inside(page)
    page.goto("/today/")
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Help for you").click()
    expect(page.locator("#help-card").get_by_text("Nobody is told that you looked at this card.")).to_be_visible()
    walks_through(page)
    assert page.evaluate(MOVING) == 0
    assert [url for url in asked if "/help" in url] == []
    page.context.set_offline(False)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 320, "height": 700})
        assert overflow(page) <= 0
        assert page.evaluate("(c => c.scrollWidth - c.clientWidth)(document.getElementById('help-card'))") <= 0
        picture(page, f"{scheme}-help-narrow")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert serious(page) == []
        picture(page, f"{scheme}-help-wide")
    page.keyboard.press("Escape")
    expect(page.locator("#help-card")).to_be_hidden()
    assert page.evaluate("document.activeElement.innerText") == "Help for you"


def test_help_is_there_before_the_sign_in_and_where_there_is_nothing(sits_down, picture, troubles):
    page = sits_down(None, reduced_motion="reduce", locale="ro-RO")
    for name, address in (("sign-in", "/accounts/login/"), ("nothing", "/nothing-here/")):
        page.goto(address)
        page.get_by_role("button", name="Help for you").click()
        expect(page.locator("#help-card")).to_contain_text("0800 801 200")
        page.keyboard.press("Escape")
        page.keyboard.press("F1")
        expect(page.locator("#help-card").get_by_text("Put both feet on the floor.")).to_be_visible()
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 320, "height": 700})
        assert overflow(page) <= 0
        picture(page, f"help-{name}-narrow")
        page.set_viewport_size({"width": 1280, "height": 900})
        picture(page, f"help-{name}-wide")
    troubles[:] = [one for one in troubles if "404" not in one]
