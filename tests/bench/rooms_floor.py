"""What a room costs without being one, for the same clients: a bare Channels group, and a raw broadcast.

    python -m tests.bench.rooms_floor channels|raw FD REDIS_URL

Whatever one socket posts goes to all, unchecked, unstored, unread: what the frameworks themselves take. No pings: a
bare group of 1,000 at saturation is too busy to read their answers, and closes its own sockets.
"""

import asyncio
import json
import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn
import uvloop
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.conf import settings
from django.urls import re_path
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


def frame_of(text: str) -> str:
    return json.dumps({"type": "message", "text": json.loads(text)["text"], "pseudonym": "Quiet Birch", "id": 1})


class Bare(AsyncWebsocketConsumer):
    """The tutorial's consumer: one group, one send a socket."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.channel_layer.group_send("room", {"type": "say", "text": frame_of(text_data or "")})

    async def say(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("room", self.channel_name)


def channels_group(listener: socket.socket, redis_url: str) -> None:
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis_url]}}
    settings.configure(CHANNEL_LAYERS={"default": layer}, SECRET_KEY="bench")  # signs nothing
    application = URLRouter([re_path("", Bare.as_asgi())])
    config = uvicorn.Config(
        application, lifespan="off", log_level="warning", ws_per_message_deflate=False, ws_ping_interval=None
    )
    uvicorn.Server(config).run(sockets=[listener])


async def raw_broadcast(listener: socket.socket) -> None:
    here: set[ServerConnection] = set()

    async def one(connection: ServerConnection) -> None:
        here.add(connection)
        try:
            with suppress(ConnectionClosed):  # clients of the bench hang up without a word
                async for text in connection:
                    broadcast(here, frame_of(str(text)))
        finally:
            here.discard(connection)

    async with serve(one, sock=listener, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    kind, number, address = sys.argv[1:]
    ear = socket.socket(fileno=int(number))
    if kind == "channels":
        channels_group(ear, address)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(raw_broadcast(ear))
