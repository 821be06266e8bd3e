"""Two supervisors, two browsers: what one does changes the other's open pages and leaves their hands alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_pages import CONTRAST, TAGS, overflow, serious
from tests.notices.receivers import Hook, MailServer
from tests.platform.running import Running

pytestmark = pytest.mark.timeout(480)

# Pages ask by themselves every so often. Here they may not: only what the socket brings can change them.
NEVER_ASKS = "const real = setInterval; setInterval = (work, ms, ...more) => ms >= 5000 ? 0 : real(work, ms, ...more);"

# A team of this test's own, and its cases, opened as a flag opens them.
TEAM = """
from project.accounts.models import Team, User
password = User.objects.get(email="supervisor1@earshot.example").password
team = Team.objects.create(name="Quay", slug="quay")
def person(name, roles, **more):
    return User.objects.create(email=name + "@earshot.example", name=name, roles=roles, password=password, **more)
team.supervisors.add(person("ada", ["supervisor"]), person("ben", ["supervisor"]))
person("lin", ["reviewer"], team=team)
"""
CASE = """
import uuid
from django.db import transaction
from django.utils import timezone
from escalations.actions.cases import open_case, prepare_case_key
from project.accounts.models import User
from reviews.models import Clip
now = timezone.now()
for number in range({count}):
    clip = Clip.objects.create(state="quarantined", locale="en-US", duration_ms=2000, sample_rate=16000, channels=1,
        audio_format="wav", byte_size=1, sha256="0" * 64, external_ref_hmac=uuid.uuid4().bytes * 2, ingested_at=now,
        queued_at=now)
    case_id = prepare_case_key()
    with transaction.atomic():
        case = open_case(clip.pk, reporter=User.objects.get(email="lin@earshot.example"), category="violence",
            danger_now=False, start_ms=0, end_ms=900, note=None, now=now, case_id=case_id)
    print(case.pk)
"""
MISSED = """
from django.conf import settings
settings.APPRISE_URLS = {"on-call": "the address is set where the worker runs"}
from datetime import timedelta
from escalations.actions.clocks import climb
from escalations.models import Clock
clock = Clock.objects.running().filter(case=case).earliest("due_at")
Clock.objects.filter(pk=clock.pk).update(due_at=now - timedelta(minutes=1), next_rung_at=now - timedelta(minutes=1))
climb(clock.pk, now=now)
"""
FAILED = """
from project.notices.models import Notice, Send
lin = User.objects.get(email="lin@earshot.example")
notice = Notice.objects.create(user=lin, code="shifts-planned", created_at=now)
Send.objects.create(notice=notice, channel="email", state="failed", attempts=80, created_at=now, done_at=now,
    error="SMTPRecipientsRefused")
