"""What people ask for themselves. In no ledger and no log: a wish for less is nobody's business."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from project.accounts.models import User
from wellbeing.actions.pace import policy_of
from wellbeing.checkin_errors import Harsher
from wellbeing.limits import Policy, Preferences, clip_ceiling, is_harsher
from wellbeing.models import WellbeingPreferences


def prefer(wishes: Preferences, *, acting_user: User, now: datetime) -> Preferences:
    """Write all wishes at once; one that is harsher than the policy is refused by name (Harsher) and none is kept."""
    with transaction.atomic(durable=True):
        policy = policy_of(acting_user.pk)
        harsher = harsher_than(policy, wishes)
        if harsher:
            raise Harsher(errors={name: [f"The policy says {limit}."] for name, limit in harsher.items()})
        kept: dict[str, Any] = asdict(wishes) | {"opt_out": sorted(wishes.opt_out)}
        WellbeingPreferences.objects.update_or_create(person=acting_user, defaults=kept)
    return wishes


def harsher_than(policy: Policy, wishes: Preferences) -> dict[str, int]:
    """The wishes that would loosen the policy, with what the policy says."""
    found = {}
    for name, wish in wishes.limits():
        limit = clip_ceiling(policy, Preferences.none(), policy.shift_minutes) if name == "clip_cap" else None
        limit = getattr(policy, name) if limit is None else limit
        if wish is not None and is_harsher(name, wish, limit):
            found["max_clips" if name == "clip_cap" else name] = limit
    return found
