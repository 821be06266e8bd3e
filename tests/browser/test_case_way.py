"""One case by four people, each in their own browser: heard by a reviewer, triaged by a supervisor, decided, disclosed
and exported by two of legal, answered to the reviewer. What leaves the house is opened with the recipient's tools."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import outside
from tests.browser.desk import clips, is_open, start_shift
from tests.browser.test_pages import overflow, serious

pytestmark = pytest.mark.timeout(480)

BAGIT = Path(sys.executable).with_name("bagit.py")


@pytest.fixture
def looks(picture: Callable[[Page, str], None]) -> Callable[[Page, str], None]:
    """A page is for everybody: light and dark, wide and narrow, nothing serious for axe, nothing over the edge."""

    def look(page: Page, name: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert serious(page) == [], (name, scheme)
            picture(page, f"case-{name}-{scheme}")
        page.set_viewport_size({"width": 320, "height": 800})
        assert overflow(page) <= 0, name
        picture(page, f"case-{name}-narrow")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    return look


def test_four_people_bring_a_case_to_its_end(alone, sits_down, source, instance, chrome, looks, troubles, tmp_path):
    reviewer, _ = alone("reviewer1", "fy")
    case_id = reported(reviewer, source)
    triaged(sits_down("supervisor1"), case_id, looks)
    first, second = sits_down("legal1"), sits_down("legal2")
    heard_and_held(first, case_id, looks)
    decided(first, second, case_id, looks)
    named_and_let_in(first, second, sits_down("counsel1"), case_id, looks)
    disclosed(first, looks)
    file, key = exported(first, second, case_id, looks, troubles, tmp_path)
    bag = unpacked(file, key, tmp_path / "out")
    outside.said(sys.executable, BAGIT, "--validate", bag)
    assert "The export holds" in instance.manage("verify_export", str(bag))
    read_offline(chrome, bag, looks)
    closed(first, case_id)
    answered(reviewer, looks)


def reported(page: Page, source) -> str:
    """Heard enough, by one key, and not another second of it."""
    clips(source, "fy", 2, transcript="leave me alone, I will call the police")
    start_shift(page)
    is_open(page)
    with page.expect_response(re.compile(r"/review/$")) as sent:
        page.keyboard.press("Shift+X")
    assert sent.value.status == 201, sent.value.text()
    (case_id,) = sent.value.json()["cases"]
    return str(case_id)


def opens(page: Page, purpose: str) -> None:
    """Say what for, hear the softened sound; only then is the original to be had."""
    page.get_by_label("What do you need to hear it for?").fill(purpose)
    page.get_by_role("button", name="Open the evidence").click()
    expect(page.locator("#softened")).to_be_visible()
    expect(page.locator("#original")).to_be_hidden()
    with page.expect_response(re.compile(r"/audio/\?version=softened$")):
        page.keyboard.press("Space")
    expect(page.locator("#original")).to_be_visible()
    page.keyboard.press("Escape")
    assert page.locator("#softened").evaluate("sound => sound.paused")


def triaged(page: Page, case_id: str, looks) -> None:
    page.goto(f"/cases/{case_id}/")
    page.get_by_role("button", name="Acknowledge").click()
    opens(page, "to triage it")
    looks(page, "supervisor")
    page.locator("summary", has_text="Triage").click()
    for question, answer in (("danger", "no"), ("offence", "yes"), ("ongoing_or_child", "yes")):
        page.locator(f"input[name={question}][value={answer}]").check()
    page.get_by_label("What is known").fill("Somebody asks to be left alone.")
    page.locator("details[open]").get_by_role("button", name="Triage").click()
    page.get_by_role("button", name="Refer to legal").click()
    expect(page.get_by_text("With legal").first).to_be_visible()


def heard_and_held(page: Page, case_id: str, looks) -> None:
    """Legal hears it for a purpose, notes what they found and keeps the evidence by a hold of their own."""
    page.goto(f"/cases/{case_id}/")
    opens(page, "to decide whether to report it")
    custody = page.get_by_role("region", name="Custody")
    page.reload()
    expect(custody).to_contain_text("to decide whether to report it")
    expect(custody).to_contain_text("softened heard")
    page.locator("summary", has_text="Add a note").click()
    note = page.locator("details[open]")
    note.locator("textarea").fill("The voice is the same throughout.")
    note.get_by_role("button", name="Add a note").click()
    page.locator("summary", has_text="Place a hold").click()
    page.get_by_label("Why must the evidence be kept?").fill("The police may ask for it.")
    page.locator("#hold-review_at").fill((date.today() + timedelta(days=30)).isoformat())
    looks(page, "legal")
    page.get_by_role("button", name="Place the hold").click()
    expect(page.get_by_role("region", name="Holds")).to_contain_text("The police may ask for it.")


def decided(first: Page, second: Page, case_id: str, looks) -> None:
    """One proposes, the other carries it out."""
    first.locator("summary", has_text=re.compile("^Decide$")).click()
    first.locator("input[name=decision][value=report]").check()
    first.locator("details[open] textarea[name=reason]").fill("A threat in progress.")
    first.locator("details[open]").get_by_role("button", name="Decide").click()
    expect(first.get_by_role("button", name="Approve and carry out")).to_have_count(0)
    second.goto(f"/cases/{case_id}/")
    looks(second, "proposal")
    second.get_by_role("button", name="Approve and carry out").click()
    expect(second.get_by_text("Approved and carried out.")).to_be_visible()


def named_and_let_in(first: Page, second: Page, outside: Page, case_id: str, looks) -> None:
    """Two of legal learn who reported, and let counsel of another firm into this case alone, until one ends it."""
    first.goto(f"/cases/{case_id}/")
    first.locator("summary", has_text="Ask to learn the name").click()
    first.get_by_label("Why must you know?").fill("They may be in danger themselves.")
    first.get_by_role("button", name="Propose it").last.click()
    first.locator("summary", has_text="Let somebody in").click()
    first.get_by_label("Their account's address").fill("counsel1@earshot.example")
    first.get_by_label("Last day").fill((date.today() + timedelta(days=9)).isoformat())
    first.get_by_label("Why do they need the case?").fill("They plead for us.")
    first.locator("details[open]").get_by_role("button", name="Propose it").click()
    where = first.url.partition("/cases/")[0] + f"/cases/{case_id}/"
    assert outside.request.get(where).status == 404
    second.goto(f"/cases/{case_id}/")
    looks(second, "two-proposals")
    for _ in range(2):
        second.get_by_role("button", name="Approve and carry out").first.click()
        expect(second.get_by_text("Approved and carried out.")).to_be_visible()
    expect(second.get_by_role("region", name="Who reported")).to_contain_text("@earshot.example")
    looks(second, "named")
    outside.goto(where)
    opens(outside, "to plead")
    looks(outside, "counsel")
    second.get_by_role("button", name="End it now").click()
    expect(second.get_by_text("Ended. They are signed out and see nothing any more.")).to_be_visible()
    outside.reload()
    assert "/accounts/login/" in outside.url


def disclosed(page: Page, looks) -> None:
    """What was reported, to whom and why; what they answered comes after."""
    page.reload()
    page.locator("summary", has_text="Record a disclosure").click()
    page.get_by_label("Which authority").fill("State police")
    page.get_by_label("On what legal basis").fill("Duty to report")
    page.get_by_label("What was sent").fill("A summary of exhibit 1")
    page.get_by_role("button", name="Record it").last.click()
    page.locator("summary", has_text="Record their receipt").click()
    page.get_by_label("What did the authority answer?").fill("Number 4711, Officer Day")
    looks(page, "disclosure")
    page.locator("details[open]").get_by_role("button", name="Record it").click()
    expect(page.get_by_role("region", name="Disclosures")).to_contain_text("Number 4711, Officer Day")


def exported(first: Page, second: Page, case_id: str, looks, troubles: list[str], folder: Path) -> tuple[Path, Path]:
    """Asked for by one, released by the other, built by the worker, downloaded once. Returns the file and the key."""
    key = folder / "police.key"
    outside.said("age-keygen", "-o", key)
    first.get_by_role("link", name="Export this case").click()
    first.locator("input[value=law-enforcement]").check()
    first.locator("[name=recipients]").fill("age1nonsense")
    first.locator("[name=reason]").fill("Asked for by letter A-17.")
    first.get_by_role("button", name="Ask for the export").click()
    expect(first.get_by_text("Recipient 1 is no age public key")).to_be_visible()
    expect(first.locator("[name=reason]")).to_have_value("Asked for by letter A-17.")
    troubles[:] = [one for one in troubles if "422" not in one]  # the browser complains of the refusal
    looks(first, "export-new")
    first.locator("[name=recipients]").fill(outside.said("age-keygen", "-y", key).decode().strip())
    first.get_by_role("button", name="Ask for the export").click()
    first.wait_for_url(re.compile(r"/exports/[0-9a-f-]{36}/$"))
    expect(first.get_by_role("button", name="Release it")).to_have_count(0)
    second.goto(first.url)
    looks(second, "export-proposed")
    second.get_by_role("button", name="Release it").click()
    fetch = second.get_by_role("link", name="Download, once")
    expect(fetch).to_be_visible(timeout=90_000)
    looks(second, "export-ready")
    with second.expect_download() as taken:
        fetch.click()
    file = folder / "export.tar.age"
    taken.value.save_as(file)
    collected(first, looks)
    return file, key


def collected(page: Page, looks) -> None:
    """Nobody gets it a second time, and the page says by whom it was fetched."""
    again = page.request.get(page.url + "download/")
    assert again.status == 410
    page.reload()
    expect(page.get_by_text("downloaded it on")).to_be_visible()
    looks(page, "export-collected")


def unpacked(file: Path, key: Path, folder: Path) -> Path:
    folder.mkdir()
    outside.said("tar", "-x", "-C", folder, content=outside.said("age", "-d", "-i", key, file))
    (bag,) = folder.iterdir()
    return bag


def read_offline(chrome: Browser, bag: Path, looks) -> None:
    """The index on a machine without a network: every link leads to a file, the sound plays, nothing is asked for."""
    context = chrome.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page, complaints, asked = context.new_page(), [], []
    page.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((bag / "data/index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("export")
    for link in page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        assert page.locator(link).count() == 1 if link.startswith("#") else (bag / "data" / link).is_file(), link
    sound = page.locator("audio").first
    sound.evaluate(
        "sound => sound.load() || new Promise(go => { sound.onloadedmetadata = go; sound.preload = 'auto'; })"
    )
    assert sound.evaluate("sound => sound.duration") > 1
    looks(page, "index")
    context.close()
    assert complaints == []
    assert [one for one in asked if not one.startswith("file://")] == []


def closed(page: Page, case_id: str) -> None:
    page.goto(f"/cases/{case_id}/")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".case-head")).to_contain_text("Closed")


def answered(page: Page, looks) -> None:
    """The reviewer reads that it came to an end, and nothing of what is in it."""
    page.goto("/me/reports/")
    expect(page.locator("[aria-current=step]").first).to_have_text("Closed")
    expect(page.locator("article").first).not_to_contain_text(re.compile("police|threat|export|4711", re.I))
    looks(page, "answer")
