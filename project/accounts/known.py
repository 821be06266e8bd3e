"""Browsers that somebody has signed in with before, so that guessing from elsewhere locks nobody out.

Failed sign-ins are counted per account, else passwords could be guessed for ever; but a count that anybody can fill
is a way to keep somebody from work. So a browser that signed in once carries a signed cookie for that account, and
has a count of its own: an outsider fills the strangers' count, and the owner still gets in (the pattern is known as
device cookies). The cookie names no account and opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT: Final = "accounts.known-browser"
KEPT_SECONDS: Final = 90 * 86400
JUST_SIGNED_IN: Final = "_earshot_signed_in_as"

Handler = Callable[[HttpRequest], HttpResponse]


def known_as(request: HttpRequest, email: str) -> str | None:
    """The name of this browser if somebody signed in here with this address before, else None."""
    try:
        mark, name = signing.loads(_sent(request), salt=SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(name) if secrets.compare_digest(str(mark), _mark(email)) else None


def remember(get_response: Handler) -> Handler:
    """After a sign-in, give the browser its mark; a new one each time, so that a stolen one ages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        email = getattr(request, JUST_SIGNED_IN, None)
        if email:
            value = signing.dumps([_mark(email), secrets.token_hex(8)], salt=SALT)
            name = settings.KNOWN_BROWSER_COOKIE_NAME
            response.set_cookie(
                name, value, max_age=KEPT_SECONDS, httponly=True, secure=settings.SECURE, samesite="Strict"
            )
        return response

    return middleware


def _sent(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, "")


def _mark(email: str) -> str:
    return salted_hmac(SALT, email.strip().lower()).hexdigest()[:32]
