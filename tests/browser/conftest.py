"""A running Earshot with its demo, and people who sit in front of it in a real browser."""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium
from tests.browser.moved_clock import MovedClock
from tests.notices.receivers import Hook, MailServer
from tests.notices.receivers import running as receiving
from tests.platform.running import Running

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
)
expect.set_options(timeout=15_000)
PICTURES = os.environ.get("PICTURES")


@pytest.fixture(scope="session")
def mails() -> Iterator[MailServer]:
    """Where the instance's mail arrives."""
    with receiving(MailServer) as server:
        yield server


@pytest.fixture(scope="session")
def hook() -> Iterator[Hook]:
    """Where its messages to the organisation arrive."""
    with receiving(Hook) as server:
        yield server


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, mails: MailServer, hook: Hook) -> Iterator[Running]:
    running = Running(
        tmp_path_factory.mktemp("earshot"),
        DEMO="1",
        DEMO_PASSWORD="the demo's password",
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=str(mails.port),
        APPRISE_URLS=f"on-call=json://127.0.0.1:{hook.port}/",
    )
    running.wait_until_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """One browser a file. Playwright keeps an event loop running; left on, it would fail the tests that come after."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.path()), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What pages complained of: script errors and refused resources. A test that expects some takes them out."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def sits_down(instance: Running, chrome: Browser, troubles: list[str]) -> Iterator[Callable[..., Page]]:
    """`sits_down("reviewer1")`: a page of that person's own browser, signed in."""
    contexts = []

    def sit(name: str | None, **options: Any) -> Page:
        context = chrome.new_context(
            base_url=f"http://127.0.0.1:{instance.port}", viewport={"width": 1280, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
        if name is not None:
            sign_in(page, name)
        return page

    yield sit
    for context in contexts:
        context.close()


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{name}@earshot.example")
    page.get_by_label("Password").fill("the demo's password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("/")


class Source:
    """The program that hands in clips, with a token as an operator would issue it."""

    def __init__(self, instance: Running) -> None:
        self.base = f"http://127.0.0.1:{instance.port}/api/v1/"
        self.token = instance.manage("issue_token", "ingest@earshot.example", "--scope", "ingest").strip()

    def hand_in(self, audio: bytes, **fields: str) -> dict[str, Any]:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {"external_ref": f"browser-{uuid.uuid4()}", **fields}.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\n'.encode()
        body = b"".join([*parts, head, audio, f"\r\n--{boundary}--\r\n".encode()])
        request = urllib.request.Request(self.base + "clips/", body, method="POST")
        request.add_header("Authorization", f"Token {self.token}")
        request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def source(instance: Running) -> Source:
    return Source(instance)


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep what a page looks like, for the README and for whoever judges a change: PICTURES=folder make test."""

    def keep(page: Page, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            # Hiding the caret leaves a style attribute on fields, which htmx then copies: the content policy complains.
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True, caret="initial")

    return keep


@pytest.fixture
def alone(instance: Running, sits_down: Callable[..., Page]) -> Callable[..., tuple[Page, MovedClock]]:
    """`alone("reviewer1", "mt")`: a page of a new colleague who takes that language alone, and their clock."""

    def sit(like: str, locale: str, **options: Any) -> tuple[Page, MovedClock]:
        clock = MovedClock.of_somebody_new(instance, like, locale)
        return sits_down(clock.name, **options), clock

    return sit
