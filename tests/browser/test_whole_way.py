"""From a recording to its review, its erasure, its case and its export, as people meet it in a browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Page, expect

from reviews.demo.speech import Speaker, Voice, encoded, in_a_room

pytestmark = pytest.mark.timeout(240)

CARD = "my card number is four one one one, one one one one, one one one one, one one one one"


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


def handed_in(source, speaker, text: str, encoding: str, priority: int, **fields: str) -> dict:
    audio = encoded(in_a_room(speaker.say(text, Voice("en-us")), seed=priority), encoding)
    return source.hand_in(audio, locale="en-US", transcript=text, priority=str(priority), **fields)


def on_shift(page: Page) -> None:
    page.goto("/desk/")
    page.get_by_role("button", name="Start my shift").click()
    expect(page.get_by_role("heading", name="Your review")).to_be_visible()


def hear(page: Page, version: str) -> None:
    page.get_by_role("button", name=version).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#clock")).not_to_have_text(re.compile(r"^0:00"))
    page.get_by_role("button", name="Stop").click()


def decide(page: Page, activation: str, severity: str) -> None:
    page.locator(f"input[name=activation][value={activation}]").check()
    page.locator(f"input[name=severity][value='{severity}']").check()


def send(page: Page, then: str = "Your review") -> dict:
    """Send the review; `then` is the heading of what the desk shows next."""
    with page.expect_response(re.compile(r"/review/$")) as sent:
        page.get_by_role("button", name="Send and go on").click()
    assert sent.value.status == 201, sent.value.text()
    expect(page.locator("#desk .split:not([inert])")).to_have_count(1)
    expect(page.get_by_role("heading", name=then)).to_be_visible()
    return sent.value.json()


def test_a_clip_goes_the_whole_way(instance, alone, sits_down, source, speaker, picture, tmp_path):
    handed_in(source, speaker, "what is the weather going to be like in Portland tomorrow", "opus", 9)
    handed_in(source, speaker, CARD, "mp3", 8, predicted_severity="1")
    handed_in(source, speaker, "leave me alone, I will call the police", "flac", 7, predicted_severity="2")
    desk, _ = alone("reviewer1", "en-US")
    on_shift(desk)

    expect(desk.locator("#transcript")).to_have_value("")
    desk.get_by_role("button", name="Transcript").click()
    expect(desk.locator("#transcript-box")).to_contain_text("Portland")
    hear(desk, "Softened")
    hear(desk, "Original")
    decide(desk, "right", "0")
    picture(desk, "desk")
    assert send(desk)["clip_state"] == "reviewed"

    hear(desk, "Softened")
    decide(desk, "right", "1")
    desk.locator("#flag-critical").check()
    flagged = send(desk)
    assert (flagged["clip_state"], len(flagged["erasures"])) == ("quarantined", 1)

    desk.keyboard.press("x")
    reported = send(desk, then="A quiet moment")
    assert len(reported["cases"]) == 1
    desk.get_by_role("button", name="End shift").click()
    expect(desk.get_by_role("heading", name="Your shift is over")).to_be_visible()

    certificate = certified(sits_down("auditor"), flagged["erasures"][0], tmp_path)
    assert instance.manage("verify_certificate", str(certificate))  # a certificate that does not hold exits 1

    case_id = reported["cases"][0]
    triaged(sits_down("supervisor1"), case_id, picture)
    bag = exported(sits_down("legal1"), sits_down("legal2"), case_id, tmp_path)
    command = [str(Path(sys.executable).with_name("bagit.py")), "--validate", str(bag)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert instance.manage("verify_export", str(bag))  # an export that does not hold exits 1


def certified(page: Page, erasure_id: str, folder: Path) -> Path:
    """Wait for the erasure's certificate as an auditor does, and take the file."""
    paper = page.get_by_role("region", name="Certificates").get_by_role("link")
    page.goto(f"/erasures/{erasure_id}/")
    for _ in range(60):
        if paper.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    paper.first.click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download the file").click()
    path = folder / "certificate.json"
    taken.value.save_as(path)
    assert set(json.loads(path.read_text())) == {"body", "signature", "proof"}
    return path


def triaged(page: Page, case_id: str, picture) -> None:
    """Acknowledge, walk the decision tree, hand on to legal."""
    page.goto("/cases/")
    expect(page.get_by_role("link", name=re.compile(r"E-\d{4}-\d{4}")).first).to_be_visible()
    picture(page, "board")
    page.goto(f"/cases/{case_id}/")
    page.get_by_role("button", name="Acknowledge").click()
    page.locator("summary", has_text="Triage").click()
    for question, answer in (("danger", "no"), ("offence", "yes"), ("ongoing_or_child", "yes")):
        page.locator(f"input[name={question}][value={answer}]").check()
    page.get_by_label("What is known").fill("Somebody asks to be left alone and speaks of the police.")
    page.locator("details[open]").get_by_role("button", name="Triage").click()
    page.get_by_role("button", name="Refer to legal").click()
    picture(page, "case")


def exported(proposer: Page, approver: Page, case_id: str, folder: Path) -> Path:
    """Propose, approve as a second person, wait for the build, download once, decrypt, unpack."""
    recipient = pyrage.x25519.Identity.generate()
    proposer.goto(f"/cases/{case_id}/")
    proposer.get_by_role("link", name="Export this case").click()
    proposer.locator("input[value=law-enforcement]").check()
    proposer.locator("[name=recipients]").fill(str(recipient.to_public()))
    proposer.get_by_role("button", name="Ask for the export").click()
    proposer.wait_for_url(re.compile(r"/exports/[0-9a-f-]{36}/$"))
    approver.goto(proposer.url)
    approver.get_by_role("button", name="Release it").click()
    fetch = approver.get_by_role("link", name="Download, once")
    expect(fetch).to_be_visible(timeout=90_000)
    with approver.expect_download() as taken:
        fetch.click()
    sealed, plain = folder / "export.age", folder / "export.tar"
    taken.value.save_as(sealed)
    with sealed.open("rb") as source, plain.open("wb") as target:
        pyrage.decrypt_io(source, target, [recipient])
    with tarfile.open(plain) as tar:
        tar.extractall(folder / "unpacked", filter="data")
    return next((folder / "unpacked").iterdir())