"""


def shell(instance: Running, code: str) -> list[str]:
    return instance.manage("shell", "--no-imports", "-c", code).split()


def at(page: Page, address: str) -> Page:
    """Open it and wait until its socket hears."""
    page.add_init_script(NEVER_ASKS)
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-socket", "live")
    return page


def address(name: str) -> str:
    return f"{name}@earshot.example"


def arrive(what: Callable[[], object], expected: object) -> None:
    """Wait for a worker; a sweep is at most half a minute away."""
    until = time.monotonic() + 90
    while what() != expected:
        assert time.monotonic() < until, (what(), expected)
        time.sleep(0.1)


def row(page: Page, case_id: str) -> Locator:
    return page.locator(f"[data-row='{case_id}']")


def test_what_one_supervisor_does_the_other_sees_and_keeps_ticks_focus_and_place(
    instance: Running,
    sits_down: Callable[..., Page],
    picture: Callable[[Page, str], None],
    mails: MailServer,
    hook: Hook,
) -> None:
    first, second, third = shell(instance, TEAM + CASE.format(count=3))
    ada, ben = at(sits_down("ada"), "/cases/"), at(sits_down("ben"), "/cases/")
    home = at(ben.context.new_page(), "/")
    unread = home.locator("[data-live=notices] .badge")
    expect(unread).to_have_text("3 unread")

    # Ben walks and ticks by keys; Ada acknowledges another one meanwhile.
    for key in ("j", "x", "j", "x"):
        ben.keyboard.press(key)
    expect(ben.locator("[data-row] input:checked")).to_have_count(2)
    focused = "document.activeElement.id"
    held = ben.evaluate(focused)
    ticked = [str(one.get_attribute("value")) for one in ben.locator("[data-row] input:checked").all()]
    (other,) = {first, second, third} - set(ticked)
    row(ada, other).get_by_role("button", name="Acknowledge").press("Enter")
    expect(row(ben, other)).to_contain_text("Acknowledged")
    assert ben.evaluate(focused) == held
    assert [one.get_attribute("value") for one in ben.locator("[data-row] input:checked").all()] == ticked
    looks(ben, picture, "board")
    fourth = late_one_comes(instance, ada, ben, unread, mails, hook)
    assert ben.evaluate(focused) == held
    ticked_at_once(ada, ben, ticked)
    without_sockets(ada, ben, fourth)
    read_and_quiet(ben, unread, picture)
    tried_again(ben, picture, mails)
    ben.get_by_text("ben", exact=False).first.click()
    ben.get_by_role("button", name="Sign out").click()
    expect(home.get_by_text("You are signed out")).to_be_visible()


def late_one_comes(instance: Running, ada: Page, ben: Page, unread: Locator, mails: MailServer, hook: Hook) -> str:
    # A new case comes to both boards, and its notice to every open page of Ben's. Its clock is missed at once: it
    # stands first, and the count beside the filter says so.
    (fourth,) = shell(instance, CASE.format(count=1) + MISSED + FAILED)
    for page in (ada, ben):
        expect(row(page, fourth)).to_have_attribute("data-late", "")
        expect(page.locator("[data-row]").first).to_have_attribute("data-row", fourth)
        expect(page.get_by_role("link", name=re.compile("^Late"))).to_contain_text("1")
    expect(row(ada, fourth).locator("[data-countdown]")).to_contain_text("late")
    expect(unread).to_have_text("5 unread")  # a new case, and a late one
    expect(ben.locator("[data-live=notices] .badge")).to_have_text("5 unread")
    # A worker has mailed both of it, and told the organisation once.
    arrive(lambda: {mail["To"] for mail in mails.taken if "late" in mail["Subject"]}, {address("ada"), address("ben")})
    arrive(lambda: [one["title"] for one in hook.taken].count("Earshot: A case is late"), 1)
    return fourth


def ticked_at_once(ada: Page, ben: Page, ticked: list[str]) -> None:
    """By keys; Ada had the focus on a button that is gone then: its case has it."""
    row(ada, ticked[0]).get_by_role("button", name="Acknowledge").focus()
    ben.get_by_role("button", name="Acknowledge the ticked").press("Enter")
    expect(ben.get_by_text("Acknowledged: 2.")).to_be_visible()
    for case_id in ticked:
        expect(row(ada, case_id)).to_contain_text("Acknowledged")
    assert ada.evaluate("document.activeElement.id") == f"case-{ticked[0]}"


def without_sockets(ada: Page, ben: Page, fourth: str) -> None:
    """Where sockets are blocked, a page asks every half minute."""
    blocked = ben.context.new_page()
    blocked.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked'); } }")
    blocked.clock.install()
    blocked.goto("/cases/")
    expect(blocked.locator("html")).not_to_have_attribute("data-socket", "live")
    row(ada, fourth).get_by_role("button", name="Acknowledge").press("Enter")
    expect(row(ada, fourth)).to_contain_text("Acknowledged")
    expect(row(blocked, fourth)).to_contain_text("Reported")
    blocked.clock.fast_forward(31_000)
    expect(row(blocked, fourth)).to_contain_text("Acknowledged")


def read_and_quiet(ben: Page, unread: Locator, picture: Callable[[Page, str], None]) -> None:
    """Read on one page, and the number is gone from the other."""
    ben.goto("/notices/")
    looks(ben, picture, "notices")
    ben.get_by_role("button", name="Mark all as read").click()
    expect(unread).to_have_count(0)
    ben.get_by_role("link", name="Quiet hours").first.click()
    ben.get_by_label("Quiet from").fill("22:00")
    ben.get_by_label("Until").fill("07:00")
    ben.get_by_label("By the clock of").fill("Europe/Madrid")
    ben.get_by_role("button", name="Keep").press("Enter")
    expect(ben.get_by_text("Kept.")).to_be_visible()
    expect(ben.get_by_label("Quiet from")).to_have_value("22:00")
    looks(ben, picture, "quiet")


def tried_again(ben: Page, picture: Callable[[Page, str], None], mails: MailServer) -> None:
    ben.goto("/")
    ben.get_by_role("link", name="Look").press("Enter")
    expect(ben.get_by_role("row", name="lin")).to_contain_text("SMTPRecipientsRefused")
    looks(ben, picture, "failing")
    ben.get_by_role("button", name="Try again now to lin").press("Enter")
    expect(ben.get_by_text("On its way again: 1.")).to_be_visible()
    arrive(lambda: address("lin") in {mail["To"] for mail in mails.taken if "shifts" in mail["Subject"]}, True)


def looks(page: Page, picture: Callable[[Page, str], None], name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert serious(page, {"runOnly": TAGS} if scheme == "light" else CONTRAST) == [], (name, scheme)
        picture(page, f"live-{name}-{scheme}")
    page.set_viewport_size({"width": 320, "height": 800})
    assert overflow(page) <= 0
    picture(page, f"live-{name}-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
