"""A person's own tokens: what there is, and withdrawing one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from project import ledger
from project.accounts.models import ApiToken, User
from project.ledger.events import Event
from project.problems import Absent


def tokens_of(user: User, *, now: datetime) -> QuerySet[ApiToken]:
    """Tokens that still open something, the newest first."""
    return ApiToken.objects.filter(Q(expiry=None) | Q(expiry__gt=now), user=user).order_by("-created")


def withdraw_token(digest: str, *, acting_user: User, now: datetime) -> None:
    """From now on it opens nothing. The digest is no secret: it can't be turned back. Raises Absent."""
    with transaction.atomic(durable=True):
        gone, _ = ApiToken.objects.filter(user=acting_user, digest=digest).delete()
        if not gone:
            raise Absent
        ledger.record(Event.TOKEN_WITHDRAWN, actor=acting_user, subject=acting_user, now=now)
