"""What every page knows: who looks, what they may do, how many notices wait."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from project.accounts.access import Can, may
from project.health.waiting import work_waits


def everywhere(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"demo": settings.DEMO, "can": {}, "sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}
    return {
        "demo": settings.DEMO,
        "can": {can.name.lower(): may(user, can) for can in Can},
        "work_waits": work_waits(),
        "unread_notices": user.notices.filter(read_at=None)[:100].count(),
    }
