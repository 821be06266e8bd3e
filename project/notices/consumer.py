"""The socket of one open page. It says which topics the page shows, and from then on only listens."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, TypedDict
from urllib.parse import parse_qsl

from channels.generic.websocket import AsyncWebsocketConsumer

from project.accounts.access import Can, may
from project.accounts.credentials import Credential
from project.notices.hub import SIGNED_OUT, Page, hub
from project.notices.live import NOTICES, audiences

LONGEST_QUERY: Final = 500
NOTHING_TO_SAY: Final = 1003  # RFC 6455: data of a kind that this end does not take


class Frame(TypedDict):
    """All that a page is ever told: `live`, from now on you hear of these; `changed`, fetch what you show of these."""

    type: Literal["live", "changed"]
    topics: list[str]


class LiveConsumer(AsyncWebsocketConsumer):
    """`/ws/live/?show=cases`. For a person's session only: programs have the API. Notices belong to every page."""

    channel_layer_alias = ""  # none: project.notices.hub speaks to all pages of the process
    page: Page | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Straight to the handler: nothing here touches the database."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Let a person in. Strangers, programs and accounts without a role close the same way."""
        await self.accept()
        user = self.scope["user"]
        if self.scope.get("token") is not None or not may(user, Can.NOTICES):
            await self.close(SIGNED_OUT)
            return
        credential = Credential("session", self.scope["session"].session_key or "")
        self.page = Page(user.pk, credential, topics_of(self.scope["query_string"]), self.tell, self.close)
        hub().join(self.page)
        await self.say({"type": "live", "topics": sorted(self.page.topics)})

    async def disconnect(self, code: int) -> None:
        if self.page is not None:
            hub().leave(self.page)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A page of ours says nothing here."""
        await self.close(NOTHING_TO_SAY)

    async def tell(self, topics: list[str]) -> None:
        await self.say({"type": "changed", "topics": topics})

    async def say(self, frame: Frame) -> None:
        await self.send(text_data=json.dumps(frame))


def topics_of(query: bytes) -> set[str]:
    """What the page shows, of what there is: `show` may come several times."""
    shown = {value for name, value in parse_qsl(query.decode("ascii", "replace")[:LONGEST_QUERY]) if name == "show"}
    return {NOTICES} | (shown & audiences.keys())
