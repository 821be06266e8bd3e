"""Every page that has no ids in its address, for every role: axe finds nothing serious, nothing overflows at 320 px."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.timeout(480)

COMMON = ("/notices/", "/proposals/", "/accounts/2fa/", "/accounts/password/change/", "/nothing-here/")
PAGES = {
    None: ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"),
    "reviewer4": (
        "/",
        *COMMON,
        "/desk/",
        "/today/",
        "/check-ins/",
        "/rooms/",
        "/rooms/all-hands/",
        "/help/",
        "/me/reports/",
        "/shifts/",
    ),
    "supervisor2": (
        "/",
        "/cases/",
        "/on-call/",
        "/calendars/",
        "/queue/",
        "/plans/",
        "/erasures/",
        "/insights/",
        "/today/",
    ),
    "legal2": ("/", "/cases/", "/exports/", "/certificates/", "/emergency-access/"),
    "moderator2": ("/", "/moderation/", "/rooms/", "/rooms/all-hands/"),
    "auditor": ("/", "/ledger/", "/erasures/", "/certificates/", "/exports/"),
    "admin": ("/", "/calendars/"),
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def serious(page, options=None) -> list[str]:
    found = Axe().run(page, options=options or {"runOnly": TAGS}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", list(PAGES))
def test_pages_are_for_everybody(name, sits_down, picture, troubles):
    """In the dark only colours change, so only contrast is asked again."""
    page = sits_down(name, color_scheme="light", reduced_motion="reduce")
    complaints = []
    for address in PAGES[name]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")
        answer = page.goto(address)
        assert answer.status == (404 if address == "/nothing-here/" else 200), f"{name} at {address}: {answer.status}"
        for scheme, options in (("light", {"runOnly": TAGS}), ("dark", CONTRAST)):
            page.emulate_media(color_scheme=scheme)
            complaints += [f"{address} {scheme}: {one}" for one in serious(page, options)]
            picture(page, f"{scheme}-{name}-{re.sub('[^a-z0-9]+', '-', address).strip('-') or 'home'}")
        page.set_viewport_size({"width": 320, "height": 700})
        if overflow(page) > 0:
            complaints.append(f"{address} is {overflow(page)} px wider than a screen of 320 px")
    # The 404 page is meant to be one: the browser says so in its console.
    troubles[:] = [one for one in troubles if "404" not in one]
    assert complaints == []
