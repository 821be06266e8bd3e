from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.escalations.conftest import clip, make_clip, report, sounds
from tests.notices.receivers import Hook, MailServer, running
from tests.rooms.cast import member, post, room

__all__ = ["clip", "make_clip", "member", "post", "report", "room", "sounds"]

SECRET = "a-secret-path"


@pytest.fixture
def mails(settings: Any) -> Iterator[MailServer]:
    """A real mail server that the service is set up with."""
    with running(MailServer) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def hook(settings: Any) -> Iterator[Hook]:
    """A real address of the organisation."""
    with running(Hook) as server:
        settings.APPRISE_URLS = {"on-call": f"json://someone:password@127.0.0.1:{server.port}/{SECRET}"}
        yield server
