"""The socket of one person in one room. It parses frames, calls actions and passes on what the hub brings."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from django.utils import timezone

from project.accounts.actions.sessions import keep_alive_by_key
from project.accounts.credentials import Credential, credentials_alive
from project.beside import in_thread
from project.problems import Absent, Refusal
from wellbeing import frames
from wellbeing.actions.alerts import answer_about
from wellbeing.actions.messages import Posted, mark_read, post_message, report_message
from wellbeing.answers import answers_to, refusal_frame
from wellbeing.feeds import Feed, room_frame
from wellbeing.history import state_of
from wellbeing.hub import hub
from wellbeing.models import Alert, Membership
from wellbeing.rooms_access import membership_for, own_membership
from wellbeing.seats import NOT_A_MEMBER, SIGNED_OUT, Seat
from wellbeing.wires import Block, wire_of

log = structlog.get_logger(__name__)

FIRST_FRAME_SECONDS: Final = 0.3  # so long a client may take to say `resume` before messages of now arrive
FRAMES_A_SECOND: Final = 20.0
FRAMES_AT_ONCE: Final = 60.0
KEEP_ALIVE_SECONDS: Final = 60.0


class RoomConsumer(AsyncWebsocketConsumer):
    """`/ws/rooms/{slug}/`. Membership is asked at connect, before every frame's act, and at every delivery."""

    channel_layer_alias = ""  # none: wellbeing.hub speaks to all sockets of the process
    membership: Membership | None = None
    seat: Seat | None = None
    frames_seen = 0
    kept_alive_at = float("-inf")
    start: int | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Straight to the handler: connections of the database belong to `in_thread` here."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Let a member in. A room that isn't there and one that isn't theirs close the same way."""
        await self.accept()
        self.user, self.token = self.scope["user"], self.scope.get("token")
        if not self.user.is_authenticated:
            await self.close(SIGNED_OUT)
            return
        try:
            self.membership = await in_thread(membership_for, self.user, self.slug, self.token)
        except Absent:
            await self.close(NOT_A_MEMBER)
            return
        wire = wire_of(self.scope.get("connection"), self.base_send)
        self.seat = Seat(
            wire, self.membership.room_id, self.membership.person_id, self.credential, self.membership.pseudonym
        )
        self.feed: Feed = hub().join(self.seat)
        self.allowance, self.counted_at = FRAMES_AT_ONCE, time.monotonic()
        self.start = await self.feed.start()
        self.lingering = asyncio.create_task(self.go_live_soon())

    @property
    def slug(self) -> str:
        """The room's, from the address."""
        return str(self.scope["url_route"]["kwargs"]["slug"])

    @property
    def credential(self) -> Credential:
        """What this socket was opened with."""
        if self.token is not None:
            return Credential("token", str(self.token.pk))
        return Credential("session", self.scope["session"].session_key or "")

    async def disconnect(self, code: int) -> None:
        """Give the seat back. What it was told is read: the list of rooms says no more that it is new."""
        if self.seat is None:
            return
        self.lingering.cancel()
        hub().leave(self.seat)
        if self.seat.position is not None and self.membership is not None:
            with contextlib.suppress(DatabaseError):
                await in_thread(mark_read, self.membership, self.seat.position)

    async def go_live_soon(self) -> None:
        """A client that never says `resume` gets what happens from its connecting on."""
        await asyncio.sleep(FIRST_FRAME_SECONDS)
        await self.go_live()

    async def go_live(self) -> None:
        """Once, unless `resume` has done it."""
        start, self.start = self.start, None
        if start is not None and self.seat is not None:
            await self.feed.admit(self.seat, start)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame. Whatever is wrong with it is said in an `error` frame; the socket stays open."""
        if self.seat is None:
            return
        try:
            frame = frames.parse(text_data)
            self.frames_seen += 1
            await self.within_allowance()
            if not await in_thread(credentials_alive, {self.credential}):
                self.feed.dismiss(self.seat, SIGNED_OUT)
                return
            await self.acts[frame["type"]](self, frame)
        except frames.Malformed as error:
            self.say(frames.error_frame("malformed", str(error)))
        except Absent:
            await self.refuse_absent(frame)
        except Refusal as refusal:
            self.say(refusal_frame(refusal, **named(frame)))
        except DatabaseError as error:
            log.warning("rooms.frame-failed", frame=frame["type"], error=type(error).__name__)
            self.say(frames.error_frame("unavailable", "That was not saved. Please send it again.", **named(frame)))

    async def within_allowance(self) -> None:
        """Wait out a client that sends faster than any person types: it slows down itself and nobody else."""
        now = time.monotonic()
        self.allowance = min(FRAMES_AT_ONCE, self.allowance + (now - self.counted_at) * FRAMES_A_SECOND) - 1
        self.counted_at = now
        if self.allowance < 0:
            await asyncio.sleep(-self.allowance / FRAMES_A_SECOND)

    async def refuse_absent(self, frame: dict[str, Any]) -> None:
        """Nothing there: either what the frame named, or this person's membership, and then the socket closes."""
        if self.seat is None or self.membership is None:
            return
        try:
            await in_thread(own_membership, self.user, self.membership.pk, self.token)
        except Absent:
            self.feed.dismiss(self.seat, NOT_A_MEMBER)
            return
        self.say(refusal_frame(Absent(), **named(frame)))

    async def post(self, frame: dict[str, Any]) -> None:
        """`post {client_id, text}`."""
        await self.go_live()
        posted: Posted = await in_thread(
            post_message,
            self.member.pk,
            client_id=frame["client_id"],
            text=frame["text"],
            acting_user=self.user,
            token=self.token,
            now=timezone.now(),
        )
        for answer in answers_to(posted, self.member):
            self.say(answer)
        self.feed.refresh()
        await self.keep_signed_in()

    async def keep_signed_in(self) -> None:
        """Who writes is there: their sign-in lives on, as it would on a page. Asked once a minute at most."""
        now = time.monotonic()
        if self.token is None and now - self.kept_alive_at >= KEEP_ALIVE_SECONDS:
            self.kept_alive_at = now
            await in_thread(keep_alive_by_key, self.credential.key, self.user, now=timezone.now())

    async def report(self, frame: dict[str, Any]) -> None:
        """`report {message_id, reason}`."""
        await in_thread(
            report_message,
            self.member.pk,
            frame["message_id"],
            frame["reason"],
            acting_user=self.user,
            token=self.token,
            now=timezone.now(),
        )
        self.say({"type": "reported", "message_id": frame["message_id"]})

    async def resume(self, frame: dict[str, Any]) -> None:
        """`resume {after}`: everything that followed, in order, then a `room` frame, then what happens from now on.

        A first `resume` that comes after the socket went live by itself brings only what was missing before that.
        """
        if self.seat is None:
            return
        late, self.start = self.start is None and self.frames_seen == 1, None
        await in_thread(own_membership, self.user, self.member.pk, self.token)
        await (self.feed.catch_up if late else self.feed.admit)(self.seat, frame["after"])
        state = await in_thread(state_of, self.member.room_id)
        if state is not None and self.seat is not None:
            await self.seat.push_patiently(Block([frames.encoded(room_frame(state))]))

    async def attend(self, frame: dict[str, Any]) -> None:
        """`attend`: see who is here and be seen, by pseudonym, for as long as this socket lives."""
        await self.go_live()
        await self.feed.refresh()
        if self.seat is not None:
            self.feed.attend(self.seat, writing=False)

    async def typing(self, frame: dict[str, Any]) -> None:
        """`typing`: shown for a few seconds to who is here. The feed knows the members; nothing is asked or stored."""
        if self.seat is not None:
            self.feed.attend(self.seat, writing=True)

    async def about(self, frame: dict[str, Any]) -> None:
        """`about {message, answer}`: the answer to a `care` frame's question."""
        try:
            message, answer = UUID(frame["message"]), Alert.About(frame["answer"])
        except ValueError as error:
            raise frames.Malformed("The answers are: me, colleague, clip.") from error
        await in_thread(own_membership, self.user, self.member.pk, self.token)
        await in_thread(answer_about, message, answer, acting_user=self.user, now=timezone.now())
        self.say({"type": "noted", "message": frame["message"], "answer": answer.value})

    @property
    def member(self) -> Membership:
        """The membership that let this socket in."""
        if self.membership is None:
            raise Absent
        return self.membership

    def say(self, frame: Any) -> None:
        """To this socket alone, behind whatever waits for it."""
        if self.seat is not None:
            self.seat.push(Block([frames.encoded(frame)]))

    acts: Final[dict[str, Callable[[RoomConsumer, dict[str, Any]], Awaitable[None]]]] = {
        "post": post,
        "report": report,
        "resume": resume,
        "about": about,
        "attend": attend,
        "typing": typing,
    }


def named(frame: dict[str, Any]) -> dict[str, Any]:
    """What lets a client find the frame that an answer is about."""
    return {name: frame[name] for name in ("client_id", "message_id") if name in frame}
