"""What the tests of the desk share: sitting down at it, clips of known weight, and a queue with nothing else in it."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import soundfile as sf
from playwright.sync_api import Page, expect

from tests.browser.conftest import Source
from tests.browser.test_pages import serious

RATE = 16_000


def tone(seconds: float = 3.0, level: float = 0.2, hertz: float = 440.0) -> bytes:
    """A WAV of one tone; levels over 1 are cut off square, as a recorder that is overdriven does."""
    at = np.arange(int(seconds * RATE)) / RATE
    out = io.BytesIO()
    wave = np.clip(level * np.sin(2 * np.pi * hertz * at), -1, 1).astype(np.float32)
    sf.write(out, wave, RATE, "PCM_16", format="WAV")
    return out.getvalue()


def clips(source: Source, locale: str, *severities: int | None, **fields: str) -> list[str]:
    """Hand in one clip each, the first to be served first, in a language of the test's own; returns their ids."""
    made = []
    for place, severity in enumerate(severities):
        said = {} if severity is None else {"predicted_severity": str(severity)}
        body = {"locale": locale, "transcript": f"number {place}", "priority": str(9 - place), **said, **fields}
        made.append(source.hand_in(tone(), **body)["id"])
    return made


def start_shift(page: Page) -> None:
    page.goto("/desk/")
    page.get_by_role("button", name="Start my shift").click()


def is_open(page: Page) -> None:
    """A clip is on the desk and can be worked on."""
    expect(page.locator("#desk[data-state=working] .split:not([inert])")).to_have_count(1)


def is_ahead(page: Page) -> None:
    """The next clip is here too, under its own lease, with its locked sound."""
    expect(page.locator("#desk[data-ahead]")).to_have_count(1)


def listen(page: Page, ms: int = 600) -> None:
    page.keyboard.press("o")
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_timeout(ms)
    page.keyboard.press("Escape")


def decide(page: Page, severity: int = 0) -> None:
    page.keyboard.press("r")
    page.keyboard.press(str(severity))


def judge(page: Page, severity: int = 0) -> dict[str, Any]:
    """Decide and send, with the keyboard; returns the service's answer."""
    decide(page, severity)
    with page.expect_response(re.compile(r"/review/$")) as sent:
        page.keyboard.press("Control+Enter")
    assert sent.value.status == 201, sent.value.text()
    answer: dict[str, Any] = sent.value.json()
    return answer


def rests(page: Page, title: str) -> None:
    expect(page.locator("#desk[data-state=resting]")).to_have_count(1)
    expect(page.locator("#rest-title")).to_have_text(title)


def watch(page: Page) -> list[str]:
    """Every request to the API from now on: method and path, ids left out."""
    seen: list[str] = []

    def note(request: Any) -> None:
        if "/api/" in request.url:
            path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", request.url.split("/api/v1/")[1])
            seen.append(f"{request.method} {path}")

    page.on("request", note)
    return seen


def complaints(page: Page, troubles: list[str]) -> list[str]:
    """What axe finds. To read the waveform's own style sheet axe sets it anew, which the content policy refuses and the
    browser tells: that is axe's, not the page's.
    """
    before = len(troubles)
    found = serious(page)
    troubles[before:] = [one for one in troubles[before:] if "Applying inline style" not in one]
    return found
