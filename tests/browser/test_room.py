"""Two people in one room, each in a browser of their own, and the moderator in a third."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import overflow, serious

pytestmark = pytest.mark.timeout(900)
ROOM = "/rooms/all-hands/"


def enter(page: Page) -> Page:
    page.goto(ROOM)
    expect(page.locator("#link")).to_have_text("Live")
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send").click()


def test_what_one_writes_the_other_reads_without_the_card_number(sits_down, picture):
    one, two = enter(sits_down("reviewer5")), enter(sits_down("reviewer6"))
    mark = uuid4().hex[:6]
    write(two, "That last hour was a lot. How do you all do?")
    expect(one.locator(".message", has_text="How do you all do?")).to_have_count(1)
    write(one, f"{mark} somebody read a card aloud, 4111 1111 1111 1111, and I still hear it")
    for page in (one, two):
        expect(page.locator(".message-text", has_text=mark)).to_have_text(
            f"{mark} somebody read a card aloud, [card number removed], and I still hear it"
        )
    expect(one.locator("#asides")).to_contain_text("It looked like a card number.")
    expect(one.locator(".message.mine", has_text=mark)).to_have_count(1)
    expect(two.locator(".message.mine", has_text=mark)).to_have_count(0)
    expect(one.locator("#here")).to_contain_text("2 are here", timeout=60_000)
    picture(one, "room")


def test_what_is_written_while_offline_is_sent_once_when_back(sits_down, troubles):
    one, two = enter(sits_down("reviewer5")), enter(sits_down("reviewer6"))
    mark = uuid4().hex[:6]
    one.context.set_offline(True)
    one.evaluate("window.dispatchEvent(new Event('offline'))")
    write(one, f"{mark} from the lift")
    write(two, f"{mark} meanwhile")
    one.context.set_offline(False)
    for page in (one, two):
        expect(page.locator(".message:not(.waiting) .message-text", has_text=mark)).to_have_count(2, timeout=40_000)
    expect(one.locator("#outbox")).to_have_text("")
    troubles.clear()  # the browser complains of being offline


def test_a_room_works_where_sockets_are_blocked(sits_down, troubles):
    page = sits_down("reviewer5")
    page.route_web_socket(re.compile("/ws/rooms/"), lambda socket: socket.close())
    page.goto(ROOM)
    expect(page.locator("#link")).to_have_text("Asking every few seconds", timeout=20_000)
    two = enter(sits_down("reviewer6"))
    mark = uuid4().hex[:6]
    write(page, f"{mark} by form")
    expect(two.locator(".message-text", has_text=mark)).to_have_count(1)
    write(two, f"{mark} answer")
    for one in (page, two):
        expect(one.locator(".message:not(.waiting) .message-text", has_text=mark)).to_have_count(2, timeout=15_000)
    page.context.clear_cookies()
    expect(page.locator("#asides")).to_contain_text("Please sign in again.")
    expect(page.get_by_label("Your message")).to_be_disabled()
    troubles.clear()


def test_help_comes_at_once_and_a_moderator_looks_after_it(sits_down, picture):
    author, moderator = enter(sits_down("reviewer4")), sits_down("moderator2")
    mark = uuid4().hex[:6]
    write(author, f"{mark} I feel hopeless after this one")
    care = author.locator("#care")
    expect(care).to_be_visible()
    expect(author.locator("#help-now")).to_be_visible()
    assert serious(author) == []
    care.get_by_role("button", name="Me", exact=True).click()
    expect(author.locator("#asides")).to_contain_text("The moderator knows")
    moderator.goto("/moderation/")
    card = moderator.locator("article", has_text=mark)
    expect(card).to_contain_text("Signs of a crisis")
    expect(card).to_contain_text("about me")
    assert serious(moderator) == []
    picture(moderator, "moderation")
    card.get_by_role("button", name="I am looking at it").click()
    moderator.locator("article", has_text=mark).get_by_role("button", name="Looked after").click()
    expect(moderator.locator("article", has_text=mark)).to_have_count(0)


def test_a_removed_message_disappears_and_comes_back_under_the_readers_eyes(sits_down):
    author, reader, moderator = enter(sits_down("reviewer4")), enter(sits_down("reviewer6")), sits_down("moderator1")
    mark = uuid4().hex[:6]
    write(author, f"{mark} an amusing clip")
    shown = reader.locator(".message", has_text=mark)
    expect(shown).to_have_count(1)
    moderator.goto("/moderation/rooms/all-hands/")
    row = moderator.locator("li", has_text=mark)
    row.get_by_text("Remove", exact=True).click()
    row.get_by_label("Why").select_option("harmful")
    row.get_by_role("button", name="Remove it and tell the author").click()
    expect(shown).to_have_count(0)
    expect(reader.locator(".message.gone").last).to_contain_text("A moderator removed this message.")
    write(reader, f"{mark} and then?")
    expect(author.locator("#asides")).to_contain_text("it could harm somebody")
    author.get_by_role("link", name="Your message, and what you can do").click()
    assert serious(author) == []
    author.get_by_label("Why it should come back").fill("It was about a song, nothing more")
    author.get_by_role("button", name="Ask another moderator").click()
    expect(author.locator("main")).to_contain_text("You asked for a second look")
    moderator.goto("/moderation/")
    expect(moderator.locator("article", has_text=mark)).to_contain_text("You removed this message")
    colleague = sits_down("moderator2")
    colleague.goto("/moderation/")
    card = colleague.locator("article", has_text=mark)
    expect(card).to_contain_text("It was about a song")
    card.get_by_role("button", name="Put it back").click()
    expect(reader.locator(".message .message-text", has_text=mark)).to_have_text(
        [f"{mark} an amusing clip", f"{mark} and then?"]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_looking_after_a_room_is_for_everybody(sits_down, scheme):
    page = sits_down("moderator1", color_scheme=scheme)
    page.goto("/moderation/rooms/all-hands/")
    assert serious(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert overflow(page) <= 0
