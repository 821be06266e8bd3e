"""Who may open a socket: a browser of ours with a session, or a program with an API token."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.security.websocket import AllowedHostsOriginValidator
from django.contrib.auth.models import AnonymousUser

from project.accounts.tokens import user_for_token

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[Any]]
InTheWay = Callable[[Any, Any], object | None]
MARK = "token "


def admitted(inner: Application, in_the_way: InTheWay) -> Application:
    """Fill scope["user"] and scope["token"] (None for a session).

    A browser always names its origin, which must be ours, and its session counts. A request without an origin
    is no browser's: only a token counts there, so a stolen cookie does not help. A program may name an origin too.
    `in_the_way(session, person)` says what a session still owes (a second factor, a text to read), as for pages.
    scope["connection"] is the server's object behind `send`, before middleware wraps it (see wellbeing.wires).
    """
    by_session = AllowedHostsOriginValidator(AuthMiddlewareStack(_without_token(inner, in_the_way)))
    by_token = _by_token(inner)
    by_token_with_origin = AllowedHostsOriginValidator(by_token)

    async def door(scope: Scope, receive: Any, send: Any) -> Any:
        scope = {**scope, "connection": getattr(send, "__self__", None)}
        if b"origin" not in {name for name, _ in scope["headers"]}:
            return await by_token(scope, receive, send)
        return await (by_token_with_origin if _raw_token(scope) else by_session)(scope, receive, send)

    return door


def _without_token(inner: Application, in_the_way: InTheWay) -> Application:
    """A session that owes something opens no socket, as it opens no page: its person counts as nobody."""

    def known(scope: Scope) -> Any:
        user = scope["user"]
        return user if user.is_authenticated and in_the_way(scope["session"], user) is None else AnonymousUser()

    async def application(scope: Scope, receive: Any, send: Any) -> Any:
        user = await database_sync_to_async(known)(scope)
        return await inner({**scope, "user": user, "token": None}, receive, send)

    return application


def _by_token(inner: Application) -> Application:
    async def application(scope: Scope, receive: Any, send: Any) -> Any:
        known = await database_sync_to_async(user_for_token)(_raw_token(scope)) if _raw_token(scope) else None
        user, token = known or (AnonymousUser(), None)
        return await inner({**scope, "user": user, "token": token}, receive, send)

    return application


def _raw_token(scope: Scope) -> str:
    value = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
    return value[len(MARK) :].strip() if value.lower().startswith(MARK) else ""
