"""What a socket was opened with, and whether it still opens anything."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from project.accounts.models import ApiToken, Session


class Credential(NamedTuple):
    """A token's id or a session's key. It must stay valid for the socket to live."""

    kind: str
    key: str


def credentials_alive(credentials: Collection[Credential]) -> set[Credential]:
    """Those that are neither expired nor withdrawn: somebody who signs out has left every socket of theirs."""
    now = timezone.now()
    keys = {kind: [one.key for one in credentials if one.kind == kind] for kind in ("token", "session")}
    unexpired = Q(expiry=None) | Q(expiry__gt=now)
    tokens = ApiToken.objects.filter(unexpired, pk__in=keys["token"]).values_list("pk", flat=True)
    sessions = Session.objects.filter(session_key__in=keys["session"], expire_date__gt=now)
    alive = {Credential("token", str(pk)) for pk in tokens} if keys["token"] else set()
    if keys["session"]:
        alive |= {Credential("session", key) for key in sessions.values_list("session_key", flat=True)}
    return alive
