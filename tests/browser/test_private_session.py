"""A private session in three browsers: asked for, accepted, handed over to a colleague, ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import overflow, serious
from tests.browser.test_room import write

pytestmark = pytest.mark.timeout(900)


def reads(page: Page, words: str) -> None:
    expect(page.locator(".message:not(.waiting) .message-text", has_text=words)).to_have_count(1)


def is_seen_writing(writer: Page, reader: Page) -> None:
    """It is told for a few seconds, and a busy machine may drop it: whoever goes on writing is seen."""
    reader.evaluate("""() => { const typing = document.getElementById("typing");
        new MutationObserver(() => { typing.dataset.seen = `${typing.dataset.seen ?? ""}${typing.textContent}`; })
            .observe(typing, { childList: true }); }""")
    for _ in range(20):
        writer.get_by_label("Your message").press_sequentially("I am here. ")
        writer.wait_for_timeout(3000 if not reader.get_by_text("is writing").count() else 1)
        if "is writing" in (reader.locator("#typing").get_attribute("data-seen") or ""):
            return
    raise AssertionError("nobody saw that somebody was writing")


def test_one_person_two_counsellors_and_nobody_else(sits_down, picture, troubles):
    person, first, second = sits_down("reviewer2"), sits_down("moderator1"), sits_down("moderator2")
    person.goto("/rooms/")
    person.get_by_role("button", name="Ask for somebody to talk to").click()
    expect(person.locator("main")).to_contain_text("You have asked")
    first.goto("/moderation/")
    first.get_by_role("button", name="Accept and go in").click()
    expect(first.locator("#link")).to_have_text("Live")
    person.goto("/rooms/")
    person.get_by_role("link", name="Go in", exact=True).click()
    expect(person.locator("#here")).to_contain_text("2 are here", timeout=60_000)
    write(person, "I keep hearing the last one.")
    reads(first, "I keep hearing")
    is_seen_writing(first, person)
    write(first, "I am here. Take all the time you need.")
    reads(person, "Take all the time")
    assert serious(person) == []
    picture(person, "private-session")
    person.set_viewport_size({"width": 320, "height": 700})
    assert overflow(person) <= 0

    first.get_by_text("Move to a colleague").click()
    colleague = first.get_by_label("Who goes on").locator("option", has_text="2").first
    first.get_by_label("Who goes on").select_option(colleague.get_attribute("value"))
    first.get_by_role("button", name="Hand it over").click()
    expect(first.locator("main, [role=status]").first).to_be_visible()
    assert first.goto(person.url).status == 404
    second.goto("/rooms/")
    second.get_by_role("link", name="A session that you hold").click()
    reads(second, "I keep hearing")
    write(second, "I have read it. We can go on together.")
    reads(person, "We can go on together")

    second.get_by_role("button", name="End the session").click()
    expect(person.locator("#duty")).to_have_text("Closed for now")
    assert second.goto(person.url).status == 404
    person.goto("/rooms/")
    expect(person.locator("main")).to_contain_text("is ended; you can read it")
    troubles.clear()  # the browser complains of the two pages that are absent
