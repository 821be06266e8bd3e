"""The next clip ahead, and a line that breaks: nothing is asked for in between, nothing lost, nothing sent twice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desk import clips, decide, is_ahead, is_open, judge, listen, start_shift, watch

pytestmark = pytest.mark.timeout(300)
OPENED_IN = """() => {
  const at = (name) => performance.getEntriesByName(name).at(-1).startTime;
  const reviews = performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/review/"));
  return [at("desk-sent"), reviews.at(-1).responseEnd, at("desk-opened")];
}"""


# --- the next clip ahead


def opened_in(page: Page) -> tuple[float, float]:
    """Milliseconds from the key to the next clip, and from the service's answer to it."""
    sent, answered, opened = page.evaluate(OPENED_IN)
    return opened - sent, opened - answered


class Gate:
    """While it is shut only the review gets through; every other request waits."""

    def __init__(self, page: Page) -> None:
        self.is_shut, self.waiting = False, list[Route]()
        page.route("**/api/v1/**", self.pass_on)

    def pass_on(self, route: Route) -> None:
        if self.is_shut and not route.request.url.endswith("/review/"):
            self.waiting.append(route)
        else:
            route.continue_()

    def open(self) -> list[str]:
        """Let all through; answers what had waited."""
        self.is_shut, waiting = False, self.waiting
        self.waiting = []
        for route in waiting:
            route.continue_()
        return [route.request.url.rsplit("/v1/")[1] for route in waiting]


def test_the_next_clip_opens_without_asking_anybody(alone, source):
    page, clock = alone("reviewer3", "to")
    clips(source, "to", *[0] * 6)
    gate, times = Gate(page), []
    start_shift(page)
    is_open(page)
    for _ in range(4):
        is_ahead(page)
        coming = page.locator("#desk").get_attribute("data-ahead")
        gate.is_shut = True
        judge(page)
        expect(page.locator("#desk")).to_have_attribute("data-lease", str(coming))
        is_open(page)
        page.keyboard.press("t")
        expect(page.locator("#transcript-box")).to_contain_text("number")
        page.wait_for_timeout(200)
        assert gate.open() == ["shifts/current/claim/"]  # the one after next, in the background
        times.append(opened_in(page))
    print("next clip, from the key / from the answer, ms:", ", ".join(f"{a:.0f} / {b:.0f}" for a, b in times))
    assert [line.split()[1] for line in clock.leases()[:4]] == ["reviewed"] * 4


def test_what_is_here_ahead_cannot_be_heard_before_its_step(alone, source):
    page, clock = alone("reviewer3", "fj")
    clips(source, "fj", 0, 0)
    start_shift(page)
    is_open(page)
    is_ahead(page)
    judge(page)
    is_open(page)
    seen = watch(page)
    exposed = "print(Heard.objects.filter(person=person).order_by('-first_at')[0].heard_ms)"
    listen(page)
    assert "POST leases/ID/unlock/" in seen
    assert not any("audio" in one for one in seen)
    judge(page)
    assert 300 < int(clock.run(exposed)) < 3000


def test_a_break_and_a_closed_page_put_back_what_was_ahead(alone, source):
    page, clock = alone("reviewer3", "ty")
    clips(source, "ty", 0, 0, 0)
    start_shift(page)
    is_open(page)
    is_ahead(page)
    before = clock.used()
    page.keyboard.press("b")
    expect(page.locator("#rest-title")).to_have_text("Your break")
    assert clock.used() == before - 2
    page.get_by_role("button", name="I am back").click()
    is_open(page)
    is_ahead(page)
    page.goto("/today/")
    page.wait_for_timeout(500)
    assert sorted(line.split()[1] for line in clock.leases()[-2:]) == ["live", "released"]


# --- a line that breaks


def test_a_review_waits_for_the_line_and_is_sent_once(alone, source, troubles):
    page, clock = alone("reviewer4", "qu")
    clips(source, "qu", 0, 0, 0)
    start_shift(page)
    is_open(page)
    is_ahead(page)
    page.locator("#transcript").fill("what I heard")
    page.locator("#clip-title").focus()
    decide(page)
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#trouble")).to_contain_text("kept on this page")
    expect(page.locator("#transcript")).to_have_value("what I heard")
    assert clock.reviews() == []
    assert "heard" not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    with page.expect_response(re.compile(r"/review/$")) as sent:
        page.context.set_offline(False)
    assert sent.value.status == 201
    is_open(page)
    expect(page.locator("#trouble")).to_be_hidden()
    assert len(clock.reviews()) == 1
    troubles.clear()  # the browser complains of being offline


def test_an_answer_that_is_lost_does_not_send_the_review_twice(alone, source, troubles):
    page, clock = alone("reviewer4", "ay")
    clips(source, "ay", 0, 0, 0)
    start_shift(page)
    is_open(page)
    before = len(clock.reviews())
    lost = []

    def takes_it_and_says_nothing(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/review/", takes_it_and_says_nothing)
    page.keyboard.press("c")
    page.locator("#critical-category").select_option("phone")
    page.locator("#clip-title").focus()
    decide(page)
    with page.expect_response(re.compile(r"/review/$")) as again:
        page.keyboard.press("Control+Enter")
    assert (lost, again.value.status, again.value.json()["code"]) == ([201], 409, "already-reviewed")
    expect(page.locator("#thanks")).to_contain_text("will be erased")  # what the first sending led to
    is_open(page)
    expect(page.locator("#trouble")).to_be_hidden()
    assert len(clock.reviews()) == before + 1
    troubles.clear()
