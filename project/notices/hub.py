"""The open pages of this process: one subscription and one look every two seconds, however many pages.

A page is told that a topic changed, and nothing else. Who may know is asked of the topic's audience at every nudge,
and whether a page's session and account still stand; for pages that nobody nudges, every two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from django.db import DatabaseError
from prometheus_client import Gauge

from project.accounts.access import Can, may
from project.accounts.credentials import Credential, credentials_alive
from project.accounts.models import User
from project.announcing import heard
from project.beside import in_thread
from project.notices.live import CHANNEL, audiences, parsed

log = structlog.get_logger(__name__)
open_pages = Gauge("earshot_live_pages", "Open pages that this process can nudge.")

SIGNED_OUT: Final = 4401
TOO_MANY: Final = 4429
LOOK_SECONDS: Final = 2.0
GATHER_SECONDS: Final = 0.1  # several changes of one moment are one nudge
MOST_OF_ONE_PERSON: Final = 30

Send = Callable[[list[str]], Awaitable[None]]
Close = Callable[[int], Awaitable[None]]


class Page:
    """One open page. What waits for it is a set of topics, so a browser that does not read holds up nothing."""

    def __init__(
        self, person_id: UUID, credential: Credential, topics: Collection[str], send: Send, close: Close
    ) -> None:
        self.person_id, self.credential, self.topics = person_id, credential, frozenset(topics)
        self._send, self._close = send, close
        self._waiting: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    def nudge(self, topic: str) -> None:
        """Tell it soon."""
        self._waiting.add(topic)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # the socket closed under us
            while self._waiting:
                topics, self._waiting = sorted(self._waiting), set()
                await self._send(topics)

    def dismiss(self, code: int) -> None:
        """Close it; nothing more is told."""
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.create_task(self._say_goodbye(code))

    async def _say_goodbye(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            await self._close(code)


class Hub:
    """All pages of this process's event loop, by person, oldest first."""

    def __init__(self) -> None:
        self.pages: dict[UUID, list[Page]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._news: set[tuple[str, UUID]] = set()
        self._telling: asyncio.Task[None] | None = None

    def join(self, page: Page) -> None:
        """The first page starts the subscription and the look; a person's oldest makes room for one too many."""
        mine = self.pages.setdefault(page.person_id, [])
        if len(mine) >= MOST_OF_ONE_PERSON:
            mine.pop(0).dismiss(TOO_MANY)
        mine.append(page)
        open_pages.inc()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look())]

    def leave(self, page: Page) -> None:
        """The last page ends them."""
        open_pages.dec()
        mine = self.pages.get(page.person_id, [])
        if page in mine:
            mine.remove(page)
        if not mine:
            self.pages.pop(page.person_id, None)
        if not self.pages:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _listen(self) -> None:
        """Gather what is said. After a break nobody knows what was: every page is nudged about all it shows."""
        async for text in heard(CHANNEL):
            if text is None:
                self._nudge_everybody()
            elif (news := parsed(text)) is not None:
                self._news.add(news)
                if self._telling is None or self._telling.done():
                    self._telling = asyncio.create_task(self._tell())

    def _nudge_everybody(self) -> None:
        for page in self._everybody():
            for topic in page.topics:
                page.nudge(topic)

    async def _tell(self) -> None:
        while self._news:
            await asyncio.sleep(GATHER_SECONDS)
            gathered, self._news = self._news, set()
            for topic, subject_id in gathered:
                await self._tell_of(topic, subject_id)

    async def _tell_of(self, topic: str, subject_id: UUID) -> None:
        showing = {page.person_id for page in self._everybody() if topic in page.topics}
        if not showing:
            return
        try:
            people = set(await in_thread(audiences[topic], subject_id, showing))
            pages = [page for page in self._everybody() if page.person_id in people and topic in page.topics]
            alive, standing = await in_thread(_who_is_left, {page.credential for page in pages}, people)
        except DatabaseError as error:
            log.warning("live.audience-unknown", topic=topic, error=type(error).__name__)
            return  # nobody is told; pages ask by themselves
        for page in pages:
            if page.credential in alive and page.person_id in standing:
                page.nudge(topic)
            else:
                page.dismiss(SIGNED_OUT)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._dismiss_who_left()
            except DatabaseError as error:
                log.warning("live.look-failed", error=type(error).__name__)

    async def _dismiss_who_left(self) -> None:
        pages = self._everybody()
        alive, people = await in_thread(
            _who_is_left, {page.credential for page in pages}, {page.person_id for page in pages}
        )
        for page in pages:
            if page.credential not in alive or page.person_id not in people:
                page.dismiss(SIGNED_OUT)

    def _everybody(self) -> list[Page]:
        return [page for mine in self.pages.values() for page in mine]


def _who_is_left(credentials: set[Credential], people: set[UUID]) -> tuple[set[Credential], set[UUID]]:
    accounts = User.objects.filter(pk__in=people)
    return credentials_alive(credentials), {one.pk for one in accounts if may(one, Can.NOTICES)}


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
